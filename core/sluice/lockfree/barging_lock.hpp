// barging_lock — a lock for a handful of instructions, whose last owner may well be its next.
#pragma once

#include <cstdint>

#include <sluice/atomics/backoff.hpp>
#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>

namespace sluice {

/// A spinning lock that favours whoever runs. It is let go by a plain store, and those that wait look
/// at it seldom: the thread that let it go has it back before they notice. So one core does a long run
/// of operations on memory that stays in its cache, where fair turns would send every line across for
/// each of them, at ten times the price.
///
///     std::lock_guard const hold(lock);  // a few dozen instructions; nothing that blocks, or takes it again
///
/// Progress   blocking, not lock-free: a thread stopped while it holds the lock stops the others.
///            Waiting threads pause ever longer and then yield, so that more threads than cores do not
///            keep the owner from running; they never sleep.
/// Edges      hand_over  held_ release -> held_ acquire  what an owner did is seen by the next one
/// Bound      on waiting: who has looked in vain `looks` times draws a ticket. Tickets are served in
///            turn, and whoever sees that one is out stays behind it: once its ticket is seen,
///            another thread gets the lock before it only by an attempt that had begun.
/// Threads    lock and try_lock by any thread; unlock by the one that has it.
/// Source     Anderson, "The performance of spin lock alternatives for shared-memory multiprocessors",
///            1990, for the growing pauses; the tickets are after Reed, Kanodia, "Synchronization with
///            eventcounts and sequencers", 1979.
template <atomics_policy Atomics = std_atomics>
class basic_barging_lock {
 public:
  /// About a hundred microseconds: longer than the runs that make the lock worth having.
  static constexpr unsigned usual_looks = 128;

  explicit basic_barging_lock(unsigned looks_before_ticket = usual_looks) noexcept
      : looks_(looks_before_ticket) {}

  basic_barging_lock(basic_barging_lock const&) = delete;
  auto operator=(basic_barging_lock const&) -> basic_barging_lock& = delete;

  /// Blocks the thread until it has the lock.
  void lock() noexcept {
    if (!tickets_are_out() && take()) return;
    wait_and_take();
  }

  /// Returns false when somebody has the lock, or a ticket for it.
  [[nodiscard]] auto try_lock() noexcept -> bool {
    return !tickets_are_out() && !held_.load(relaxed) && take();
  }

  void unlock() noexcept { held_.store(false, release); }  // hand_over

 private:
  auto take() noexcept -> bool { return !held_.exchange(true, acquire); }  // hand_over

  auto tickets_are_out() const noexcept -> bool {
    return drawn_.load(relaxed) != served_.load(relaxed);
  }

  [[gnu::noinline]] void wait_and_take() noexcept {
    for (unsigned look = 0; look < looks_; ++look) {
      pause_before(look);
      if (try_lock()) return;
    }
    auto const ticket = drawn_.fetch_add(1, relaxed);
    basic_backoff<Atomics> wait;
    while (served_.load(relaxed) != ticket || held_.load(relaxed) || !take()) wait();
    served_.store(ticket + 1, relaxed);  // only the owner writes it
  }

  /// Each look takes the line from the owner, so the pauses are as long as a run of operations, and
  /// a short one comes first only for the case that nobody else is after the lock.
  static void pause_before(unsigned look) noexcept {
    if (look >= looks_between_pauses) return Atomics::yield();
    for (unsigned left = first_pause << look; left > 0; --left) Atomics::spin_hint();
  }

  static constexpr unsigned looks_between_pauses = 6;
  static constexpr unsigned first_pause = 32;

  // All on the line of what the lock protects, as a rule: an owner on its run needs just that one.
  typename Atomics::template atomic<bool> held_{false};
  typename Atomics::template atomic<std::uint32_t> drawn_{0};   // tickets so far; both wrap
  typename Atomics::template atomic<std::uint32_t> served_{0};  // tickets whose thread has had the lock
  unsigned looks_;
};

using barging_lock = basic_barging_lock<>;

}  // namespace sluice
