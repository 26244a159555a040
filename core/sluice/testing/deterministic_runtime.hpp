// deterministic_runtime — a runtime for tests: a seed is a schedule, time is virtual.
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sluice/runtime/runtime.hpp>
#include <sluice/testing/trial.hpp>

namespace sluice::testing {

/// A simulated runtime, with what a test wants to ask of it.
///
///     testing::deterministic_runtime rt{GENERATE(range(0, 32))};
///     auto const drained = rt.spawn(drain(rt.background(), ch, seen));
///     ch.close();
///     CHECK(rt.run() == ended::all_tasks_done);
///
/// Threads   one.
class deterministic_runtime {
 public:
  template <std::integral Seed>
  explicit deterministic_runtime(Seed seed, unsigned workers = 2)
      : deterministic_runtime(
            simulation{.workers = workers, .seed = static_cast<std::uint64_t>(seed)}) {}
  explicit deterministic_runtime(simulation options) : inner_(quiet(std::move(options))) {}

  /// Part of a trial: that decides the schedule and plants the faults, and a run that does not end well
  /// has failed.
  /// Throws    `misuse` while another runtime of the trial lives.
  explicit deterministic_runtime(trial& of) : inner_(of.options()), scope_(with_cancel(background())) {
    of.begin_runtime(*scope_);
    trial_ = &of;
  }
  deterministic_runtime(deterministic_runtime const&) = delete;
  auto operator=(deterministic_runtime const&) -> deterministic_runtime& = delete;
  ~deterministic_runtime() {
    if (trial_ != nullptr) trial_->end_runtime();
  }

  template <class T>
  auto spawn(task<T> body, std::source_location where = std::source_location::current())
      -> join_handle<T> {
    return inner_.spawn(std::move(body), where);
  }
  template <class T>
  auto fork(task<T> body, std::source_location where = std::source_location::current()) -> fork_operation<T> {
    return inner_.fork(std::move(body), where);
  }
  template <class T>
  auto block_on(task<T> body, std::source_location where = std::source_location::current())
      -> result<T> {
    auto outcome = inner_.block_on(std::move(body), where);
    if (trial_ != nullptr && !outcome) trial_->judge(outcome.error());
    return outcome;
  }

  /// Runs until nothing is left to do. In a trial, returns only if all tasks have ended.
  [[nodiscard]] auto run() -> ended {
    auto const how = inner_.simulated()->advance(never, 0);
    if (trial_ != nullptr) trial_->judge(how, *inner_.simulated());
    return how;
  }
  /// Runs until virtual time would pass `limit`.
  [[nodiscard]] auto run_until(instant limit) -> ended {
    return inner_.simulated()->advance(limit, 0);
  }
  /// Takes one step.
  [[nodiscard]] auto step() -> ended { return inner_.simulated()->step(); }

  /// Moves the clock forward as a machine that slept would find it: all that is due meanwhile is late.
  /// Throws    `misuse` when `by` is negative or reaches `never`, and inside a task.
  void jump_forward(duration by) { inner_.simulated()->jump_forward(by); }

  /// In a trial, the context that a planted cancel ends; else the background.
  [[nodiscard]] auto ctx() const noexcept -> context const& {
    return scope_ ? scope_->ctx() : background();
  }
  [[nodiscard]] auto background() const noexcept -> context const& { return inner_.background(); }
  [[nodiscard]] auto now() const noexcept -> instant { return inner_.now(); }
  [[nodiscard]] auto home() const noexcept -> executor& { return inner_.home(); }
  [[nodiscard]] auto inner() noexcept -> runtime& { return inner_; }
  [[nodiscard]] auto live_tasks() const { return inner_.live_tasks(); }

  /// What the runtime reported so far: tasks left behind, exceptions nobody joined.
  [[nodiscard]] auto reports() const noexcept -> std::vector<std::string> const& {
    return *reports_;
  }

 private:
  auto quiet(simulation options) -> simulation {
    if (!options.report)
      options.report = [into = reports_](std::string_view what) { into->emplace_back(what); };
    return options;
  }

  std::shared_ptr<std::vector<std::string>> reports_ =
      std::make_shared<std::vector<std::string>>();
  runtime inner_;
  std::optional<cancel_scope> scope_;
  trial* trial_ = nullptr;
};

}  // namespace sluice::testing
