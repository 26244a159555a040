// mutex — one at a time, for tasks that wait without holding a thread.
#pragma once

#include <coroutine>
#include <mutex>
#include <utility>

#include <sluice/base/result.hpp>
#include <sluice/context/waiting.hpp>
#include <sluice/task/awaitable.hpp>

namespace sluice {

class mutex;

/// Holds a `mutex` and lets it go.
class [[nodiscard]] mutex_guard {
 public:
  explicit mutex_guard(mutex& held) noexcept : held_(&held) {}
  mutex_guard(mutex_guard&& other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
  auto operator=(mutex_guard&& other) noexcept -> mutex_guard&;
  ~mutex_guard() { unlock(); }
  /// Lets go before the end of the scope; harmless when repeated.
  void unlock() noexcept;

 private:
  mutex* held_;
};

/// What `mutex::lock` returns; await it, once.
class [[nodiscard]] mutex_operation {
 public:
  mutex_operation(mutex& wanted, context const& ctx) noexcept : mutex_(wanted), ctx_(ctx) {}
  mutex_operation(mutex_operation const&) = delete;
  auto operator=(mutex_operation const&) -> mutex_operation& = delete;
  ~mutex_operation();
  [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
  template <task_promise Promise>
  auto await_suspend(std::coroutine_handle<Promise> waiting) noexcept -> bool {
    me_.task = waiting.promise().control;
    me_.task->suspend_at(waiting, "a mutex");
    return queue();
  }
  auto await_resume() noexcept -> result<mutex_guard>;

 private:
  auto queue() noexcept -> bool;

  mutex& mutex_;
  context const& ctx_;
  bool taken_ = false;
  detail::plain_place me_;
};

/// Mutual exclusion between tasks, and threads.
///
///     auto held = co_await ledger.lock(ctx);
///     if (!held) co_return failure(held.error());
///     total += amount;                                  // until `held` goes
///
/// Order     Waiters get the lock in the order in which they came, by direct hand-over.
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
  [[nodiscard]] auto lock_or_wait(detail::cancellable_waiter& me, context const& ctx) noexcept
      -> bool;

  std::mutex lock_;
  bool held_ = false;
  wait_list waiting_;
};

}  // namespace sluice
