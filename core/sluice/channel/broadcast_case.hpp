// broadcast_case — the next value of a broadcast among the cases of a select.
#pragma once

#include <sluice/atomics/spin_lock.hpp>
#include <sluice/channel/broadcast.hpp>
#include <sluice/task/source_case.hpp>
#include <sluice/task/waiter.hpp>

namespace sluice {

namespace detail {

template <transferable T>
struct broadcast_source {
  broadcast_core<T>& core;
  broadcast_place& place;
  [[nodiscard]] auto lock() const noexcept -> spin_lock& { return core.lock(); }
  [[nodiscard]] auto carry_out(waiter&) const noexcept -> bool { return core.ready_locked(place); }
  void queue(waiter& me) const { core.queue_locked(place, me); }
  void unqueue(waiter& me) const noexcept { core.unqueue(place, me); }
};

}  // namespace detail

/// Hearing the next value of a broadcast, as a case. Make it with `on_recv`.
template <transferable T>
class [[nodiscard]] broadcast_case final : public source_case<detail::broadcast_source<T>> {
 public:
  broadcast_case(detail::broadcast_core<T>& from, detail::broadcast_place& place) noexcept
      : source_case<detail::broadcast_source<T>>({from, place}) {}

  /// The next value, with the number of those missed before it, after this case has been carried out; the same
  /// once only. Not taken, it can still be heard.
  /// Fails     `closed` once the broadcast is closed and all is heard.
  /// Throws    what copying a `T` throws, and then the value can still be heard.
  [[nodiscard]] auto take() -> result<broadcast_value<T>> { return this->source_.core.take(this->source_.place); }
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
