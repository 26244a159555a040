// spin_lock — the smallest lock there is, for a few instructions at a time.
#pragma once

#include <sluice/atomics/backoff.hpp>
#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>
#include <sluice/base/contract.hpp>
#include <sluice/base/cpu.hpp>

namespace sluice {

/// Mutual exclusion without sleeping, around what is always short: linking a waiter, moving one value. A
/// mutex of the platform costs twice as much where nobody competes, because it looks for sleepers on the
/// way out. Works with `std::lock_guard`.
///
/// Progress   blocking: a thread stopped while it holds the lock stops the others, who spin briefly and
///            then give their processor away. No turns are kept: a waiter may be passed over for ever.
/// Edges      hand_on  locked_ release -> locked_ acquire  what one holder did, before what the next does
/// Threads    Any thread; unlock by the one that locked.
/// Source     Rudolph, Segall, "Dynamic decentralized cache schemes for MIMD parallel processors", 1984:
///            test, and only then test-and-set, so that waiting does not move the line.
template <atomics_policy Atomics = std_atomics>
class basic_spin_lock {
 public:
  basic_spin_lock() = default;
  basic_spin_lock(basic_spin_lock const&) = delete;
  auto operator=(basic_spin_lock const&) -> basic_spin_lock& = delete;

  /// Waits for the lock. Where it is free, as it mostly is, that is one exchange.
  void lock() noexcept {
    if (locked_.exchange(true, acquire)) [[unlikely]] lock_slowly();  // hand_on
  }

  /// The same for who comes many times in a row, once `try_lock` has failed: first leaves the lock to the other one for a
  /// microsecond or two. Processors that take turns at every operation spend their time with moving the line to and fro.
  void lock_patiently() noexcept {
    for (unsigned left = patience; left > 0; --left) cpu_pause();
    lock();
  }

  /// Takes the lock if it is free.
  [[nodiscard]] auto try_lock() noexcept -> bool {
    return !locked_.load(relaxed) && !locked_.exchange(true, acquire);  // hand_on
  }

  /// Holder only. Unlocking what is not locked is misuse, and ends the program where invariants are checked.
  void unlock() noexcept {
    SLUICE_ASSERT(locked_.load(relaxed));
    locked_.store(false, release);  // hand_on
  }

 private:
  static constexpr unsigned patience = 128;
  [[gnu::noinline]] void lock_slowly() noexcept {
    for (basic_backoff<Atomics> wait; !try_lock(); wait()) {
    }
  }

  typename Atomics::template atomic<bool> locked_{false};
};

using spin_lock = basic_spin_lock<>;

}  // namespace sluice
