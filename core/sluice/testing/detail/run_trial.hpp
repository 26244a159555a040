// run_trial — one run of a program under test, and the report of one that failed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sluice/testing/trial_report.hpp>

namespace sluice::testing::detail {

/// All that is known of a run that is over.
struct trial_outcome {
  failure_kind failure = failure_kind::none;
  std::string what;
  std::uint64_t failed_at = 0;
  trial::counts count;
  std::vector<trial::choice_made> choices;
  std::vector<trial::event> events;
  bool planted = false;  ///< every fault asked for has happened

  /// The same failure, as far as one can tell: a shorter way to it is a way to it.
  [[nodiscard]] auto fails_like(trial_outcome const& other) const -> bool {
    return failure != failure_kind::none && failure == other.failure &&
           (failure != failure_kind::check || what == other.what);
  }
};

[[nodiscard]] auto run_trial(trial_setup const& setup, program const& under_test) -> trial_outcome;

/// The values of `choices` without the zeros at their end, which are what happens anyway.
[[nodiscard]] auto script_of(std::vector<trial::choice_made> const& choices)
    -> std::vector<std::uint64_t>;

/// The report of a run that failed: shortens its schedule in at most `most_replays` further runs.
[[nodiscard]] auto report_failure(trial_setup const& setup, trial_outcome const& failed,
                                  program const& under_test, std::uint64_t most_replays)
    -> trial_report;

/// Refuses what a simulation would refuse, in words of these options.
void check_ranges(trial_setup const& setup);

}  // namespace sluice::testing::detail
