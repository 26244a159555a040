// tick_case — timers and tickers among the cases of a select.
#pragma once

#include <mutex>
#include <utility>

#include <sluice/atomics/spin_lock.hpp>
#include <sluice/task/selectable.hpp>
#include <sluice/time/ticker.hpp>
#include <sluice/time/timer.hpp>

namespace sluice {

/// The firing of a timer or a ticker, as a case. Make it with `on_recv`.
class [[nodiscard]] tick_case final : public selectable {
 public:
  explicit tick_case(detail::timer_handle from, char const* primitive)
      : from_(std::move(from)), core_(from_.get(primitive)) {}

  /// The instant at which it fired, after this case has been carried out.
  [[nodiscard]] auto take() const noexcept -> instant { return me_.at; }

  auto poll() -> bool override {
    std::lock_guard const hold{core_.lock()};
    return core_.take_locked(me_);
  }
  auto source_lock() noexcept -> spin_lock* override { return &core_.lock(); }
  auto poll_locked(waiter*&) -> bool override { return core_.take_locked(me_); }
  void enqueue(select_link& link, waiter const& whom) override {
    me_.stand_for(whom, link);
    core_.queue_locked(me_);
  }
  void dequeue() noexcept override {
    if (me_.of_select == nullptr) return;
    core_.unqueue(me_);
    me_.of_select = nullptr;  // not before: who found it in the queue would take it for a plain one
  }

 private:
  detail::timer_handle from_;
  detail::timer_core& core_;
  detail::timer_place me_;
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
