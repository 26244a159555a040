// oneshot_case — the value of a oneshot among the cases of a select.
#pragma once

#include <sluice/atomics/spin_lock.hpp>
#include <sluice/channel/oneshot.hpp>
#include <sluice/task/source_case.hpp>
#include <sluice/task/waiter.hpp>

namespace sluice {

namespace detail {

template <transferable T>
struct oneshot_source {
  oneshot_core<T>& core;
  [[nodiscard]] auto lock() const noexcept -> spin_lock& { return core.lock(); }
  [[nodiscard]] auto carry_out(waiter&) const noexcept -> bool { return core.ready_locked(); }
  void queue(waiter& me) const noexcept { core.queue_locked(me); }
  void unqueue(waiter& me) const noexcept { core.unqueue(me); }
};

}  // namespace detail

/// Receiving from a oneshot, as a case. Make it with `on_recv`.
template <transferable T>
class [[nodiscard]] oneshot_case final : public source_case<detail::oneshot_source<T>> {
 public:
  explicit oneshot_case(detail::oneshot_core<T>& from) noexcept : source_case<detail::oneshot_source<T>>({from}) {}

  /// The value, after this case has been carried out; the same once only. Not taken, it can still be received.
  /// Fails     `closed` when the sender has gone without sending, and once the value was taken.
  [[nodiscard]] auto take() -> result<T> { return this->source_.core.take(); }
};

/// The value of a oneshot, or the news that none will come.
///
///     auto answered = on_recv(question);
///     auto late = on_timeout(50ms);
///     if (co_await select(answered, late) == 0) use(answered.take());
///
/// Throws    `misuse` for a receiver that was moved from.
/// Lifetime  the receiver outlives the case, and nobody else receives from it during the select.
template <transferable T>
[[nodiscard]] auto on_recv(oneshot_receiver<T> const& from) -> oneshot_case<T> {
  return oneshot_case<T>{from.state()};
}

}  // namespace sluice
