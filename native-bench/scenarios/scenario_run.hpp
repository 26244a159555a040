// scenario_run — one scenario, several times, and what that says about it.
#pragma once

#include "harness/interval.hpp"
#include "harness/json.hpp"
#include "harness/progress.hpp"
#include "harness/results_file.hpp"

#include <sluice/observe/histogram.hpp>
#include <sluice/scenarios/outcome.hpp>
#include <sluice/scenarios/run.hpp>

#include <expected>
#include <string>
#include <vector>

namespace sluice::bench {

struct scenario_request {
  scenarios::run_request run;
  unsigned rounds = 9;
};

/// The rounds of one scenario, in the order they ran. All of them kept every promise.
struct scenario_report {
  scenario_request request;
  std::vector<scenarios::outcome> rounds;

  [[nodiscard]] auto time() const -> interval;         // ns per run
  [[nodiscard]] auto throughput() const -> interval;   // items per second
  [[nodiscard]] auto utilisation() const -> interval;  // 0 to 1
  [[nodiscard]] auto latency(double percent) const -> interval;  // ns, of the rounds' own percentiles
};

/// What is wrong with a run, in one sentence; empty: nothing is.
auto complaint(scenarios::outcome const& of) -> std::string;

/// Runs the scenario once to warm up, then as often as asked. Blocks.
/// Fails    with a sentence when a run cannot be held, or breaks a promise: then there is no number.
auto run_scenario(scenario_request const& request, progress& line) -> std::expected<scenario_report, std::string>;

auto report_table(scenario_report const& report) -> std::string;
auto report_json(scenario_report const& report) -> json;
auto report_results(scenario_report const& report) -> results;

/// "native-threads" or "native-sim".
auto engine_name(scenarios::engine_kind engine) -> std::string;

}  // namespace sluice::bench
