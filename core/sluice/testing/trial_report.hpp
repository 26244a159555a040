// trial_report — what came of running a program under test many times.
#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <sluice/testing/trial.hpp>

namespace sluice::testing {

/// A program under test: called once per run, in the same state each time, and guided by nothing but
/// its trial.
using program = std::function<void(trial&)>;

/// What came of it. Knows no framework: print `text`, or let `or_throw` do it.
///
///     auto const report = testing::for_each_seed(200, transfers);
///     INFO(report.text);
///     CHECK(report.passed());
struct trial_report {
  std::uint64_t runs = 0;            ///< of the program, those to shorten a failure left out
  failure_kind failure = failure_kind::none;
  std::string what{};                ///< which check, which exception, which tasks
  std::uint64_t seed = 0;            ///< of the run that failed
  schedule_strategy strategy = schedule_strategy::uniform;
  std::uint64_t step = 0;            ///< at which it was noticed
  std::string replay{};              ///< for `testing::replay`: the shortened schedule
  std::string text{};                ///< all of this for a reader; empty when all runs passed
  std::uint64_t fault_points = 0;    ///< `for_each_fault`: in how many places the fault was planted
  bool complete = false;             ///< `for_each_schedule`: these were all there are
  std::string bound_hit{};           ///< `for_each_schedule`: which bound kept it from being complete

  [[nodiscard]] auto passed() const noexcept -> bool { return failure == failure_kind::none; }

  /// Throws    `std::runtime_error` with `text`, unless all runs passed.
  void or_throw() const {
    if (!passed()) throw std::runtime_error(text);
  }
};

/// The name of `strategy`, as replays spell it: "round-robin".
[[nodiscard]] auto name(schedule_strategy strategy) noexcept -> std::string_view;

/// One line that says all that `setup` does, its script with it.
[[nodiscard]] auto replay_line(trial_setup const& setup) -> std::string;

/// What such a line says.
/// Throws    `misuse` naming what is no part of one.
[[nodiscard]] auto read_replay_line(std::string_view line) -> trial_setup;

}  // namespace sluice::testing
