// after — the instant that comes when some time has passed.
#pragma once

#include <coroutine>
#include <utility>

#include <sluice/time/sleep.hpp>

namespace sluice {

/// What `after` returns; await it, once.
class [[nodiscard]] after_operation {
 public:
  after_operation(context const& ctx, duration span) noexcept : sleep_(ctx, never, span, true) {
    sleep_.note_instant(fired_at_);
  }
  after_operation(after_operation const&) = delete;
  auto operator=(after_operation const&) -> after_operation& = delete;

  [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
  template <task_promise Promise>
  auto await_suspend(std::coroutine_handle<Promise> waiting) -> bool {
    return sleep_.await_suspend(waiting);
  }
  auto await_resume() -> result<instant> {
    if (auto over = sleep_.await_resume(); !over) return failure(std::move(over.error()));
    return fired_at_;
  }

 private:
  instant fired_at_{};
  sleep_operation sleep_;
};

/// The same for whoever has nothing to give up.
class [[nodiscard]] plain_after_operation {
 public:
  explicit plain_after_operation(duration span) noexcept : inner_(endless_, span) {}

  [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
  template <task_promise Promise>
  auto await_suspend(std::coroutine_handle<Promise> waiting) -> bool {
    return inner_.await_suspend(waiting);
  }
  auto await_resume() -> instant { return *inner_.await_resume(); }

 private:
  context endless_ = context::background();
  after_operation inner_;
};

/// `instant const then = co_await after(5ms);` on the clock of the awaiting task's runtime: the
/// instant at which the time was over, which may be earlier than the one at which the task goes on.
/// Suspends  until then, or, for nothing or less, until the others have had their turn.
[[nodiscard]] inline auto after(duration span) noexcept -> plain_after_operation {
  return plain_after_operation{span};
}

/// The same.
/// Fails     `cancelled` or `deadline_exceeded` when `ctx` ends first.
[[nodiscard]] inline auto after(context const& ctx, duration span) noexcept -> after_operation {
  return after_operation{ctx, span};
}

}  // namespace sluice
