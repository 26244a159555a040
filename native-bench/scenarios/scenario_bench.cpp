#include "scenarios/scenario_bench.hpp"

#include "scenarios/scenario_run.hpp"

#include <sluice/scenarios/catalogue.hpp>
#include <sluice/scenarios/scenario.hpp>
#include <sluice/scenarios/schema.hpp>

#include <benchmark/benchmark.h>

namespace sluice::bench {
namespace {

void time_runs(benchmark::State& state, scenarios::run_request const& run, bool& wrong) {
  std::uint64_t items = 0;
  double utilisation = 0;
  histogram latency;
  auto const refuse = [&](std::string const& why) {
    wrong = true;
    state.SkipWithError(why.c_str());
  };
  for (auto _ : state) {
    auto const held = scenarios::run_to_end(run);
    if (!held) return refuse(held.error().message());
    if (auto const why = complaint(*held); !why.empty()) return refuse(why);
    state.SetIterationTime(static_cast<double>(held->elapsed_ns) * 1e-9);
    items += held->items_out;
    utilisation += held->utilisation;
    latency.merge(held->latency);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(items));
  state.counters["utilisation"] = benchmark::Counter(utilisation, benchmark::Counter::kAvgIterations);
  if (latency.count() == 0) return;
  for (auto const percent : {50, 90, 99})
    state.counters["p" + std::to_string(percent) + "_us"] = static_cast<double>(latency.percentile(percent)) * 1e-3;
}

}  // namespace

void register_scenario(scenarios::run_request const& run, progress& line, bool& wrong) {
  auto const name = "scenario/" + std::string{run.what->id} + "/" + std::string{scenarios::name(run.engine)};
  benchmark::RegisterBenchmark(name.c_str(), [name, run, &line, &wrong](benchmark::State& state) {
    line.say(name);
    time_runs(state, run, wrong);
    line.clear();
  })
      ->UseManualTime()
      ->Unit(benchmark::kMillisecond);
}

void register_catalogue(std::uint64_t seed, progress& line, bool& wrong) {
  for (auto const* each : scenarios::catalogue())
    for (auto const engine : {scenarios::engine_kind::threads, scenarios::engine_kind::sim})
      register_scenario({each, scenarios::values::defaults(*each), seed, engine}, line, wrong);
}

}  // namespace sluice::bench
