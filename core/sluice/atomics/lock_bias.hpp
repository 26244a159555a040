// lock_bias — what one thread takes nearly always costs that thread no exchange.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <sluice/atomics/backoff.hpp>
#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>
#include <sluice/base/cache_line.hpp>
#include <sluice/base/contract.hpp>
#include <sluice/base/cpu.hpp>

namespace sluice {

/// Whoever comes takes the lock in the same way.
struct no_bias {
  static constexpr bool possible = false;
  static constexpr auto enter(void const*) noexcept -> bool { return false; }
  struct nowhere {
    explicit constexpr operator bool() const noexcept { return false; }
  };
  static constexpr auto enter_briefly(void const*) noexcept -> nowhere { return {}; }
  static constexpr void leave_briefly(nowhere) noexcept {}
  static constexpr void taken(void const*) noexcept {}
  static constexpr auto leave() noexcept -> bool { return false; }
  static constexpr void born_here() noexcept {}
  static constexpr std::size_t most_together = 0;
};

/// The part of a lock that belongs, for a while, to the thread that takes it again and again: it enters by writing down
/// which lock it is in, and looking whether the lock is still its own. Whoever else wants the lock takes it in the
/// ordinary way, then takes the bias away, makes sure with a fence for all threads that the owner sees that or is seen,
/// and waits until the owner is not inside.
///
/// Invariant  `word_` changes, and `record_` is read and written, by the holder alone; a lock biased towards a thread is
///            held by that one by its bias, or in the ordinary way by one that has yet to take the bias away.
/// Edges      look      the owner's light fence, between writing down where it is and looking at `word_`, and the heavy
///            one between clearing `word_` and looking where the owner is: one of the two sees the other
///            hand_on   inside release -> inside acquire   what the owner did as a holder, before what is done by who has
///            taken the bias away
///            succeed   taken acq_rel -> taken acq_rel   a seat's thread, before the next one that has the seat
/// Progress   taking a bias away costs a heavy fence; it then pays only after ever longer runs of the same thread.
/// Threads    as of the lock. A thread sits down when it would own a lock for the first time, one of 255 at a time; the
///            others go on without.
/// Source     Dice, Moir, Scherer, "Quickly reacquirable locks", Sun Microsystems, 2003; with the fence of P1202.
template <atomics_policy Atomics = std_atomics, std::size_t Seats = 255, std::size_t Depth = 8, std::uint16_t Patience = 32>
class lock_bias {
  template <class T>
  using atomic = typename Atomics::template atomic<T>;

  // What `word_` says. Even: the seat that took the lock last; odd: the same, and the lock is biased towards it.
  static constexpr std::uint16_t nobody = 0;
  static constexpr std::uint16_t nobodys_bias = 0xffff;

  /// Which locks its thread is inside of.
  struct alignas(cache_line) place {
    std::array<atomic<void const*>, Depth> inside{};
    atomic<bool> taken{false};
    atomic<std::uint32_t> lost{0};  // how many biases have been taken away from whoever sits here
  };
  struct room {
    std::array<place, Seats> places;
  };
  /// A thread's own: its place, and what `word_` says of locks that are biased towards it, and that it took last.
  struct seated {
    place* at = nullptr;
    std::uint16_t owned = nobodys_bias;
    std::uint16_t last = nobody;
    bool asked = false;         // whether it has tried to get one
    std::uint32_t births = 0;   // how many locks might have been its own from the beginning
  };
  /// What it gives back when it ends. Where all seats are taken, or a light fence costs something, it has none.
  class seat {
   public:
    seat() noexcept {
      auto& places = Atomics::template per_program<room>().places;
      for (std::size_t i = 0; i < Seats; ++i) {
        if (places[i].taken.load(relaxed) || places[i].taken.exchange(true, acq_rel)) continue;  // succeed
        auto const number = static_cast<std::uint16_t>((i + 1) * 2);
        mine_ = &places[i];
        mine_->lost.store(0, relaxed);
        self() = {.at = mine_, .owned = static_cast<std::uint16_t>(number + 1), .last = number, .asked = true};
        return;
      }
    }
    seat(seat const&) = delete;
    auto operator=(seat const&) -> seat& = delete;
    ~seat() {
      if (mine_ == nullptr) return;
      self() = {.asked = true};
      (void)mine_->taken.exchange(false, acq_rel);  // succeed
    }

