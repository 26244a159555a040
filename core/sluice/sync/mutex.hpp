// mutex — one at a time, for tasks that wait without holding a thread.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <sluice/atomics/spin_lock.hpp>
#include <sluice/base/clock.hpp>
#include <sluice/base/result.hpp>
#include <sluice/context/waiting.hpp>
#include <sluice/sync/detail/mutex_core.hpp>
#include <sluice/task/awaitable.hpp>

namespace sluice {

class mutex;

/// Holds a `mutex` and lets it go.
class [[nodiscard]] mutex_guard {
 public:
  explicit mutex_guard(sluice::mutex& held) noexcept : held_(&held) {}
  mutex_guard(mutex_guard&& other) noexcept : held_(other.release()) {}
  auto operator=(mutex_guard&& other) noexcept -> mutex_guard&;
  ~mutex_guard() { unlock(); }
  /// Lets go before the end of the scope; harmless when repeated.
  void unlock() noexcept;
  /// Leaves the mutex locked, for somebody else to unlock. Null when nothing was held.
  auto release() noexcept -> sluice::mutex* { return std::exchange(held_, nullptr); }
  /// False after `unlock`, `release` or a move.
  [[nodiscard]] auto owns_lock() const noexcept -> bool { return held_ != nullptr; }
  /// The mutex it holds, or null.
  [[nodiscard]] auto mutex() const noexcept -> sluice::mutex* { return held_; }

 private:
  sluice::mutex* held_;
};

namespace detail {

/// A place in the queue of a mutex.
struct mutex_place : cancellable_waiter {
  ~mutex_place() { abandon(); }
  [[nodiscard]] auto now() const noexcept -> instant;
  /// It has been passed over for long enough.
  [[nodiscard]] auto starves(std::uint64_t barged) const noexcept -> bool;

  instant since{};                   ///< when it came, on its own clock
  std::uint64_t barged_before = 0;   ///< how many had barged in when it came
  bool waited = false;               ///< it has been in the queue
  bool may_try = true;               ///< false: woken only with the lock in its hands
};

}  // namespace detail

/// What `mutex::lock` returns; await it, once.
class [[nodiscard]] mutex_operation {
 public:
  mutex_operation(mutex& wanted, context const& ctx) noexcept : mutex_(wanted), ctx_(ctx) {}
  mutex_operation(mutex_operation const&) = delete;
  auto operator=(mutex_operation const&) -> mutex_operation& = delete;
  ~mutex_operation();
  [[nodiscard]] auto await_ready() noexcept -> bool;
  template <task_promise Promise>
  auto await_suspend(std::coroutine_handle<Promise> waiting) noexcept -> bool {
    me_.task = waiting.promise().control;
    me_.task->suspend_at(waiting, "a mutex");
    return queue(waiting) || detail::end_slice_if_due(*me_.task, waiting);
  }
  auto await_resume() noexcept -> result<mutex_guard>;

 private:
  struct second_try;
  struct attempt;
  static auto try_again(mutex_operation& self) -> second_try;
  auto queue(std::coroutine_handle<> waiting) noexcept -> bool;

  mutex& mutex_;
  context const& ctx_;
  bool taken_ = false;
  detail::mutex_place me_;
  std::coroutine_handle<> waiting_;      // the one that awaits
  std::coroutine_handle<> second_try_;   // goes in between, see `try_again`
  alignas(std::max_align_t) std::byte frame_[96];  // of `second_try_`
};

/// Mutual exclusion between tasks, and threads.
///
///     auto held = co_await ledger.lock(ctx);
///     if (!held) co_return failure(held.error());
///     total += amount;                                  // until `held` goes
///
/// Order     Whoever comes while it is free takes it, others waiting or not: the one that runs goes
///           on. Waiters try in the order in which they came; one that has waited for a millisecond
///           or that 64 others have passed is handed the lock by the next unlock.
/// Edges     What precedes an unlock happens-before what follows the next lock.
/// Threads   Any task or thread; the one that unlocks may be another than the one that locked.
/// Lifetime  outlives its guards and every wait. Not recursive.
class mutex {
 public:
  mutex() = default;
  mutex(mutex const&) = delete;
  auto operator=(mutex const&) -> mutex& = delete;
  ~mutex();

  /// Suspends  while somebody else holds it; the worker goes on with other tasks.
  /// Fails     `cancelled` or `deadline_exceeded`, without the lock.
  /// Cost      O(1), no allocation.
  [[nodiscard]] auto lock(context const& ctx) noexcept -> mutex_operation { return {*this, ctx}; }

  /// The lock if it is free at once.
  /// Fails     `would_block`.
  [[nodiscard]] auto try_lock() noexcept -> result<mutex_guard>;

  /// The same as `lock` for a plain thread, which it blocks.
  /// Throws    `misuse` on a worker of a runtime.
  [[nodiscard]] auto lock_blocking(context const& ctx) -> result<mutex_guard>;

  /// Lets go without a guard.
  /// Throws    `misuse` when it is not locked.
  void unlock();

 private:
  friend mutex_operation;
  using place = detail::mutex_place;

  auto take_if_free(place& me) noexcept -> bool;
  [[nodiscard]] auto lock_or_wait(place& me, context const& ctx) noexcept -> bool;
  [[nodiscard]] auto lock_or_wait_again(place& me) noexcept -> bool;

  detail::basic_mutex_core<place, spin_lock> core_;
};

}  // namespace sluice
