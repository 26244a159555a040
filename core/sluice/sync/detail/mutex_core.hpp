// mutex_core — who holds a mutex, who waits for it, and whose turn it is. Private to its room.
#pragma once

#include <cstdint>
#include <mutex>
#include <utility>

#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>
#include <sluice/task/wait_place.hpp>
#include <sluice/task/waiter.hpp>

namespace sluice::detail {

/// A word that says whether the mutex is held, and whether somebody waits. While nobody does, taking it and
/// letting go are one exchange each; everything else is decided under a lock.
///
/// A `Place` is a `basic_wait_place` with `starves(barged)`: whether it has been passed over long enough to
/// be handed the mutex; and, from when it came, `barged_before` and `waited`.
///
/// Invariant  `crowded` is set and taken back under `lock_` alone; while it is set, so is all of `state_`.
///            It may outlast a wait that was given up, until somebody takes the mutex: who lets go under
///            `lock_` leaves it, so that the next one, who may end the life of all this, waits for that lock.
///            Under `lock_`: while the mutex is free and somebody waits, `trying_` is somebody, who is
///            awake, out of the queue and about to try; everybody in the queue came after it.
/// Edges      pass  state_ release -> state_ acquire   what one holder did is seen by the next; where
///            one of them waited, `lock_` orders them
/// Progress   `try_take` and `leave` are wait-free while nobody waits; else blocking.
template <class Place, class Lock, atomics_policy Atomics = std_atomics>
class basic_mutex_core {
 public:
  using queue_type = typename Place::queue_type;

  [[nodiscard]] auto lock() noexcept -> Lock& { return lock_; }
  [[nodiscard]] auto queue() noexcept -> queue_type& { return waiting_; }

  /// Takes the mutex if it is free, others waiting or not.
  [[nodiscard]] auto try_take() noexcept -> bool {
    auto seen = state_.load(relaxed);
    if (seen == untouched && state_.compare_exchange_strong(seen, held, acquire, relaxed)) return true;  // pass
    if ((seen & held) != 0) return false;
    std::lock_guard const hold{lock_};
    return take_or_mark(0);
  }

  /// Takes it, or queues `me`, whose wait can be interrupted already: false then, and it may be gone.
  [[nodiscard]] auto take_or_wait(Place& me) noexcept -> bool {
    std::lock_guard const hold{lock_};
    if (me.state == wait_state::cancelled) return true;
    if (take_or_mark(crowded)) {
      me.state = wait_state::served;
      return true;
    }
    me.barged_before = barged_;
    me.waited = true;
    return !me.enqueue();
  }

  /// By one that was woken: true when it need not wait any longer. Else it is the first in the queue again;
  /// `waits_on` was called before.
  template <class WaitsOn>
  [[nodiscard]] auto take_or_wait_again(Place& me, WaitsOn waits_on) noexcept -> bool {
    wake_at_end<Place> next;
    std::lock_guard const hold{lock_};
    if (trying_ == &me) trying_ = nullptr;
    if (me.state == wait_state::served) return true;
    if (me.state == wait_state::outside) {
      if ((state_.load(relaxed) & held) == 0) {
        hold_now(me);
        return true;
      }
      waits_on();
      me.state = wait_state::queued;
      waiting_.push_front(me);
      return false;
    }
    next.who = leave_turn();
    return true;
  }

  /// By one that goes away without having been told whether it has the mutex, or was about to try.
  void give_up(Place& me) noexcept {
    wake_at_end<Place> next;
    std::lock_guard const hold{lock_};
    if (trying_ == &me) trying_ = nullptr;
    next.who = me.state == wait_state::served ? let_go() : leave_turn();
  }

  /// Lets go. False when nobody holds it.
  [[nodiscard]] auto leave() noexcept -> bool {
    auto seen = state_.load(relaxed);
    if (seen == held && state_.compare_exchange_strong(seen, untouched, release, relaxed)) return true;  // pass
    if ((seen & held) == 0) return false;
    wake_at_end<Place> next;
    std::lock_guard const hold{lock_};
    if ((state_.load(relaxed) & held) == 0) return false;
    next.who = let_go();
    return true;
  }

  /// Under the lock.
  [[nodiscard]] auto somebody_waits() const noexcept -> bool {
    return !waiting_.empty() || trying_ != nullptr;
  }

 private:
  static constexpr std::uint32_t untouched = 0;  // free, and nobody waits
  static constexpr std::uint32_t held = 1;
  static constexpr std::uint32_t crowded = 2;  // somebody waits, or is about to try

  // All below: under the lock.

  // Takes it without having waited, past whoever does; or sets `mark` while it is held.
  auto take_or_mark(std::uint32_t mark) noexcept -> bool {
    auto seen = state_.load(relaxed);
    for (;;) {
      auto const free = (seen & held) == 0;
      auto const next = seen | (free ? held : mark);
      if (next == seen) return false;
      if (seen == crowded) {  // nobody else changes it now
        if (trying_ != nullptr) ++barged_;
        hold_from_now();
        return true;
      }
      if (state_.compare_exchange_weak(seen, next, acquire, relaxed)) return free;  // pass
    }
  }

  void hold_from_now() noexcept { state_.store(held | (somebody_waits() ? crowded : 0), relaxed); }

  void hold_now(Place& who) noexcept {
    who.serve();
    hold_from_now();
  }

  // By one whose turn it was, and who does not want it any more.
  auto leave_turn() noexcept -> Place* {
    return state_.load(relaxed) == crowded ? let_go() : nullptr;
  }

  // Nobody holds it any more. Returns whom to wake.
  auto let_go() noexcept -> Place* {
    if (trying_ != nullptr && trying_->state != wait_state::cancelled) {
      if (trying_->starves(barged_)) hold_now(*std::exchange(trying_, nullptr));  // handed over to one that is awake
      else state_.store(crowded, relaxed);
      return nullptr;
    }
    Place* next = nullptr;
    if (!waiting_.empty()) {
      next = static_cast<Place*>(&waiting_.front());
      if (next->starves(barged_)) {
        waiting_.remove(*next);
        hold_now(*next);  // handed over
        return next;
      }
      if (trying_ == nullptr) {
        waiting_.remove(*next);
        next->state = wait_state::outside;
        trying_ = next;
      } else {
        next = nullptr;  // that one has given up, and will wake the next
      }
    }
    state_.store(crowded, relaxed);
    return next;
  }

  typename Atomics::template atomic<std::uint32_t> state_{untouched};
  Lock lock_;
  std::uint64_t barged_ = 0;  // how often it was taken past somebody who waits
  Place* trying_ = nullptr;
  queue_type waiting_;
};

}  // namespace sluice::detail
