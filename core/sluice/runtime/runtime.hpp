// runtime — the front door: tasks run here, on threads or in simulation.
#pragma once

#include <concepts>
#include <memory>
#include <source_location>
#include <vector>

#include <sluice/runtime/driver_sim.hpp>
#include <sluice/runtime/driver_threads.hpp>
#include <sluice/task/spawn.hpp>

namespace sluice {

/// Runs tasks until it is destroyed.
///
///     runtime rt{runtime_options{.workers = 4}};
///     auto answer = rt.block_on(compute());          // result<int>
///
///     runtime lab{simulation{.workers = 4, .seed = 7}};
///     auto same = lab.block_on(compute());           // the same, replayable
///
/// Threads   every member may be called by any thread; in simulation by its one thread.
/// Lifetime  outlives its tasks and their join handles. Destroying it cancels `background()`, waits
///           up to a second for the tasks to end, then names what is left and unwinds it, the newest
///           first: what a task has spawned goes before what lies in its own frame.
class runtime {
 public:
  /// Real threads. Starts them here.
  /// Throws    `misuse` for a count outside 1 to 1024, `std::system_error` when a thread cannot be
  ///           had; no thread is left behind then.
  explicit runtime(runtime_options options = {})
      : driver_(std::make_unique<driver_threads>(std::move(options))) {}

  /// A simulation on the calling thread.
  /// Throws    `misuse` for a count outside 1 to 1024, or for options of its strategy outside theirs.
  template <std::same_as<simulation> Simulation>  // so that plain braces mean threads
  explicit runtime(Simulation options) {
    auto simulated = std::make_unique<driver_sim>(std::move(options));
    simulated_ = simulated.get();
    driver_ = std::move(simulated);
  }

  /// Starts `body` as a task of its own.
  /// Throws    `misuse` while the runtime is being destroyed, `std::bad_alloc`.
  template <class T>
  auto spawn(task<T> body, std::source_location where = std::source_location::current())
      -> join_handle<T> {
    return sluice::spawn(*driver_, std::move(body), where);
  }

  /// The same, and the caller goes on behind it: `auto part = co_await rt.fork(half(...));`
  template <class T>
  auto fork(task<T> body, std::source_location where = std::source_location::current()) -> fork_operation<T> {
    return sluice::fork(*driver_, std::move(body), where);
  }

  /// Runs `body` as a task and blocks the calling thread until it has ended.
  /// Fails     `deadlock`, naming every task and what it waits for; `body` has been unwound then. Of several
  ///           callers one is told at a time: what its task held is free again, and may let the others go on.
  ///           Tasks that it has spawned wait on: what they wait for must not lie in its frames.
  /// Throws    what the task threw; `misuse` on a worker.
  template <class T>
  auto block_on(task<T> body, std::source_location where = std::source_location::current())
      -> result<T> {
    auto* const root = detail::root_of<T>::make(std::move(body), *driver_, where);
    try {
      driver_->admit(*root);
    } catch (...) {
      root->discard();
      throw;
    }
    driver_->schedule(*root);
    struct let_go_at_end {
      decltype(root) held;
      ~let_go_at_end() { held->let_go(); }
    } const at_end{root};
    if (auto how = driver_->run_until_ended(*root, nullptr); !how) return failure(std::move(how.error()));
    if constexpr (std::is_void_v<T>) {
      root->take();
      return {};
    } else {
      return root->take();
    }
  }

  /// The root of this runtime's contexts: has a clock, ends when the runtime does.
  [[nodiscard]] auto background() const noexcept -> context const& { return driver_->background(); }
  [[nodiscard]] auto now() const noexcept -> instant { return driver_->now(); }
  [[nodiscard]] auto workers() const noexcept -> unsigned { return driver_->workers(); }
  [[nodiscard]] auto home() const noexcept -> executor& { return *driver_; }

  /// Every task alive now, with where it was spawned and what it waits for.
  [[nodiscard]] auto live_tasks() const -> std::vector<live_task> {
    return driver_->registry().list();
  }
  [[nodiscard]] auto live_count() const noexcept -> std::uint64_t {
    return driver_->registry().live();
  }

  /// Timers that are set and have not fired.
  [[nodiscard]] auto pending_timers() const noexcept -> std::size_t {
    return driver_->pending_timers();
  }

  /// While it lives, tasks may be woken from outside, and waiting for that is no deadlock.
  class [[nodiscard]] keep_alive {
   public:
    explicit keep_alive(runtime& kept) noexcept : driver_(kept.driver_.get()) {
      driver_->hold_alive();
    }
    keep_alive(keep_alive const&) = delete;
    auto operator=(keep_alive const&) -> keep_alive& = delete;
    ~keep_alive() { driver_->release_alive(); }

   private:
    driver* driver_;
  };

  /// The simulation behind this runtime; null on threads.
  [[nodiscard]] auto simulated() const noexcept -> driver_sim* { return simulated_; }

 private:
  std::unique_ptr<driver> driver_;
  driver_sim* simulated_ = nullptr;
};

}  // namespace sluice
