// broadcast_case — the next value of a broadcast among the cases of a select.
#pragma once

#include <mutex>

#include <sluice/atomics/spin_lock.hpp>
#include <sluice/channel/broadcast.hpp>
#include <sluice/task/selectable.hpp>
#include <sluice/task/waiter.hpp>

namespace sluice {

/// Hearing the next value of a broadcast, as a case. Make it with `on_recv`.
template <transferable T>
class [[nodiscard]] broadcast_case final : public selectable {
 public:
  broadcast_case(detail::broadcast_core<T>& from, detail::broadcast_place& place) noexcept
      : from_(from), place_(place) {}

  /// The next value, with the number of those missed before it, after this case has been carried out; the same
  /// once only. Not taken, it can still be heard.
  /// Fails     `closed` once the broadcast is closed and all is heard.
  /// Throws    what copying a `T` throws, and then the value can still be heard.
  [[nodiscard]] auto take() -> result<broadcast_value<T>> { return from_.take(place_); }

  /// Switches the case off, as a null channel would, or on again. Not during a select.
  void enable(bool on) noexcept { enabled_ = on; }

  auto poll() -> bool override {
    if (!enabled_) return false;
    std::lock_guard const hold{from_.lock()};
    return from_.ready_locked(place_);
  }
  auto look() const noexcept -> glance override { return {enabled_, 0}; }
  auto source_lock() noexcept -> spin_lock* override { return enabled_ ? &from_.lock() : nullptr; }
  auto poll_locked(waiter*&) -> bool override { return enabled_ && from_.ready_locked(place_); }
  void enqueue(select_link& link, waiter const& whom) override {
    if (!enabled_) return;
    from_.queue_locked(place_, me_);
    me_.stand_for(whom, link);
  }
  void dequeue() noexcept override {
    if (me_.of_select == nullptr) return;
    from_.unqueue(place_, me_);
    me_.of_select = nullptr;  // not before: who found it in the queue would take it for a plain one
  }

 private:
  detail::broadcast_core<T>& from_;
  detail::broadcast_place& place_;
  waiter me_;
  bool enabled_ = true;
};

/// The next value for this subscriber, or the news that none will come.
///
///     auto news = on_recv(mine);
///     auto over = on_done(ctx);
///     if (co_await select(news, over) == 1) co_return;
///     auto next = news.take();                        // next->missed, next->value; or `closed`
///
/// Throws    `misuse` for a subscriber that was moved from; out of the select, when another wait on it is under way.
/// Lifetime  the subscriber outlives the case, and is not moved during the select.
template <transferable T>
[[nodiscard]] auto on_recv(broadcast_subscriber<T>& from) -> broadcast_case<T> {
  return {from.state(), from.place()};
}

}  // namespace sluice
