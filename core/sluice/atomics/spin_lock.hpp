// spin_lock — the smallest lock there is, for a few instructions at a time.
#pragma once

#include <array>
#include <cstddef>

#include <sluice/atomics/backoff.hpp>
#include <sluice/atomics/lock_bias.hpp>
#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>
#include <sluice/base/contract.hpp>
#include <sluice/base/cpu.hpp>

namespace sluice {

/// Mutual exclusion without sleeping, around what is always short: linking a waiter, moving one value. A
/// mutex of the platform costs twice as much where nobody competes, because it looks for sleepers on the
/// way out. A thread that takes the same lock many times in a row, as the worker of a runtime mostly does, owns it until
/// somebody else comes, and pays for no exchange meanwhile. Works with `std::lock_guard`.
///
/// Progress   blocking: a thread stopped while it holds the lock stops the others, who spin briefly and
///            then give their processor away. No turns are kept: a waiter may be passed over for ever.
/// Edges      hand_on  locked_ release -> locked_ acquire  what one holder did, before what the next does
/// Threads    Any thread; unlock by the one that locked.
/// Source     Rudolph, Segall, "Dynamic decentralized cache schemes for MIMD parallel processors", 1984:
///            test, and only then test-and-set, so that waiting does not move the line.
template <atomics_policy Atomics = std_atomics, class Bias = usual_bias<Atomics>>
class basic_spin_lock {
 public:
  basic_spin_lock() = default;
  /// One that is at first mostly taken by the thread that makes it, and is not taken meanwhile.
  struct born_here {};
  explicit basic_spin_lock(born_here) noexcept { bias_.born_here(); }
  basic_spin_lock(basic_spin_lock const&) = delete;
  auto operator=(basic_spin_lock const&) -> basic_spin_lock& = delete;

  /// Waits for the lock. Where it is free, as it mostly is, that is one exchange, or, for its owner, none.
  void lock() noexcept {
    if (!bias_.enter(this)) lock_in_turn();
  }

  /// The same for who comes many times in a row, once `try_lock` has failed: first leaves the lock to the other one for a
  /// microsecond or two. Processors that take turns at every operation spend their time with moving the line to and fro.
  void lock_patiently() noexcept {
    for (unsigned left = patience; left > 0; --left) cpu_pause();
    lock();
  }

  /// Takes the lock if it is free. Where it belongs to another thread, that waits for the few instructions that this one may
  /// be inside: so `std::lock` is not for two locks of this kind.
  [[nodiscard]] auto try_lock() noexcept -> bool {
    return bias_.enter(this) || try_lock_in_turn();
  }

  /// For a few instructions: not null when the caller owns the lock, and holds it now until `unlock_briefly` with that.
  /// Null says nothing about the lock.
  [[nodiscard]] SLUICE_HOT auto try_lock_briefly() noexcept { return bias_.enter_briefly(this); }
  void unlock_briefly(auto held) noexcept { bias_.leave_briefly(held); }
  /// The same with several at once, of which some may be null; null where the caller does not own all the others, or is inside
  /// another one.
  template <std::size_t N>
  [[nodiscard]] static auto try_lock_together(std::array<basic_spin_lock*, N> const& locks) noexcept {
    return Bias::enter_together(locks, [](basic_spin_lock& of) -> Bias& { return of.bias_; });
  }
  template <std::size_t N>
  static void unlock_together(auto* held) noexcept {
    Bias::template leave_together<N>(held);
  }
  static constexpr std::size_t most_together = Bias::most_together;
  /// Whether a thread can own a lock at all.
  static constexpr bool has_owners = Bias::possible;

  /// Holder only. Unlocking what is not locked is misuse, and ends the program where invariants are checked.
  void unlock() noexcept {
    if (bias_.leave()) return;
    SLUICE_ASSERT(locked_.load(relaxed));
    locked_.store(false, release);  // hand_on
  }

 private:
  static constexpr unsigned patience = 128;
  [[gnu::noinline]] auto try_lock_in_turn() noexcept -> bool {
    if (locked_.load(relaxed) || locked_.exchange(true, acquire)) return false;  // hand_on
    bias_.taken(this);
    return true;
  }
  [[gnu::noinline]] void lock_in_turn() noexcept {
    if (locked_.exchange(true, acquire)) [[unlikely]]  // hand_on
      for (basic_backoff<Atomics> wait; locked_.load(relaxed) || locked_.exchange(true, acquire);) wait();  // hand_on
    bias_.taken(this);
  }

  typename Atomics::template atomic<bool> locked_{false};
  [[no_unique_address]] Bias bias_;
};

using spin_lock = basic_spin_lock<>;

}  // namespace sluice
