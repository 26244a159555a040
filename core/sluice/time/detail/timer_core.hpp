// timer_core — what timers and tickers share: a setting on the clock of a runtime, and its owners. Private
// to its room.
#pragma once

#include <atomic>
#include <optional>
#include <utility>

#include <sluice/atomics/spin_lock.hpp>
#include <sluice/base/result.hpp>
#include <sluice/context/waiting.hpp>
#include <sluice/task/timer_service.hpp>
#include <sluice/time/detail/timer_setting.hpp>

namespace sluice::detail {

/// A receiver in the queue, with the place for what it gets.
struct timer_place : cancellable_waiter {
  ~timer_place() { abandon(); }
  instant at{};

  /// What came of it, after the wait.
  auto outcome(context const& ctx) -> result<instant> {
    settle();
    if (state == wait_state::cancelled) return failure(ctx.err().value_or(errc::cancelled));
    return at;
  }
};

/// A timer or a ticker; what races is decided by its `basic_timer_setting`.
/// Lifetime   owned by its handles and by the operations begun on it; the last frees it.
class timer_core final : timer_entry {
 public:
  /// On the clock of the runtime of `of`. Not armed.
  /// Throws    `misuse` when there is no such runtime; `std::bad_alloc`.
  [[nodiscard]] static auto make(context const& of, char const* name) -> timer_core*;

  timer_core(timer_core const&) = delete;
  auto operator=(timer_core const&) -> timer_core& = delete;

  void hold() noexcept { owners_.fetch_add(1, std::memory_order_relaxed); }
  void let_go() noexcept;

  /// Fires once, `after` from now, or, with a `period`, every so often from then on. Whatever was
  /// set before, and whatever came of it, is forgotten. True when that was pending: still to come,
  /// or not received yet.
  /// Throws    `std::bad_alloc`; the timer is stopped then.
  auto set(duration after, duration period) -> bool {
    return setting_.set(timers(), *this, after, period);
  }
  auto stop() noexcept -> bool { return setting_.stop(timers(), *this); }

  /// Completes at once (true), or queues `me` (false), which is woken when its state has changed.
  /// Throws    `std::bad_alloc`, having taken nothing.
  [[nodiscard]] auto take_or_wait(timer_place& me, context const& ctx) -> bool;
  [[nodiscard]] auto try_take() -> result<instant>;

  /// For selects: the lock, and under it taking at once what is there, and queueing.
  [[nodiscard]] auto lock() noexcept -> spin_lock& { return setting_.lock(); }
  [[nodiscard]] auto take_locked(timer_place& me) -> bool;
  void queue_locked(timer_place& me) noexcept;
  /// Not under the lock: whoever was queued is not any more.
  void unqueue(timer_place& me) noexcept;

  /// What a task waits for that waits here.
  [[nodiscard]] auto name() const noexcept -> char const* { return name_; }

 private:
  timer_core(context of, char const* name) noexcept : clock_(std::move(of)), name_(name) {
    fire = &timer_core::due_now;
  }
  ~timer_core() = default;

  static void due_now(timer_entry& entry) noexcept;
  [[nodiscard]] auto timers() const noexcept -> timer_service* { return clock_.node()->timers(); }

  std::atomic<unsigned> owners_{1};
  context const clock_;  // never ends while its runtime lives
  char const* const name_;
  basic_timer_setting<timer_service, timer_place, spin_lock> setting_;
};

/// One handle among the owners of a core; null when it was made by default or moved from.
class timer_handle {
 public:
  timer_handle() noexcept = default;
  explicit timer_handle(timer_core* made) noexcept : core_(made) {}
  timer_handle(timer_handle const& other) noexcept : core_(other.core_) {
    if (core_ != nullptr) core_->hold();
  }
  timer_handle(timer_handle&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}
  auto operator=(timer_handle other) noexcept -> timer_handle& {
    std::swap(core_, other.core_);
    return *this;
  }
  ~timer_handle() {
    if (core_ != nullptr) core_->let_go();
  }

  /// Throws    `misuse` when it is null.
  [[nodiscard]] auto get(char const* primitive) const -> timer_core&;

 private:
  timer_core* core_ = nullptr;
};

/// Receives on a plain thread, which it blocks.
/// Throws    `misuse` on a worker of a runtime.
[[nodiscard]] auto receive_blocking(timer_handle from, char const* primitive, context const& ctx)
    -> result<instant>;

}  // namespace sluice::detail
