// timer — something that happens once, after a while, and can be called off.
#pragma once

#include <coroutine>
#include <utility>

#include <sluice/task/awaitable.hpp>
#include <sluice/time/detail/timer_core.hpp>

namespace sluice {

/// What `recv` of a timer or a ticker returns; await it, once.
class [[nodiscard]] timer_receive {
 public:
  timer_receive(detail::timer_handle from, char const* primitive, context const& ctx)
      : from_(std::move(from)), core_(from_.get(primitive)), ctx_(ctx) {}
  timer_receive(timer_receive const&) = delete;
  auto operator=(timer_receive const&) -> timer_receive& = delete;

  [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
  template <task_promise Promise>
  auto await_suspend(std::coroutine_handle<Promise> receiver) -> bool {
    me_.task = receiver.promise().control;
    me_.task->suspend_at(receiver, core_.name());
    return !core_.take_or_wait(me_, ctx_);
  }
  auto await_resume() -> result<instant> { return me_.outcome(ctx_); }

 private:
  detail::timer_handle from_;
  detail::timer_core& core_;
  context const& ctx_;
  detail::timer_place me_;
};

/// Fires once, after a while, and then holds the instant at which it did until somebody takes it.
///
///     timer limit{ctx, 50ms};
///     ...
///     if (limit.stop()) co_return;                       // in time: nothing will come of it
///     auto const fired_at = co_await limit.recv(ctx);
///
/// After `stop` or `reset` has returned, nothing of the earlier setting can be received, also if it
/// was due already: there is nothing to drain.
/// Order     timers due at one instant of virtual time fire in the order in which they were set.
/// Threads   every member may be called by any task or thread at any time.
/// Cost      one allocation; setting and stopping O(log n) in the number of pending timers; no
///           thread.
/// Lifetime  copies share the timer; it goes with the last of them, without firing. The context
///           lends its clock and nothing else: its end stops no timer. One whose runtime has gone
///           never fires.
class timer {
 public:
  /// No timer: every operation is misuse.
  timer() noexcept = default;

  /// Starts it, on the clock of the runtime of `of`; nothing or less is due at once.
  /// Throws    `misuse` where there is no clock; `std::bad_alloc`.
  timer(context const& of, duration after) : core_(detail::timer_core::make(of, "a timer")) {
    (void)get().set(after, duration{0});
  }

  /// The instant at which it fired, once for each setting.
  /// Suspends  until it fires; resumes on the awaiting task's runtime.
  /// Fails     `cancelled` or `deadline_exceeded` when `ctx` ends first, having taken nothing.
  [[nodiscard]] auto recv(context const& ctx) const -> timer_receive {
    return timer_receive{core_, "timer", ctx};
  }
  /// The same for a plain thread, which it blocks.
  /// Throws    `misuse` on a worker of a runtime.
  [[nodiscard]] auto recv_blocking(context const& ctx) const -> result<instant> {
    return detail::receive_blocking(core_, "timer", ctx);
  }
  /// Fails     `would_block` when it has not fired, or its instant was taken.
  [[nodiscard]] auto try_recv() const -> result<instant> { return get().try_take(); }

  /// Calls it off. True when it was pending: had not fired, or nobody had received it yet.
  auto stop() const -> bool { return get().stop(); }
  /// Sets it anew, to fire `after` from now. Returns what `stop` would.
  /// Throws    `std::bad_alloc`; it is stopped then.
  auto reset(duration after) const -> bool { return get().set(after, duration{0}); }

  /// For `on_recv`.
  [[nodiscard]] auto handle() const noexcept -> detail::timer_handle { return core_; }

 private:
  [[nodiscard]] auto get() const -> detail::timer_core& { return core_.get("timer"); }
  detail::timer_handle core_;
};

}  // namespace sluice
