// ticker — something that happens again and again, as long as somebody keeps up.
#pragma once

#include <string>

#include <sluice/base/contract.hpp>
#include <sluice/time/timer.hpp>

namespace sluice {

/// Ticks every `period`: the k-th time at start + k * period, however late the ones before were.
///
///     ticker each{ctx, 10ms};
///     while (auto const at = co_await each.recv(ctx)) sample(*at);
///
/// Bound     one tick waits to be received; a receiver that is slower than the ticks loses some,
///           and never gets two at once.
/// Threads   every member may be called by any task or thread at any time.
/// Cost      one allocation, then O(log n) a tick in the number of pending timers; no thread. While
///           a tick waits to be received there is no timer.
/// Lifetime  as `timer`.
class ticker {
 public:
  /// No ticker: every operation is misuse.
  ticker() noexcept = default;

  /// Starts it, on the clock of the runtime of `of`.
  /// Throws    `misuse` for a period of nothing or less, or where there is no clock;
  ///           `std::bad_alloc`.
  ticker(context const& of, duration period)
      : core_(detail::timer_core::make(of, (check(period), "a tick"))) {
    (void)get().set(period, period);
  }

  /// The instant of the tick.
  /// Suspends  until there is one, for ever after `stop`; resumes on the awaiting task's runtime.
  /// Fails     `cancelled` or `deadline_exceeded` when `ctx` ends first, having taken nothing.
  [[nodiscard]] auto recv(context const& ctx) const -> timer_receive {
    return timer_receive{core_, "ticker", ctx};
  }
  /// The same for a plain thread, which it blocks.
  /// Throws    `misuse` on a worker of a runtime.
  [[nodiscard]] auto recv_blocking(context const& ctx) const -> result<instant> {
    return detail::receive_blocking(core_, "ticker", ctx);
  }
  /// Fails     `would_block` when there is no tick to take.
  [[nodiscard]] auto try_recv() const -> result<instant> { return get().try_take(); }

  /// No more ticks, nor one that is due but not received. True when it was running.
  auto stop() const -> bool { return get().stop(); }
  /// Ticks every `period` from now on. Returns what `stop` would.
  /// Throws    `misuse` for a period of nothing or less; `std::bad_alloc`, and it is stopped then.
  auto reset(duration period) const -> bool {
    auto& core = get();
    check(period);
    return core.set(period, period);
  }

  /// For `on_recv`.
  [[nodiscard]] auto handle() const noexcept -> detail::timer_handle { return core_; }

 private:
  static void check(duration period) {
    if (period.count() <= 0)
      throw misuse("ticker", "a period of " + std::to_string(period.count()) + " ns");
  }
  [[nodiscard]] auto get() const -> detail::timer_core& { return core_.get("ticker"); }
  detail::timer_handle core_;
};

}  // namespace sluice
