// timer_heap — everything that is due some day on one runtime, the soonest first.
#pragma once

#include <cstddef>

#include <sluice/runtime/due_heap.hpp>
#include <sluice/task/executor.hpp>
#include <sluice/task/timer_service.hpp>

namespace sluice {

/// The timers of an executor, on its clock.
/// Progress   as `basic_due_heap`.
class timer_heap final : public timer_service {
 public:
  /// Called, without any lock, after an entry became the soonest.
  using earlier = void (*)(executor&) noexcept;

  timer_heap(executor& clock, earlier became_soonest) noexcept
      : clock_(clock), became_soonest_(became_soonest) {}

  void add(timer_entry& entry) override;
  auto remove(timer_entry& entry) noexcept -> bool override;
  auto withdraw(timer_entry& entry) noexcept -> bool override;
  [[nodiscard]] auto now() noexcept -> instant override { return clock_.now(); }

  /// The due time of the next entry, or `never`. Any thread; may be outdated by the time it is read.
  [[nodiscard]] auto soonest() const noexcept -> instant { return heap_.soonest(); }

  /// How many entries are pending.
  [[nodiscard]] auto pending() noexcept -> std::size_t { return heap_.pending(); }

  /// Fires everything due at `at` or before, in order. Does nothing while another thread does it.
  /// Returns how many fired.
  auto fire_due(instant at) noexcept -> std::size_t;

 private:
  executor& clock_;
  earlier became_soonest_;
  basic_due_heap<> heap_;
};

}  // namespace sluice
