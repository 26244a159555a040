// driver — what both engines have in common: tasks they look after, a clock, an end.
#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <string_view>

#include <sluice/base/result.hpp>
#include <sluice/context/context.hpp>
#include <sluice/runtime/task_registry.hpp>
#include <sluice/runtime/timer_heap.hpp>
#include <sluice/task/executor.hpp>

namespace sluice {

/// Told what nobody else is there to hear: exceptions that nobody joined, tasks left at the end.
/// Threads   called on whichever thread it happens, from several at once.
using report_sink = std::function<void(std::string_view)>;

/// The default: one line on stderr.
void report_to_stderr(std::string_view what);

/// One engine. The runtime owns one and adds the conveniences.
class driver : public executor {
 public:
  driver(report_sink report, timer_heap::earlier became_soonest);
  driver(driver const&) = delete;
  auto operator=(driver const&) -> driver& = delete;
  virtual ~driver() = default;

  /// Asked once nothing can go on: what to do so that something can, or nothing when there is no such thing.
  using deadlock_remedy = std::function<std::function<void()>()>;

  /// Runs, or lets run, until `awaited` has ended.
  /// Fails     `deadlock` when every task waits, nothing can wake one and `remedy` knows no remedy; `awaited` has
  ///           been unwound then.
  [[nodiscard]] virtual auto run_until_ended(detail::root_control& awaited, deadlock_remedy const& remedy)
      -> result<void> = 0;
  [[nodiscard]] virtual auto workers() const noexcept -> unsigned = 0;

  void admit(detail::root_control& spawned) override;
  void task_ended(detail::root_control& ended) noexcept final;
  void exception_unheard(detail::root_control& ended, std::exception_ptr unheard) noexcept final;
  /// At once, on this thread: a driver that has others does better.
  void offload(offloaded_call& call) override;
  [[nodiscard]] auto timers() noexcept -> timer_service& final { return timers_; }
  [[nodiscard]] auto background() const noexcept -> context const& { return background_.ctx(); }
  [[nodiscard]] auto registry() const noexcept -> task_registry const& { return registry_; }

  [[nodiscard]] auto pending_timers() noexcept -> std::size_t { return timers_.pending(); }

  /// What to say when nothing can go on: every live task, and what it waits for.
  [[nodiscard]] auto deadlock_error() const -> error;

  /// Somebody outside may still wake a task: while the count is above 0 there is no deadlock.
  void hold_alive() noexcept { outside_.fetch_add(1, std::memory_order_acq_rel); }
  void release_alive() noexcept;

 protected:
  /// The after-funcs of everything that ends with this runtime are the last tasks it takes.
  void refuse_new_tasks() noexcept {
    try {
      background_.cancel({errc::stopped, "the runtime is ending"});
    } catch (...) {  // no memory for the words
      background_.cancel();
    }
    closing_.store(true, std::memory_order_release);
  }
  /// Names what is left and destroys it, the newest first. No task may be running any more.
  void abandon_the_rest() noexcept;
  [[nodiscard]] auto outside() const noexcept -> unsigned {
    return outside_.load(std::memory_order_acquire);
  }
  virtual void outside_left() noexcept {}

  task_registry registry_;
  timer_heap timers_;
  report_sink report_;

 private:
  std::atomic<bool> closing_{false};
  std::atomic<unsigned> outside_{0};
  cancel_scope root_;  // ends last, with whatever was made to outlive the background
  cancel_scope background_;
};

}  // namespace sluice
