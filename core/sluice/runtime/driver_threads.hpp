// driver_threads — the engine that measures: N threads that steal from one another.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include <sluice/runtime/blocking_threads.hpp>
#include <sluice/runtime/driver.hpp>
#include <sluice/runtime/idle_counts.hpp>
#include <sluice/runtime/injector.hpp>
#include <sluice/runtime/worker.hpp>

namespace sluice {

/// How a runtime on threads is set up.
struct runtime_options {
  unsigned workers = 0;             ///< 0: as many as there are processors
  unsigned blocking_threads = 512;  ///< most calls of `blocking` at a time, at least 1; more wait
  report_sink report{};             ///< default: stderr
};

/// M tasks on N threads.
///
/// A task that a worker wakes goes first on that worker (it is warm there), three times in a row at
/// most; what it displaces joins the worker's own queue, newest first, where the others steal the
/// oldest. Work from outside, and tasks that yield, pass through the injector. Every 61st slice
/// takes the oldest there is and looks at the timers, so that nothing waits for ever. A task that is forked goes before its
/// caller, directly. Of the workers that have nothing to do one naps while others have a few tasks that they may yet run
/// themselves; the rest sleep.
///
/// Invariant  a runnable task is in exactly one of: a worker's `next`, a worker's queue, the
///            injector, the hands of the worker that runs it.
class driver_threads final : public driver {
 public:
  explicit driver_threads(runtime_options options);
  ~driver_threads() override;

  void schedule(task_control& ready) noexcept override;
  void schedule_last(task_control& ready) noexcept override;
  [[nodiscard]] auto start_first(task_control& spawned, task_control& caller) noexcept -> std::coroutine_handle<> override;
  void offload(offloaded_call& call) override;
  [[nodiscard]] auto now() noexcept -> instant override;
  auto occupy(task_control&, duration) noexcept -> bool override { return false; }
  [[nodiscard]] auto draw(std::uint64_t bound) noexcept -> std::uint64_t override;
  void about_to_compute() noexcept override;
  [[nodiscard]] auto others_are_due() noexcept -> bool override;
  [[nodiscard]] auto run_until_ended(detail::root_control& awaited, deadlock_remedy const& remedy)
      -> result<void> override;
  [[nodiscard]] auto workers() const noexcept -> unsigned override {
    return static_cast<unsigned>(workers_.size());
  }

 private:
  /// A thread that waits for a task: woken by its end, or by who finds a deadlock and has detached it before.
  struct blocked_caller : list_node<> {
    explicit blocked_caller(detail::root_control& task) noexcept : awaited(task) { joining.thread = &sleep; }
    detail::root_control& awaited;
    waiter joining;
    parker sleep;
    bool deadlocked = false;
  };

  [[gnu::noinline]] void schedule_from_outside(task_control& ready) noexcept;
  [[gnu::noinline]] void queue_up(worker& self, task_control& displaced) noexcept;
  void run(worker& self) noexcept;
  void run_slice(worker& self, task_control& task) noexcept;
  [[nodiscard]] static auto begin_slice(worker const& self, task_control& task) noexcept -> std::coroutine_handle<>;
  [[nodiscard]] auto take_local(worker& self) noexcept -> task_control*;
  [[nodiscard]] auto take_queued(worker& self) noexcept -> task_control*;
  [[nodiscard]] auto take_oldest(worker& self) noexcept -> task_control*;
  [[nodiscard]] auto search(worker& self) noexcept -> task_control*;
  [[nodiscard]] auto search_once(worker& self) noexcept -> task_control*;
  [[nodiscard]] auto steal(worker& self) noexcept -> task_control*;
  [[nodiscard]] auto is_left_behind(worker& victim, worker& self) const noexcept -> bool;
  [[nodiscard]] auto steal_from(worker& victim, worker& self) noexcept -> task_control*;
  void park(worker& self) noexcept;
  [[nodiscard]] auto work_in_sight() const noexcept -> bool;
  [[nodiscard]] auto may_nap(worker& self) noexcept -> bool;
  void offer() noexcept;
  void wake_one() noexcept {
    if (idle_counts_.must_wake()) [[unlikely]] wake_sleeper();
  }
  [[gnu::noinline]] void wake_sleeper() noexcept;
  void wake_timer_keeper(instant due) noexcept;
  void wake_everybody() noexcept;
  void end_search(worker& self, bool found) noexcept;
  static void call_returned(offloaded_call& call) noexcept;
  void look_for_deadlock() noexcept;
  [[nodiscard]] auto unwind(detail::root_control& deadlocked) noexcept -> error;
  [[nodiscard]] auto ends_in_time(detail::root_control& awaited) noexcept -> bool;
  void nobody_dies() noexcept;
  [[gnu::cold]] void schedule_in_the_end(task_control& ready) noexcept;
  void outside_left() noexcept override;
  [[nodiscard]] auto own_worker() const noexcept -> worker*;

  std::int64_t const began_;
  std::vector<std::unique_ptr<worker>> workers_;
  blocking_threads blocking_;
  injector injector_;

  idle_counts idle_counts_;
  std::atomic<worker*> napper_{nullptr};  // to whom the few tasks are left that others may yet run
  std::atomic<bool> stopping_{false};
  unsigned spins_ = 0;
  std::atomic<bool> unwinding_{false};  // nobody runs: a task that is stuck is unwound, or all that are left

  std::mutex idle_lock_;
  bool ended_ = false;  // after the last worker: what is woken now will not run, and may be gone
  task_control const* dying_ = nullptr;  // is unwound, and what it ends may wake it; under idle_lock_
  std::vector<worker*> idle_;      // who sleeps; under idle_lock_
  worker* timer_keeper_ = nullptr;  // who sleeps no longer than to keeper_due_; under idle_lock_
  instant keeper_due_ = never;
  intrusive_list<blocked_caller> callers_;  // under idle_lock_
};

}  // namespace sluice
