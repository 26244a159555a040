// barging_queue — unbounded queue behind a lock that one thread keeps for a while.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>

#include <sluice/atomics/policy.hpp>
#include <sluice/base/cache_line.hpp>
#include <sluice/base/concepts.hpp>
#include <sluice/lockfree/barging_lock.hpp>
#include <sluice/lockfree/detail/chunked.hpp>

namespace sluice {

/// A FIFO for any number of threads. `barging_queue<job> jobs;`
///
/// The one for threads that push and pop as fast as they can. Those of a lock-free queue all exchange the
/// same few words, and each exchange fetches their line from another core; here a thread does hundreds
/// of operations in its own cache before the next one has its turn.
///
/// Progress   blocking, not lock-free: a thread stopped amid an operation stops the others. Those that
///            wait spin, then yield; how long at most, see `barging_lock`. An operation is a dozen
///            instructions; one push in `Chunk` may allocate, one pop may free.
/// Invariant  Values are touched under the lock only. One that is in does not move until it goes.
/// Edges      hand_over  that of the lock: a value is complete before the next owner can see it
/// Threads    Every member may be called by any thread at any time. Linearizable, "empty" included. A
///            `T` whose move or destructor comes back to this queue would wait for itself.
template <transferable T, std::size_t Chunk = detail::usual_chunk<T>,
          atomics_policy Atomics = std_atomics>
class barging_queue {
 public:
  using value_type = T;

  /// Allocates nothing.
  barging_queue() = default;

  barging_queue(barging_queue const&) = delete;
  auto operator=(barging_queue const&) -> barging_queue& = delete;

  /// Destroys what is left inside.
  ~barging_queue() = default;

  /// Any thread. Always succeeds; returns a bool as the bounded structures do.
  /// Throws    `std::bad_alloc` without having moved from `value`, or what moving a `T` throws; the
  ///           queue is then as it was.
  auto try_push(T&& value) -> bool {
    std::lock_guard const hold(lock_);
    values_.write([&](auto& values) { values.push(std::move(value)); });
    return true;
  }

  /// Any thread. The oldest value, or nothing when empty.
  /// Throws    what moving a `T` throws; the value is then gone.
  [[nodiscard]] auto try_pop() -> std::optional<T> {
    std::optional<T> value;
    std::lock_guard const hold(lock_);
    values_.write([&](auto& values) { values.pop(value); });
    return value;
  }

 private:
  using values = detail::chunked_queue<T, Chunk, Atomics>;

  // On one line: whoever has the lock needs no other.
  alignas(cache_line) basic_barging_lock<Atomics> lock_;
  typename Atomics::template cell<values> values_;
};

}  // namespace sluice