   private:
    place* mine_ = nullptr;
  };

 public:
  static constexpr bool possible = true;

  /// Before anybody else knows the lock, and has taken it: it belongs to the calling thread from the beginning. Not to one
  /// that has no seat yet, since it has owned no lock, nor, for a while, to one that has lost many.
  void born_here() noexcept {
    auto& me = self();
    if (me.at == nullptr) return;
    ++me.births;
    if (me.at->lost.load(relaxed) <= most_lost + me.births / births_for_one) word_.store(me.owned, relaxed);
  }

  /// Before anything else: true when the calling thread owns `lock`, and holds it now.
  [[nodiscard]] auto enter(void const* lock) noexcept -> bool {
    auto const& me = self();
    if (word_.load(relaxed) != me.owned) return false;
    if (me.at->inside[0].load(relaxed) != nullptr) [[unlikely]] return enter_deeper(lock);
    if (!enter_at(0, lock)) return false;
    entered_at(0);
    return true;
  }

  /// The same for who leaves with its next call: `leave_briefly` with what this has returned.
  /// Null where it does not hold the lock now: also for a thread that is inside another lock by bias.
  [[nodiscard]] SLUICE_HOT auto enter_briefly(void const* lock) noexcept -> atomic<void const*>* {
    auto const& me = self();
    if (word_.load(relaxed) != me.owned) return nullptr;
    auto& mine = me.at->inside[0];
    return mine.load(relaxed) == nullptr && enter_at(0, lock) ? &mine : nullptr;
  }
  void leave_briefly(atomic<void const*>* entered) noexcept {
    entered->store(nullptr, release);  // hand_on
  }

  /// The same with several locks at once, as far as they are not null: the caller's places, for `leave_together`, or null where
  /// it does not hold all of them now, and then it holds none. No order has to be kept, since nobody waits. `bias_of` a lock is
  /// its bias.
  template <class Lock, std::size_t N>
    requires(N <= Depth)
  [[nodiscard]] static auto enter_together(std::array<Lock*, N> const& locks, auto const& bias_of) noexcept
      -> std::array<atomic<void const*>, Depth>* {
    auto const& me = self();
    if (me.at == nullptr) return nullptr;
    auto& inside = me.at->inside;
    auto const all_owned = [&] {
      auto owned = true;
      for (auto* const each : locks) owned = owned && (each == nullptr || bias_of(*each).word_.load(relaxed) == me.owned);
      return owned;
    };
    for (std::size_t i = 0; i < N; ++i)
      if (inside[i].load(relaxed) != nullptr) return nullptr;
    if (!all_owned()) return nullptr;
    for (std::size_t i = 0; i < N; ++i) inside[i].store(locks[i], release);
    Atomics::light_fence();  // look
    if (all_owned()) [[likely]] return &inside;
    leave_together<N>(&inside);
    return nullptr;
  }
  template <std::size_t N>
  static void leave_together(std::array<atomic<void const*>, Depth>* entered) noexcept {
    for (std::size_t i = 0; i < N; ++i) (*entered)[i].store(nullptr, release);  // hand_on
  }
  static constexpr auto most_together = Depth;

  /// By who has taken `lock` in the ordinary way.
  void taken(void const* lock) noexcept {
    if (word_.load(relaxed) != self().last) [[unlikely]] return change_hands(lock);
    if (record_.write([](record& now) { return --now.left == 0; })) [[unlikely]] grant();
  }

