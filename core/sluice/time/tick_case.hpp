// tick_case — timers and tickers among the cases of a select.
#pragma once

#include <utility>

#include <sluice/atomics/spin_lock.hpp>
#include <sluice/task/source_case.hpp>
#include <sluice/time/ticker.hpp>
#include <sluice/time/timer.hpp>

namespace sluice {

namespace detail {

/// Keeps what the timer is made of alive, also when the timer itself has gone.
struct tick_source {
  timer_handle from;
  timer_core& core;
  [[nodiscard]] auto lock() const noexcept -> spin_lock& { return core.lock(); }
  [[nodiscard]] auto carry_out(timer_place& me) const -> bool { return core.take_locked(me); }
  void queue(timer_place& me) const { core.queue_locked(me); }
  void unqueue(timer_place& me) const noexcept { core.unqueue(me); }
};

}  // namespace detail

/// The firing of a timer or a ticker, as a case. Make it with `on_recv`.
class [[nodiscard]] tick_case final : public source_case<detail::tick_source, detail::timer_place> {
 public:
  explicit tick_case(detail::timer_handle from, char const* primitive) : tick_case(from.get(primitive), from) {}

  /// The instant at which it fired, after this case has been carried out.
  [[nodiscard]] auto take() const noexcept -> instant { return me_.at; }

 private:
  tick_case(detail::timer_core& core, detail::timer_handle& from) noexcept : source_case({std::move(from), core}) {}
};

/// The instant of a timer.
///
///     auto late = on_recv(limit);
///     auto next = on_recv(jobs);
///     if (co_await select(next, late) == 1) co_return give_up(late.take());
///
/// Throws    `misuse` for one that was made by default.
[[nodiscard]] inline auto on_recv(timer const& from) -> tick_case {
  return tick_case{from.handle(), "timer"};
}
/// The next tick of a ticker.
[[nodiscard]] inline auto on_recv(ticker const& from) -> tick_case {
  return tick_case{from.handle(), "ticker"};
}

}  // namespace sluice
