// broadcast_core — the last values of a broadcast, and who has heard what. Private to its room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <sluice/atomics/spin_lock.hpp>
#include <sluice/base/concepts.hpp>
#include <sluice/base/contract.hpp>
#include <sluice/base/result.hpp>
#include <sluice/context/waiting.hpp>
#include <sluice/task/selectable.hpp>

namespace sluice {

/// A value of a broadcast, and how many before it came too fast for this subscriber.
template <class T>
struct broadcast_value {
  T value;
  std::uint64_t missed = 0;
};

namespace detail {

/// One subscriber's place. Its number counts all values ever sent.
/// Invariant  under the lock: `next` is the first value not heard yet; `waits` is who waits
///            here, from before it queues until it has gone on.
struct broadcast_place {
  std::uint64_t next = 0;
  waiter const* waits = nullptr;
};

/// Invariant  under `lock_`: the values numbered [sent_ - capacity_, sent_) lie in their slots, but
///            for those that everybody concerned has heard; a slot's `left` says how many have not,
///            and 0 that it is empty. The slot of the next value is always empty. Nobody waits who
///            has something to hear, and nobody once the broadcast is closed.
/// Edges      the lock.
template <class T>
class broadcast_core {
 public:
  explicit broadcast_core(std::size_t capacity) : capacity_(capacity) {
    if (capacity == 0) throw misuse("broadcast", "a capacity of 0 keeps nothing to be heard");
    if (capacity >= std::numeric_limits<std::size_t>::max() / 2 / sizeof(slot))
      throw misuse("broadcast", "a capacity of " + std::to_string(capacity) +
                                    " values does not fit into memory");
    slots_ = std::make_unique<slot[]>(capacity + 1);  // one is filled before another is given up
  }

  [[nodiscard]] auto capacity() const noexcept -> std::size_t { return capacity_; }
  [[nodiscard]] auto subscribers() const noexcept -> std::size_t {
    std::lock_guard const hold{lock_};
    return subscribers_;
  }
  [[nodiscard]] auto closed() const noexcept -> bool {
    std::lock_guard const hold{lock_};
    return closed_;
  }

  void join(broadcast_place& place) noexcept {
    std::lock_guard const hold{lock_};
    place.next = sent_;
    ++subscribers_;
  }

  void leave(broadcast_place& place) noexcept {
    std::lock_guard const hold{lock_};
    if (place.waits != nullptr)
      terminate_misuse("broadcast_subscriber", "destroyed while somebody waits on it");
    for (auto at = first_kept(place); at < sent_; ++at) heard(slot_of(at));
    --subscribers_;
  }

  /// Moves from `value` only when the broadcast is open.
  [[nodiscard]] auto send(T& value) -> bool {
    wait_list woken;
    {
      std::lock_guard const hold{lock_};
      if (closed_) return false;
      if (subscribers_ > 0) {
        slot_of(sent_).value.emplace(std::move(value));
        slot_of(sent_).left = subscribers_;
      }
      ++sent_;
      if (sent_ > capacity_) drop(slot_of(sent_ - capacity_ - 1));
      serve_all(waiting_, woken);
    }
    wake_all(woken);
    return true;
  }

  /// False when it was closed already.
  auto close() noexcept -> bool {
    wait_list woken;
    {
      std::lock_guard const hold{lock_};
      if (std::exchange(closed_, true)) return false;
      serve_all(waiting_, woken);
    }
    wake_all(woken);
    return true;
  }

  /// How many values `place` could hear now.
  [[nodiscard]] auto length(broadcast_place const& place) const noexcept -> std::size_t {
    std::lock_guard const hold{lock_};
    return static_cast<std::size_t>(sent_ - first_kept(place));
  }

  /// The next value for `place`, or why there is none.
  /// Throws    `misuse` when somebody waits at this place.
  [[nodiscard]] auto take(broadcast_place& place) -> result<broadcast_value<T>> {
    std::lock_guard const hold{lock_};
    refuse_second(place);
    return take_next(place);
  }

