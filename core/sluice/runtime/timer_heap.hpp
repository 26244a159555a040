// timer_heap — everything that is due some day, the soonest first.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include <sluice/task/executor.hpp>
#include <sluice/task/timer_service.hpp>

namespace sluice {

/// A binary heap of entries ordered by due time, then by creation.
/// Progress   blocking; the lock is held for O(log n) steps and never while a handler runs.
/// Invariant  `heap_[i]->position == i` for every pending entry, `not_pending` for all others;
///            `soonest_` is the due time of `heap_[0]`, or `never`.
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
  [[nodiscard]] auto soonest() const noexcept -> instant {
    return instant{duration{soonest_.load(std::memory_order_acquire)}};
  }

  /// How many entries are pending.
  [[nodiscard]] auto pending() noexcept -> std::size_t {
    std::lock_guard const hold{lock_};
    return heap_.size();
  }

  /// Fires everything due at `at` or before, in order. Does nothing while another thread does it.
  /// Returns how many fired.
  auto fire_due(instant at) noexcept -> std::size_t;

 private:
  static constexpr std::size_t not_pending = static_cast<std::size_t>(-1);
  [[nodiscard]] static auto before(timer_entry const& a, timer_entry const& b) noexcept -> bool {
    return a.due != b.due ? a.due < b.due : a.order < b.order;
  }
  void place(std::size_t at, timer_entry& entry) noexcept;
  void rise(std::size_t at) noexcept;
  void sink(std::size_t at) noexcept;
  void take_out(timer_entry& entry) noexcept;
  void publish_soonest() noexcept;

  executor& clock_;
  earlier became_soonest_;
  std::mutex lock_;
  std::condition_variable fired_;
  std::vector<timer_entry*> heap_;
  std::uint64_t created_ = 0;
  timer_entry* running_ = nullptr;
  std::thread::id runner_;
  bool firing_ = false;
  std::atomic<std::int64_t> soonest_{never.time_since_epoch().count()};
};

}  // namespace sluice
