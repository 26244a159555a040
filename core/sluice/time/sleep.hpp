// sleep — waiting for time to pass, on the clock of one's own runtime.
#pragma once

#include <coroutine>

#include <sluice/atomics/spin_lock.hpp>
#include <sluice/base/result.hpp>
#include <sluice/context/waiting.hpp>
#include <sluice/task/awaitable.hpp>
#include <sluice/task/timer_service.hpp>

namespace sluice {

/// What `sleep_for` and `sleep_until` return; await it, once.
class [[nodiscard]] sleep_operation {
 public:
  sleep_operation(context const& ctx, instant until, duration span, bool relative) noexcept
      : ctx_(ctx), until_(until), span_(span), relative_(relative) {}
  sleep_operation(sleep_operation const&) = delete;
  auto operator=(sleep_operation const&) -> sleep_operation& = delete;
  ~sleep_operation() { stop(); }

  /// Before it is awaited: where to write down the instant at which the time was over.
  void note_instant(instant& into) noexcept { noted_ = &into; }

  [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }

  template <task_promise Promise>
  auto await_suspend(std::coroutine_handle<Promise> sleeper) -> bool {
    me_.task = sleeper.promise().control;
    if (ctx_.done()) {
      me_.state = detail::wait_state::cancelled;
      return false;
    }
    auto& home = me_.task->home();
    me_.task->suspend_at(sleeper, "a timer");
    if (relative_ && span_.count() <= 0) {  // no time at all: others go first, once
      me_.state = detail::wait_state::served;
      if (noted_ != nullptr) *noted_ = home.now();
      home.schedule_last(*me_.task);
      return true;
    }
    if (relative_) until_ = saturating_add(home.now(), span_);
    return begin(home.timers());
  }

  auto await_resume() -> result<void> {
    stop();
    if (me_.state == detail::wait_state::cancelled)
      return failure(ctx_.err().value_or(errc::cancelled));
    return {};
  }

 private:
  struct sleeper_entry : timer_entry {
    sleep_operation* self = nullptr;
  };

  auto begin(timer_service& timers) -> bool {
    if (!me_.listen(ctx_, lock_, queue_)) {
      me_.state = detail::wait_state::cancelled;
      return false;
    }
    entry_.self = this;
    entry_.due = until_;
    entry_.fire = &sleep_operation::over;
    std::lock_guard const hold{lock_};
    if (me_.state == detail::wait_state::cancelled) return false;
    if (until_ != never) timers.add(entry_);
    timers_ = &timers;
    return me_.enqueue();
  }

  static void over(timer_entry& entry) noexcept {
    auto& self = *static_cast<sleeper_entry&>(entry).self;
    {
      std::lock_guard const hold{self.lock_};
      if (self.me_.state != detail::wait_state::queued) return;
      self.queue_.remove(self.me_);
      self.me_.serve();
      if (self.noted_ != nullptr) *self.noted_ = self.timers_->now();
    }
    self.me_.wake();
  }

  void stop() noexcept {
    if (timers_ != nullptr) timers_->remove(entry_);
    timers_ = nullptr;
    me_.abandon();
  }

  context const& ctx_;
  instant until_;
  duration span_;
  bool relative_;
  timer_service* timers_ = nullptr;
  instant* noted_ = nullptr;
  spin_lock lock_;
  wait_list queue_;
  sleeper_entry entry_;
  detail::plain_place me_;
};

/// Suspends the task for `span`; nothing or less lets others go first, once.
/// Suspends  until the time has passed on the task's runtime, real or virtual; not before.
/// Fails     `cancelled` or `deadline_exceeded` when `ctx` ends first.
/// Cost      O(log n) in the number of pending timers, no thread and no allocation of its own.
[[nodiscard]] inline auto sleep_for(context const& ctx, duration span) -> sleep_operation {
  return sleep_operation{ctx, never, span, true};
}

/// The same, until an instant of the task's runtime; one that has passed lets others go first.
[[nodiscard]] inline auto sleep_until(context const& ctx, instant until) -> sleep_operation {
  return sleep_operation{ctx, until, duration{0}, false};
}

}  // namespace sluice
