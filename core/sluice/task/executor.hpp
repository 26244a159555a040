// executor — where a suspended task goes on, and what a scheduler knows of each task.
#pragma once

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <source_location>
#include <type_traits>

#include <sluice/base/clock.hpp>
#include <sluice/base/intrusive_list.hpp>
#include <sluice/probe/wait_note.hpp>
#include <sluice/task/hearing.hpp>

namespace sluice {

class timer_service;
class task_control;
struct promise_base;

namespace detail {
class root_control;
}

/// A call that may block its thread, for a task that waits for it.
class offloaded_call : public list_node<> {
 public:
  virtual void run() noexcept = 0;
  task_control* task = nullptr;

 protected:
  ~offloaded_call() = default;
};

/// Runs tasks. Rooms that make tasks wait know this interface and nothing else of the runtime.
/// Threads   every member may be called by any thread.
class executor {
 public:
  /// Takes charge of a new task until it has ended. It is runnable once it is scheduled, which is what comes next.
  /// Throws    `std::bad_alloc`, or `misuse` when this executor is shutting down.
  virtual void admit(detail::root_control& spawned) = 0;

  /// A task of this executor has ended.
  virtual void task_ended(detail::root_control& ended) noexcept = 0;

  /// The last owner of `ended` lets go of it, and nobody has taken the exception with which it ended.
  virtual void exception_unheard(detail::root_control& ended, std::exception_ptr thrown) noexcept = 0;

  /// Makes a suspended task runnable. Never resumes it inside this call.
  virtual void schedule(task_control& ready) noexcept = 0;

  /// The same, behind everything that is runnable on this worker already.
  virtual void schedule_last(task_control& ready) noexcept = 0;

  /// Makes `spawned`, which is new, and `caller`, which is suspended, runnable, `spawned` first where this executor has a say in
  /// that. Returns what the caller's thread resumes next, within its `await_suspend`; the caller may be gone by then.
  [[nodiscard]] virtual auto start_first(task_control& spawned, task_control& caller) noexcept
      -> std::coroutine_handle<>;

  /// Runs `call` where it may block, and then makes its task, which is suspended, runnable.
  /// Throws    `std::system_error` when no thread can be had; the call was not made then.
  virtual void offload(offloaded_call& call) = 0;

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

/// A task as a scheduler sees it: one per spawned task.
class task_control : public list_node<> {
 public:
  task_control(executor& home, std::source_location where, std::coroutine_handle<> body) noexcept
      : home_(&home), resume_at_(body), spawned_at_(where) {}
  task_control(task_control const&) = delete;
  auto operator=(task_control const&) -> task_control& = delete;

  [[nodiscard]] auto home() const noexcept -> executor& { return *home_; }
  [[nodiscard]] auto id() const noexcept -> std::uint32_t { return id_; }
  [[nodiscard]] auto spawned_at() const noexcept -> std::source_location const& {
    return spawned_at_;
  }

  /// Called by every awaitable as it suspends the task: where to go on, and what it waits for. `where` is the coroutine
  /// that awaits; one who knows it by `std::coroutine_handle<>` alone makes the task need stack to be unwound.
  template <class Promise>
  void suspend_at(std::coroutine_handle<Promise> where, char const* why) noexcept {
    if constexpr (std::is_void_v<Promise>) innermost_ = nullptr;
    else innermost_ = &where.promise();
    resume_at_ = where;
    suspend_again(why);
  }
  /// The same once more, in the same place.
  void suspend_again(char const* why) noexcept {
    waiting_for_.store(why, std::memory_order_relaxed);
    wait_.begin([this] { return home_->now(); });
  }
  /// After `suspend_at`: a coroutine of the awaitable's own goes on first.
  void go_on_through(std::coroutine_handle<> own) noexcept { resume_at_ = own; }

  /// Makes the task runnable on its own executor.
  void schedule() noexcept {
    ready_again();
    home_->schedule(*this);
  }
  /// Its wait is over: for an executor that makes it runnable itself.
  void ready_again() noexcept {
    wait_.over(id_, [this] { return home_->now(); });
  }

  // The scheduler's side.
  void become(std::uint32_t id) noexcept { id_ = id; }
  /// It runs from here on: what has to be resumed for that.
  [[nodiscard]] auto resumes() noexcept -> std::coroutine_handle<> {
    if constexpr (probe::tells_waits) wait_.end(waiting_for());
    waiting_for_.store(nullptr, std::memory_order_relaxed);
    return resume_at_;
  }
  void resume() { resumes().resume(); }
  [[nodiscard]] auto waiting_for() const noexcept -> char const* {
    return waiting_for_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] auto wait() const noexcept -> probe::wait_note const& { return wait_; }
  /// Which of its coroutines suspended it last, the others being the ones that wait for it; null: not known.
  [[nodiscard]] auto innermost() const noexcept -> promise_base const* { return innermost_; }

  /// For waits that a context can end: how the task hears of it. The task's own.
  [[nodiscard]] auto hears() noexcept -> detail::hearing& { return hears_; }

  task_control* next_ready = nullptr;  ///< the link of a run queue

 protected:
  ~task_control() { hears_.stop(); }

 private:
  [[no_unique_address]] probe::wait_note wait_;
  executor* home_;
  std::coroutine_handle<> resume_at_;
  promise_base const* innermost_ = nullptr;
  std::source_location spawned_at_;
  std::atomic<char const*> waiting_for_{nullptr};
  [[no_unique_address]] detail::hearing hears_;  // ends with a byte; what is small comes behind it

 public:
  std::uint8_t registered_at : 6 = 0;  ///< the registry's own note
  bool reports_exception : 1 = true;   ///< when nobody takes it; not where it has been reported
  bool unwound : 1 = false;            ///< its body was destroyed before it had ended
  std::uint16_t last_worker = 0;       ///< where it ran last; the scheduler's own note

 private:
  std::uint32_t id_ = 0;
};

inline auto executor::start_first(task_control& spawned, task_control& caller) noexcept -> std::coroutine_handle<> {
  caller.schedule();
  schedule(spawned);
  return std::noop_coroutine();
}

namespace detail {
/// Non-null on a thread that belongs to a runtime, while it does. Blocking such a thread would
/// stop tasks that wait for it.
inline thread_local constinit executor* worker_of = nullptr;

/// How many more operations that need not wait the task on this thread may carry out in this slice.
inline thread_local constinit unsigned operations_left = 0;
inline constexpr unsigned operations_of_a_slice = 512;

/// Before an operation that may not have to wait: false when it is the others' turn.
inline auto within_slice() noexcept -> bool {
  auto const none_was_left = __builtin_sub_overflow(operations_left, 1U, &operations_left);
  if (none_was_left) [[unlikely]] operations_left = 0;
  return !none_was_left;
}

/// At the end of an `await_suspend` whose operation has not had to wait: suspends nevertheless when the task
/// has carried out as many as a slice may, and others are due. Nobody else can keep them out for ever.
template <class Handle>
auto end_slice_if_due(task_control& running, Handle here) -> bool {
  if (operations_left != 0) return false;
  operations_left = operations_of_a_slice;
  if (!running.home().others_are_due()) return false;
  running.suspend_at(here, "its turn");
  running.home().schedule_last(running);
  return true;
}
}  // namespace detail

}  // namespace sluice
