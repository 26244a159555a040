// atomic_semaphore — permits in one word, for threads that take them by an exchange.
#pragma once

#include <cstdint>
#include <string>

#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>
#include <sluice/base/contract.hpp>
#include <sluice/lockfree/event_count.hpp>

namespace sluice {

/// A counting semaphore without turns: whoever comes first when permits are there has them, waiting or
/// not. Cheaper than `semaphore`, which is fair and for tasks.
///
/// Progress   try_acquire and release lock-free: one tries again only when another one has succeeded.
///            acquire_blocking sleeps; a large request may be passed over by small ones for ever.
/// Invariant  0 <= free <= bound; bound - free permits are held.
/// Edges      pass  free_ release -> free_ acquire  what precedes a release, before what follows the
///                  acquire that takes its permits; every change is a read-modify-write
/// Threads    Every member may be called by any thread at any time. Linearizable.
/// Lifetime   The semaphore outlives every call of its members. A release still wakes others when
///            its permits can be had: whoever gets the last one does not know that it is over.
template <atomics_policy Atomics = std_atomics>
class basic_atomic_semaphore {
 public:
  /// `bound` permits, all of them free.
  explicit basic_atomic_semaphore(std::uint32_t bound) : basic_atomic_semaphore(bound, bound) {}
  /// `bound` permits, of which `free` are free; the others are held by whoever made it.
  /// `looks` is how often a waiter looks again before it sleeps, see `event_count`.
  /// Throws    `misuse` when `free` is more than `bound`.
  basic_atomic_semaphore(std::uint32_t free, std::uint32_t bound,
                         unsigned looks = basic_event_count<Atomics>::usual_looks)
      : free_(free), bound_(bound), releases_(looks) {
    if (free > bound)
      throw misuse("atomic_semaphore", std::to_string(free) + " free permits are outside 0 to " +
                                           std::to_string(bound));
  }

  /// Takes `permits` if so many are free, which is never so for more than `bound`.
  [[nodiscard]] auto try_acquire(std::uint32_t permits = 1) noexcept -> bool {
    for (auto free = free_.load(relaxed); free >= permits;)
      if (free_.compare_exchange_weak(free, free - permits, acquire, relaxed)) return true;  // pass
    return false;
  }

  /// Takes `permits`. Blocks the thread until so many are free.
  /// Throws    `misuse` for more than there are, which could never be had.
  void acquire_blocking(std::uint32_t permits = 1) {
    if (permits > bound_)
      throw misuse("atomic_semaphore",
                   std::to_string(permits) + " permits are outside 0 to " + std::to_string(bound_));
    releases_.await([&] { return try_acquire(permits); });
  }

  /// Gives `permits` back, and wakes who waits.
  /// Throws    `misuse` for more than are held; nothing has changed then.
  void release(std::uint32_t permits = 1) {
    auto free = free_.load(relaxed);
    do {
      if (permits > bound_ - free)
        throw misuse("atomic_semaphore", std::to_string(permits) + " permits are outside 0 to " +
                                             std::to_string(bound_ - free) + ", which are held");
    } while (!free_.compare_exchange_weak(free, free + permits, release_order, relaxed));  // pass
    releases_.notify_all();  // they may want different numbers; who finds too few sleeps again
  }

  /// How many were free at some moment.
  [[nodiscard]] auto free_hint() const noexcept -> std::uint32_t { return free_.load(relaxed); }
  [[nodiscard]] auto bound() const noexcept -> std::uint32_t { return bound_; }

 private:
  static constexpr auto release_order = sluice::release;  // the member of that name hides it

  typename Atomics::template atomic<std::uint32_t> free_;
  std::uint32_t bound_;
  basic_event_count<Atomics> releases_;
};

using atomic_semaphore = basic_atomic_semaphore<>;

}  // namespace sluice
