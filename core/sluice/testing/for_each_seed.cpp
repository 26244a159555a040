#include <sluice/testing/for_each_seed.hpp>

#include <algorithm>
#include <string>

#include <sluice/base/contract.hpp>
#include <sluice/testing/detail/run_trial.hpp>

namespace sluice::testing {
namespace {

auto setup_of(trial_options const& options) -> trial_setup {
  if (options.strategies.empty()) throw misuse("trial", "strategies is empty; at least one is needed");
  trial_setup setup{.workers = options.workers,
                    .slice_cost = options.slice_cost,
                    .bug_depth = options.bug_depth,
                    .expected_slices = options.expected_slices,
                    .most_steps = options.most_steps,
                    .time_limit = options.time_limit,
                    .plant = options.plant,
                    .last_events = options.last_events,
                    .count_frames = options.count_frames};
  detail::check_ranges(setup);
  return setup;
}

/// Makes the runs, and the report of the first that fails.
class campaign {
 public:
  campaign(trial_options const& options, program const& under_test)
      : options_(options), program_(under_test), setup_(setup_of(options)) {
    auto const ranks = std::ranges::find(options.strategies, schedule_strategy::priorities);
    measure_first_ = setup_.expected_slices == 0 && ranks != options.strategies.end();
    if (setup_.expected_slices == 0) setup_.expected_slices = 1;
  }

  /// False when a run has failed.
  auto run(std::uint64_t seed, faults const& plant) -> bool {
    if (measure_first_) {
      measure_first_ = false;
      auto first = setup_;
      first.seed = seed;
      first.strategy = schedule_strategy::round_robin;
      first.plant = {};
      if (!run(first)) return false;
      setup_.expected_slices = std::max<std::uint64_t>(last_.count.slices, 1);
    }
    auto next = setup_;
    next.seed = seed;
    next.strategy = options_.strategies[static_cast<std::size_t>(seed % options_.strategies.size())];
    next.plant = plant;
    return run(next);
  }

  [[nodiscard]] auto last() const -> detail::trial_outcome const& { return last_; }
  [[nodiscard]] auto report() -> trial_report& { return report_; }

 private:
  auto run(trial_setup const& next) -> bool {
    last_ = detail::run_trial(next, program_);
    auto const runs = ++report_.runs;
    if (last_.failure == failure_kind::none) return true;
    auto const points = report_.fault_points;
    report_ = detail::report_failure(next, last_, program_, options_.most_replays);
    report_.runs = runs;
    report_.fault_points = points;
    return false;
  }

  trial_options const& options_;
  program const& program_;
  trial_setup setup_;
  bool measure_first_ = false;
  detail::trial_outcome last_;
  trial_report report_;
};

auto planted_at(fault_kind what, std::uint64_t place, faults plant) -> faults {
  switch (what) {
    case fault_kind::cancel: plant.cancel_at_suspension = place; break;
    case fault_kind::destruction: plant.destroy_at_suspension = place; break;
    case fault_kind::resumption: plant.throw_at_resumption = place; break;
    case fault_kind::point: plant.throw_at_point = place; break;
    case fault_kind::allocation: plant.fail_allocation = place; break;
    case fault_kind::thread_start: plant.fail_thread_start = static_cast<std::uint32_t>(place); break;
    case fault_kind::late_wake_up:
      plant.delay.wake_up = place;
      if (plant.delay.slices == 0) plant.delay.slices = 3;
      break;
    case fault_kind::clock_jump:
      plant.jump.step = place;
      if (plant.jump.by == duration{0}) plant.jump.by = std::chrono::seconds{1};
      break;
  }
  return plant;
}

}  // namespace

auto for_each_seed(seed_range seeds, trial_options const& options, program const& under_test)
    -> trial_report {
  campaign runs{options, under_test};
  for (std::uint64_t number = 0; number < seeds.count; ++number)
    if (!runs.run(seeds.first + number, options.plant)) break;
  return runs.report();
}

auto for_each_fault(fault_kind what, seed_range seeds, trial_options const& options,
                    program const& under_test) -> trial_report {
  if (what == fault_kind::allocation) (void)for_each_allocation([] {});  // misuse where nobody asks
  campaign runs{options, under_test};
  for (std::uint64_t number = 0; number < seeds.count; ++number) {
    for (std::uint64_t place = 1;; ++place) {
      if (!runs.run(seeds.first + number, planted_at(what, place, options.plant))) return runs.report();
      if (!runs.last().planted) break;
      auto& most = runs.report().fault_points;
      most = std::max(most, place);
    }
  }
  return runs.report();
}

auto replay(std::string_view line, program const& under_test) -> trial_report {
  auto const setup = read_replay_line(line);
  auto const outcome = detail::run_trial(setup, under_test);
  trial_report report;
  if (outcome.failure != failure_kind::none) report = detail::report_failure(setup, outcome, under_test, 0);
  report.runs = 1;
  report.seed = setup.seed;
  report.strategy = setup.strategy;
  report.replay = std::string(line);
  return report;
}

}  // namespace sluice::testing
