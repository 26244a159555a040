// for_each_schedule — a program under test in every schedule there is, as far as bounds allow.
#pragma once

#include <cstdint>

#include <sluice/testing/trial_report.hpp>

namespace sluice::testing {

/// How far `for_each_schedule` goes. Where a bound keeps it from something, the report is not complete.
struct schedule_bounds {
  unsigned workers = 1;  ///< more of them are more choices: which one a task runs on
  duration slice_cost{0};
  std::uint64_t most_runs = 100'000;
  std::uint64_t most_steps = 10'000;    ///< a run is cut off there, and has not failed
  std::uint64_t most_choices = 1'000;   ///< of a run: what comes after these always goes the first way
  /// Choices of a run that do not go the first way: not the task that has been runnable for longest, not
  /// the first worker, not the order in which a select was written. Few are enough for most bugs.
  std::uint64_t most_deviations = ~std::uint64_t{0};
  instant time_limit = never;           ///< a run that takes more virtual time has failed
  faults plant{};
  std::size_t last_events = 20;
  bool count_frames = true;
};

/// Runs `under_test` for every sequence of choices, depth first, until one run fails. All choices count:
/// tasks, workers, the order of a select, what the program draws from its trial.
/// Throws    `misuse` for bounds outside their ranges.
/// Cost      exponential in the number of choices; meant for two or three tasks of a few steps.
[[nodiscard]] auto for_each_schedule(schedule_bounds const& bounds, program const& under_test)
    -> trial_report;
[[nodiscard]] inline auto for_each_schedule(program const& under_test) -> trial_report {
  return for_each_schedule({}, under_test);
}

}  // namespace sluice::testing