  /// True when there is no need to wait, else `me` is queued.
  /// Throws    `misuse` when somebody waits at this place already.
  [[nodiscard]] auto ready_or_wait(broadcast_place& place, cancellable_waiter& me,
                                   context const& ctx) -> bool {
    if (ctx.done()) {
      me.state = wait_state::cancelled;
      return true;
    }
    {
      std::lock_guard const hold{lock_};
      refuse_second(place);
      if (ready_locked(place)) {
        me.state = wait_state::served;
        return true;
      }
      place.waits = &me;
    }
    if (!me.listen(ctx, lock_, waiting_)) me.state = wait_state::cancelled;
    std::lock_guard const hold{lock_};
    if (me.state != wait_state::cancelled && ready_locked(place))
      me.state = wait_state::served;
    return me.state != wait_state::outside || !me.enqueue();
  }

  /// For selects. The lock, and under it whether `take` would find something, or the end, and queueing.
  [[nodiscard]] auto lock() noexcept -> spin_lock& { return lock_; }
  [[nodiscard]] auto ready_locked(broadcast_place const& place) const noexcept -> bool {
    return place.next != sent_ || closed_;
  }
  /// Throws    `misuse` when somebody waits at this place already.
  void queue_locked(broadcast_place& place, waiter& me) {
    refuse_second(place);
    place.waits = &me;
    waiting_.push_back(me);
  }
  /// Not under the lock: whoever was queued is not any more.
  void unqueue(broadcast_place& place, waiter& me) noexcept {
    std::lock_guard const hold{lock_};
    if (static_cast<list_node<>&>(me).linked()) waiting_.remove(me);
    if (place.waits == &me) place.waits = nullptr;
  }

  /// What came of the wait.
  [[nodiscard]] auto outcome(broadcast_place& place, cancellable_waiter& me, context const& ctx)
      -> result<broadcast_value<T>> {
    me.settle();
    std::lock_guard const hold{lock_};
    if (place.waits == &me) place.waits = nullptr;
    if (me.state == wait_state::cancelled) return failure(ctx.err().value_or(errc::cancelled));
    return take_next(place);
  }

  /// `me` will not go on: its task is being destroyed.
  void give_up(broadcast_place& place, cancellable_waiter& me) noexcept {
    me.abandon();
    std::lock_guard const hold{lock_};
    if (place.waits == &me) place.waits = nullptr;
  }

 private:
  struct slot {
    std::optional<T> value;
    std::size_t left = 0;
  };

  [[nodiscard]] auto slot_of(std::uint64_t number) noexcept -> slot& {
    return slots_[static_cast<std::size_t>(number % (capacity_ + 1))];
  }
  [[nodiscard]] auto first_kept(broadcast_place const& place) const noexcept -> std::uint64_t {
    auto const oldest = sent_ > capacity_ ? sent_ - capacity_ : 0;
    return place.next > oldest ? place.next : oldest;
  }
  static void refuse_second(broadcast_place const& place) {
    if (place.waits != nullptr)
      throw misuse("broadcast_subscriber", "used while somebody waits on it; each needs its own");
  }
  // The last to hear a value gets it itself, the others a copy.
  auto take_next(broadcast_place& place) -> result<broadcast_value<T>> {
    if (place.next == sent_) return failure(closed_ ? errc::closed : errc::would_block);
    auto const first = first_kept(place);
    auto const missed = first - place.next;
    auto& from = slot_of(first);
    using answer = result<broadcast_value<T>>;
    auto taken = from.left == 1 ? answer(std::in_place, std::move(*from.value), missed)
                                : answer(std::in_place, std::as_const(*from.value), missed);
    heard(from);
    place.next = first + 1;
    return taken;
  }
  static void heard(slot& by_one) noexcept {
    if (--by_one.left == 0) by_one.value.reset();
  }
  static void drop(slot& old) noexcept {
    old.value.reset();
    old.left = 0;
  }

  mutable spin_lock lock_;
  std::size_t const capacity_;
  std::unique_ptr<slot[]> slots_;
  std::uint64_t sent_ = 0;
  std::size_t subscribers_ = 0;
  bool closed_ = false;
  wait_list waiting_;
};

}  // namespace detail
}  // namespace sluice
