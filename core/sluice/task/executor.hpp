// executor — where a suspended task goes on, and what a scheduler knows of each task.
#pragma once

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <source_location>

#include <sluice/base/clock.hpp>
#include <sluice/base/intrusive_list.hpp>

namespace sluice {

class timer_service;
class task_control;

namespace detail {
class root_control;
}

/// Runs tasks. Rooms that make tasks wait know this interface and nothing else of the runtime.
/// Threads   every member may be called by any thread.
class executor {
 public:
  /// Takes charge of a new task until it has ended, and makes it runnable.
  /// Throws    `std::bad_alloc`, or `misuse` when this executor is shutting down; nothing was
  ///           started then.
  virtual void adopt(detail::root_control& spawned) = 0;

  /// Makes a suspended task runnable. Never resumes it inside this call.
  virtual void schedule(task_control& ready) noexcept = 0;

  /// The same, behind everything that is runnable on this worker already.
  virtual void schedule_last(task_control& ready) noexcept = 0;

  /// The time of this executor's clock, real or virtual.
  [[nodiscard]] virtual auto now() noexcept -> instant = 0;

  /// Timers on that clock.
  [[nodiscard]] virtual auto timers() noexcept -> timer_service& = 0;

  /// Keeps the worker of the running task busy for `span` without computing anything, where time
  /// is virtual: the task, already suspended, is resumed afterwards. False where time is real; then
  /// nothing happened and the caller computes.
  virtual auto occupy(task_control& running, duration span) noexcept -> bool = 0;

  /// A number in [0, bound), for choices that nothing else decides; in simulation the seed does.
  /// Only on a worker of this executor.
  [[nodiscard]] virtual auto draw(std::uint64_t bound) noexcept -> std::uint64_t = 0;

  /// Says that the running task will compute for long without suspending, so that work queued
  /// behind it on the same worker is offered to the others.
  virtual void about_to_compute() noexcept = 0;

  /// After a long computation: true when other tasks are due on this worker, timers included. A task
  /// whose operations never have to wait would otherwise keep them out for as long as it runs.
  [[nodiscard]] virtual auto others_are_due() noexcept -> bool = 0;

 protected:
  ~executor() = default;
};

/// A task as a scheduler sees it: one per spawned task, in the frame of its root coroutine.
class task_control : public list_node<> {
 public:
  task_control(executor& home, std::source_location where) noexcept
      : home_(&home), spawned_at_(where) {}

  [[nodiscard]] auto home() const noexcept -> executor& { return *home_; }
  [[nodiscard]] auto id() const noexcept -> std::uint32_t { return id_; }
  [[nodiscard]] auto spawned_at() const noexcept -> std::source_location const& {
    return spawned_at_;
  }

  /// Called by an awaitable as it suspends the task: where to go on, and what it waits for.
  void suspend_at(std::coroutine_handle<> where, char const* why) noexcept {
    resume_at_ = where;
    waiting_for_.store(why, std::memory_order_relaxed);
  }

  /// Makes the task runnable on its own executor.
  void schedule() noexcept { home_->schedule(*this); }

  // The scheduler's side.
  void become(std::uint32_t id) noexcept { id_ = id; }
  void resume() {
    waiting_for_.store(nullptr, std::memory_order_relaxed);
    resume_at_.resume();
  }
  void start_at(std::coroutine_handle<> root) noexcept { root_ = resume_at_ = root; }
  [[nodiscard]] auto root() const noexcept -> std::coroutine_handle<> { return root_; }
  [[nodiscard]] auto waiting_for() const noexcept -> char const* {
    return waiting_for_.load(std::memory_order_relaxed);
  }

  task_control* next_ready = nullptr;  ///< the link of a run queue
  std::uint16_t last_worker = 0;       ///< where it ran last; the scheduler's own note

 private:
  executor* home_;
  std::coroutine_handle<> resume_at_;
  std::coroutine_handle<> root_;
  std::source_location spawned_at_;
  std::atomic<char const*> waiting_for_{nullptr};
  std::uint32_t id_ = 0;
};

namespace detail {
/// Non-null on a thread that belongs to a runtime, while it does. Blocking such a thread would
/// stop tasks that wait for it.
inline thread_local constinit executor* worker_of = nullptr;
}  // namespace detail

}  // namespace sluice
