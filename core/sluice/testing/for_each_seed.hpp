// for_each_seed — a program under test in many schedules, with faults, and the way back to a failure.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sluice/base/contract.hpp>
#include <sluice/testing/trial_report.hpp>

namespace sluice::testing {

/// Which seeds: so many, from 1 or another on.
struct seed_range {
  std::uint64_t first = 1;
  std::uint64_t count = 100;

  constexpr seed_range() = default;
  /// Throws    `misuse` for a number below 0.
  constexpr seed_range(std::integral auto how_many)  // NOLINT: a number of seeds is one
      : count(static_cast<std::uint64_t>(how_many)) {
    if (std::cmp_less(how_many, 0))
      throw misuse("for_each_seed", std::to_string(how_many) + " seeds; a number from 0 on is meant");
  }
  constexpr seed_range(std::uint64_t from, std::uint64_t how_many) : first(from), count(how_many) {}
};

/// How the runs of a program are set up.
struct trial_options {
  unsigned workers = 2;
  /// Seed s runs under number s mod n of these.
  std::vector<schedule_strategy> strategies{schedule_strategy::uniform, schedule_strategy::priorities};
  duration slice_cost{0};             ///< virtual time of each slice
  unsigned bug_depth = 3;             ///< of `priorities`; see `simulation`
  std::uint64_t expected_slices = 0;  ///< of `priorities`; 0: as many as a first run takes, in turn
  std::uint64_t most_steps = 100'000;  ///< a run that takes more has failed
  instant time_limit = never;          ///< a run that takes more virtual time has failed
  faults plant{};                      ///< in every run
  std::size_t last_events = 20;        ///< in the text of a failure
  std::uint64_t most_replays = 1000;   ///< runs to shorten a failure
  bool count_frames = true;            ///< off where other threads make coroutine frames meanwhile
};

/// Runs `under_test` once per seed until one run fails, and then shortens the schedule of that run.
///
/// A run fails when a check of its trial does, when the program throws, when a task throws and nobody
/// joins it, when every task waits and nothing can wake one, when tasks or coroutine frames are left at
/// the end, or when it reaches a limit.
/// Throws    `misuse` for options outside their ranges.
[[nodiscard]] auto for_each_seed(seed_range seeds, trial_options const& options,
                                 program const& under_test) -> trial_report;
[[nodiscard]] inline auto for_each_seed(seed_range seeds, program const& under_test) -> trial_report {
  return for_each_seed(seeds, {}, under_test);
}

/// What `for_each_fault` plants.
enum class fault_kind : std::uint8_t {
  cancel,         ///< `faults::cancel_at_suspension`
  destruction,    ///< `faults::destroy_at_suspension`
  resumption,     ///< `faults::throw_at_resumption`
  point,          ///< `faults::throw_at_point`
  allocation,     ///< `faults::fail_allocation`
  thread_start,   ///< `faults::fail_thread_start`
  late_wake_up,   ///< `faults::delay`, of as many slices as the options say, or 3
  clock_jump,     ///< `faults::jump`, by as much as the options say, or 1 s
};

/// Runs `under_test` under each seed with the fault in its first place, then in its second, and so on
/// until there is none left. What a planted fault throws is no failure where it comes out of the program
/// or is heard by nobody; everything else is, as without faults.
/// Throws    `misuse` for options outside their ranges, and for `allocation` when `operator new` never
///           asks `may_allocate`.
[[nodiscard]] auto for_each_fault(fault_kind what, seed_range seeds, trial_options const& options,
                                  program const& under_test) -> trial_report;
[[nodiscard]] inline auto for_each_fault(fault_kind what, program const& under_test) -> trial_report {
  return for_each_fault(what, 1, {}, under_test);
}

/// Runs `under_test` once, as `line` says: the `replay` of a report.
/// Throws    `misuse` naming what is no part of such a line.
[[nodiscard]] auto replay(std::string_view line, program const& under_test) -> trial_report;

}  // namespace sluice::testing
