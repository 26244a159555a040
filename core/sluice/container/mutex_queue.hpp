// mutex_queue — the plainest queue that works: a deque behind a mutex.
#pragma once

#include <cstddef>
#include <deque>
#include <limits>
#include <mutex>
#include <optional>
#include <utility>

#include <sluice/atomics/policy.hpp>
#include <sluice/base/concepts.hpp>
#include <sluice/base/contract.hpp>

namespace sluice {

/// A FIFO for any number of threads, with a bound or without. What every other queue is measured by.
///
/// Progress   blocking: a thread stopped while it holds the mutex stops the others.
/// Edges      What precedes a `try_push` happens-before what follows the `try_pop` that yields its value.
/// Threads    Every member may be called by any thread at any time. Linearizable, "empty" and "full"
///            included.
template <transferable T, atomics_policy Atomics = std_atomics>
class mutex_queue {
 public:
  using value_type = T;

  /// Unbounded.
  mutex_queue() = default;

  /// Holds at most `capacity` values; memory is taken as it is needed.
  /// Throws    `misuse` for 0.
  explicit mutex_queue(std::size_t capacity) : capacity_(capacity) {
    if (capacity == 0) throw misuse("mutex_queue", "capacity 0 holds nothing");
  }

  mutex_queue(mutex_queue const&) = delete;
  auto operator=(mutex_queue const&) -> mutex_queue& = delete;

  /// Any thread. Returns false when full, and then `value` has not been moved from.
  /// Throws    `std::bad_alloc` or what moving a `T` throws; the queue is then as it was.
  [[nodiscard]] auto try_push(T&& value) -> bool {
    std::lock_guard const lock(mutex_);
    if (values_.size() >= capacity_) return false;
    values_.push_back(std::move(value));
    return true;
  }

  /// Any thread. Returns nothing when empty.
  /// Throws    what moving a `T` throws; the value then stays, in the state the move left it in.
  [[nodiscard]] auto try_pop() -> std::optional<T> {
    std::optional<T> value;
    std::lock_guard const lock(mutex_);
    if (!values_.empty()) {
      value.emplace(std::move(values_.front()));
      values_.pop_front();
    }
    return value;
  }

  /// The bound; for an unbounded queue the largest number there is.
  [[nodiscard]] auto capacity() const noexcept -> std::size_t { return capacity_; }

 private:
  typename Atomics::mutex mutex_;
  std::deque<T> values_;
  std::size_t capacity_ = std::numeric_limits<std::size_t>::max();
};

}  // namespace sluice
