// wait_group — how many are still at it, and somebody who waits for the last.
#pragma once

#include <coroutine>
#include <cstdint>
#include <mutex>
#include <source_location>
#include <utility>

#include <sluice/base/result.hpp>
#include <sluice/context/waiting.hpp>
#include <sluice/task/spawn.hpp>

namespace sluice {

class wait_group;

/// What `wait_group::wait` returns; await it, once.
class [[nodiscard]] wait_group_operation {
 public:
  wait_group_operation(wait_group& group, context const& ctx) noexcept : group_(group), ctx_(ctx) {}
  [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
  template <task_promise Promise>
  auto await_suspend(std::coroutine_handle<Promise> waiting) noexcept -> bool {
    me_.task = waiting.promise().control;
    me_.task->suspend_at(waiting, "a wait group");
    return queue();
  }
  auto await_resume() noexcept -> result<void>;

 private:
  auto queue() noexcept -> bool;

  wait_group& group_;
  context const& ctx_;
  detail::plain_place me_;
};

/// Counts what is under way.
///
///     wait_group crew;
///     for (auto& part : parts) crew.go(home, work(ctx, part));
///     co_await crew.wait(ctx);
///
/// Edges     What precedes `done()` happens-before the return of the `wait` that it releases.
/// Threads   Every member may be called by any task or thread at any time; `add` from 0 while
///           somebody waits is misuse.
/// Lifetime  outlives what it counts, and every wait.
class wait_group {
 public:
  wait_group() = default;
  wait_group(wait_group const&) = delete;
  auto operator=(wait_group const&) -> wait_group& = delete;
  ~wait_group();

  /// `n` more are under way.
  /// Throws    `misuse` when the counter would fall below 0, or rises from 0 while somebody waits.
  void add(std::int64_t n = 1);

  /// One has ended. The last one wakes everybody who waits.
  /// Throws    `misuse` when none was under way.
  void done() { add(-1); }

  /// Runs `body` as a task of `home` that is counted from now until it has ended. An exception that
  /// escapes it ends the program: catch it inside, or use an error group.
  template <class Body>
  void go(executor& home, Body body,
          std::source_location where = std::source_location::current()) {
    add(1);
    try {
      spawn(home, counted(std::move(body)), where).detach();
    } catch (...) {
      done();
      throw;
    }
  }

  /// Suspends  until the counter is 0; resumes on the awaiting task's runtime.
  /// Fails     `cancelled` or `deadline_exceeded` when `ctx` ends first.
  [[nodiscard]] auto wait(context const& ctx) noexcept -> wait_group_operation {
    return {*this, ctx};
  }

  /// The same for a plain thread, which it blocks.
  /// Throws    `misuse` on a worker of a runtime.
  [[nodiscard]] auto wait_blocking(context const& ctx) -> result<void>;

  [[nodiscard]] auto count() const noexcept -> std::int64_t {
    std::lock_guard const hold{lock_};
    return count_;
  }

 private:
  friend wait_group_operation;
  [[nodiscard]] auto wait_or_pass(detail::cancellable_waiter& me, context const& ctx) noexcept
      -> bool;

  auto counted(task<void> body) -> task<void> {
    co_await guarded(std::move(body));
    done();
  }
  static auto guarded(task<void> body) noexcept -> task<void> {
    try {
      co_await std::move(body);
    } catch (...) {
      terminate_misuse("wait_group", "an exception escaped a task started with go()");
    }
  }

  mutable std::mutex lock_;
  std::int64_t count_ = 0;
  wait_list waiting_;
};

}  // namespace sluice