  /// By the holder, instead of letting go in the ordinary way: true when it held the lock by its bias.
  [[nodiscard]] auto leave() noexcept -> bool {
    auto const entered_at = record_.write([](record& now) { return std::exchange(now.entered_at, std::uint8_t{0}); });
    if (entered_at == 0) return false;
    self().at->inside[entered_at - 1U].store(nullptr, release);  // hand_on
    return true;
  }

 private:
  [[nodiscard]] auto enter_at(std::size_t free, void const* lock) noexcept -> bool {
    auto const& me = self();
    auto& mine = me.at->inside[free];
    mine.store(lock, release);
    Atomics::light_fence();  // look
    if (word_.load(relaxed) != me.owned) [[unlikely]] {
      mine.store(nullptr, release);
      return false;
    }
    return true;
  }
  void entered_at(std::size_t place) noexcept {
    record_.write([&](record& now) { now.entered_at = static_cast<std::uint8_t>(place + 1); });
  }
  [[gnu::noinline]] auto enter_deeper(void const* lock) noexcept -> bool {
    auto& inside = self().at->inside;
    for (auto& each : inside)
      if (each.load(relaxed) == lock) terminate_misuse("spin_lock", "locked by the thread that holds it");
    for (std::size_t free = 1; free < Depth; ++free) {
      if (inside[free].load(relaxed) != nullptr) continue;
      if (!enter_at(free, lock)) return false;
      entered_at(free);
      return true;
    }
    return false;
  }

  // A bias that is taken away costs about as much as this many locks that begin with one save.
  static constexpr std::uint32_t births_for_one = 64;
  static constexpr std::uint32_t most_lost = 16;
  static constexpr unsigned most_doublings = 15U - static_cast<unsigned>(std::bit_width(Patience) - 1);

  struct record {
    std::uint16_t left = Patience;  // how often the same thread has to come before the lock is its own
    std::uint8_t doublings = 0;     // of that, since the lock was new
    std::uint8_t entered_at = 0;    // by bias, with its lock at this place but one; 0: not by bias
  };

  [[nodiscard]] static auto self() noexcept -> seated& { return Atomics::template per_thread<seated>(); }

  [[gnu::noinline]] void change_hands(void const* lock) noexcept {
    auto const before = word_.load(relaxed);
    auto& me = self();
    word_.store(me.last, relaxed);
    // One's own, which had no place left to enter it, needs no fence: its owner is not inside.
    auto const taken_away = before % 2 != 0 && before != me.owned;
    if (taken_away) {
      Atomics::heavy_fence();  // look
      auto& owner = Atomics::template per_program<room>().places[before / 2U - 1];
      owner.lost.store(owner.lost.load(relaxed) + 1, relaxed);  // a guess will do
      for (auto& each : owner.inside)
        for (basic_backoff<Atomics> wait; each.load(acquire) == lock;) wait();  // hand_on
    }
    record_.write([&](record& now) {
      if (taken_away) now.doublings = static_cast<std::uint8_t>(std::min(now.doublings + 3U, most_doublings));
      now.left = static_cast<std::uint16_t>(Patience << now.doublings);
    });
  }

  [[gnu::noinline]] void grant() noexcept {
    auto& me = self();
    if (!me.asked && Atomics::has_light_fence()) {
      me.asked = true;
      (void)Atomics::template per_thread<seat>();
    }
    if (me.at != nullptr) word_.store(me.owned, relaxed);
  }

  atomic<std::uint16_t> word_{nobody};
  typename Atomics::template cell<record> record_;
};

/// Of the locks that tasks meet at, where the system has a fence for all threads.
template <atomics_policy Atomics>
struct usual_bias_of {
  using type = no_bias;
};
template <>
struct usual_bias_of<std_atomics> {
  using type = std::conditional_t<process_fence_possible, lock_bias<std_atomics>, no_bias>;
};
template <atomics_policy Atomics>
using usual_bias = typename usual_bias_of<Atomics>::type;

}  // namespace sluice
