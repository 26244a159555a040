// oneshot_case — the value of a oneshot among the cases of a select.
#pragma once

#include <mutex>

#include <sluice/atomics/spin_lock.hpp>
#include <sluice/channel/oneshot.hpp>
#include <sluice/task/selectable.hpp>
#include <sluice/task/waiter.hpp>

namespace sluice {

/// Receiving from a oneshot, as a case. Make it with `on_recv`.
template <transferable T>
class [[nodiscard]] oneshot_case final : public selectable {
 public:
  explicit oneshot_case(detail::oneshot_core<T>& from) noexcept : from_(from) {}

  /// The value, after this case has been carried out; the same once only. Not taken, it can still be received.
  /// Fails     `closed` when the sender has gone without sending, and once the value was taken.
  [[nodiscard]] auto take() -> result<T> { return from_.take(); }

  /// Switches the case off, as a null channel would, or on again. Not during a select.
  void enable(bool on) noexcept { enabled_ = on; }

  auto poll() -> bool override {
    if (!enabled_) return false;
    std::lock_guard const hold{from_.lock()};
    return from_.ready_locked();
  }
  auto look() const noexcept -> glance override { return {enabled_, 0}; }
  auto source_lock() noexcept -> spin_lock* override { return enabled_ ? &from_.lock() : nullptr; }
  auto poll_locked(waiter*&) -> bool override { return enabled_ && from_.ready_locked(); }
  void enqueue(select_link& link, waiter const& whom) override {
    if (!enabled_) return;
    me_.stand_for(whom, link);
    from_.queue_locked(me_);
  }
  void dequeue() noexcept override {
    if (me_.of_select == nullptr) return;
    from_.unqueue(me_);
    me_.of_select = nullptr;  // not before: who found it in the queue would take it for a plain one
  }

 private:
  detail::oneshot_core<T>& from_;
  waiter me_;
  bool enabled_ = true;
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
