#include <sluice/testing/for_each_schedule.hpp>

#include <algorithm>
#include <string>

#include <sluice/testing/detail/run_trial.hpp>

namespace sluice::testing {
namespace {

using choices = std::vector<trial::choice_made>;

/// Turns the choices of one run into the script of the next; false when there is none. Notes in `hit`
/// which bound kept it from one.
auto advance(choices made, schedule_bounds const& bounds, std::vector<std::uint64_t>& script,
             std::string& hit) -> bool {
  if (made.size() > bounds.most_choices) {
    hit = "most_choices";
    made.resize(static_cast<std::size_t>(bounds.most_choices));
  }
  std::uint64_t deviations = 0;
  for (auto const& each : made) deviations += each.value != 0 ? 1 : 0;
  while (!made.empty()) {
    auto& last = made.back();
    auto const before = deviations - (last.value != 0 ? 1 : 0);
    if (last.value + 1 < last.bound) {
      if (before < bounds.most_deviations) {
        ++last.value;
        script.clear();
        for (auto const& each : made) script.push_back(each.value);
        return true;
      }
      hit = "most_deviations";
    }
    deviations = before;
    made.pop_back();
  }
  return false;
}

/// The run has gone the way its script says, as the one before did.
auto went_the_same_way(choices const& now, choices const& before, std::size_t length) -> bool {
  if (now.size() < length) return false;
  for (std::size_t at = 0; at < length; ++at) {
    auto const& was = before[at];
    if (now[at].bound != was.bound || now[at].about != was.about) return false;
  }
  return true;
}

}  // namespace

auto for_each_schedule(schedule_bounds const& bounds, program const& under_test) -> trial_report {
  trial_setup setup{.workers = bounds.workers,
                    .strategy = schedule_strategy::round_robin,
                    .slice_cost = bounds.slice_cost,
                    .most_steps = bounds.most_steps,
                    .time_limit = bounds.time_limit,
                    .plant = bounds.plant,
                    .scripted = true,
                    .last_events = bounds.last_events,
                    .count_frames = bounds.count_frames};
  detail::check_ranges(setup);
  std::uint64_t runs = 0;
  std::string hit;
  choices before;
  for (;;) {
    if (runs == bounds.most_runs) {
      hit = "most_runs";
      break;
    }
    auto outcome = detail::run_trial(setup, under_test);
    ++runs;
    if (!went_the_same_way(outcome.choices, before, setup.script.size())) {
      outcome.failure = failure_kind::not_repeatable;
      outcome.what = "the same choices were followed by others: something besides them decides";
    }
    if (outcome.failure == failure_kind::step_limit) {
      hit = "most_steps";
    } else if (outcome.failure != failure_kind::none) {
      auto report = detail::report_failure(setup, outcome, under_test, 0);
      report.runs = runs;
      report.bound_hit = hit;
      return report;
    }
    if (!advance(outcome.choices, bounds, setup.script, hit)) break;
    before = std::move(outcome.choices);
  }
  trial_report report{.runs = runs};
  report.complete = hit.empty();
  report.bound_hit = hit;
  return report;
}

}  // namespace sluice::testing
