#include "scenarios/scenario_run.hpp"

#include "harness/machine.hpp"
#include "harness/table.hpp"

#include <sluice/scenarios/scenario.hpp>
#include <sluice/scenarios/schema.hpp>

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

namespace sluice::bench {
namespace {

using scenarios::engine_kind;
using scenarios::outcome;
using scenarios::param_type;

auto over_rounds(scenario_report const& report, std::function<double(outcome const&)> const& what) -> interval {
  std::vector<double> values;
  values.reserve(report.rounds.size());
  for (auto const& round : report.rounds) values.push_back(what(round));
  return median_interval(values);
}

auto per_second(outcome const& round) -> double {
  return round.elapsed_ns > 0 ? static_cast<double>(round.items_out) * 1e9 / static_cast<double>(round.elapsed_ns) : 0;
}

auto merged_latency(scenario_report const& report) -> histogram {
  histogram all;
  for (auto const& round : report.rounds) all.merge(round.latency);
  return all;
}

auto params_json(scenario_request const& request) -> json {
  auto params = json::object();
  for (auto const& each : request.run.what->parameters) {
    auto const id = each.id;
    auto const& values = request.run.params;
    auto const name = std::string{id};
    if (each.type == param_type::choice) params.set(name, values.choice(id));
    else if (each.type == param_type::flag) params.set(name, values.flag(id));
    else if (each.type == param_type::integer) params.set(name, values.integer(id));
    else params.set(name, values.number(id));
  }
  return params;
}

auto samples_of(scenario_report const& report) -> std::vector<result_sample> {
  std::vector<result_sample> samples;
  for (auto const& round : report.rounds) samples.push_back({round.elapsed_ns, round.items_out});
  return samples;
}

/// The machine, with how fast it turned out to be.
auto machine_of(scenario_report const& report) -> json {
  auto machine = describe_machine();
  machine.set("stepsPerNs", report.rounds.back().steps_per_ns);
  return machine;
}

auto settings_line(scenario_report const& report) -> std::string {
  auto const& run = report.request.run;
  std::string line = std::string{run.what->id} + ", " + engine_name(run.engine) + ", seed " +
                     scenarios::format_seed(run.seed);
  for (auto const& each : run.what->parameters)
    line += ", " + std::string{each.id} + "=" + run.params.text(each.id);
  return line;
}

}  // namespace

auto scenario_report::time() const -> interval {
  return over_rounds(*this, [](outcome const& round) { return static_cast<double>(round.elapsed_ns); });
}
auto scenario_report::throughput() const -> interval { return over_rounds(*this, per_second); }
auto scenario_report::utilisation() const -> interval {
  return over_rounds(*this, [](outcome const& round) { return round.utilisation; });
}
auto scenario_report::latency(double percent) const -> interval {
  return over_rounds(*this, [=](outcome const& round) { return static_cast<double>(round.latency.percentile(percent)); });
}

auto engine_name(engine_kind engine) -> std::string {
  return "native-" + std::string{scenarios::name(engine)};
}

auto complaint(outcome const& of) -> std::string {
  if (of.state != scenarios::run_state::finished)
    return "the run did not finish" + (of.failure.empty() ? std::string{} : ": " + of.failure);
  for (auto const& each : of.invariants)
    if (!each.held) return "a promise is broken: " + each.name + ": expected " + each.expected + ", got " + each.actual;
  return {};
}

auto run_scenario(scenario_request const& request, progress& line) -> std::expected<scenario_report, std::string> {
  scenario_report report{request, {}};
  auto const id = std::string{request.run.what->id};
  for (unsigned round = 0; round <= request.rounds; ++round) {
    line.say(round == 0 ? id + ": warming up"
                        : id + ": round " + std::to_string(round) + " of " + std::to_string(request.rounds));
    auto held = scenarios::run_to_end(request.run);
    if (!held) return std::unexpected{held.error().message()};
    if (auto const wrong = complaint(*held); !wrong.empty()) return std::unexpected{wrong};
    if (round != 0) report.rounds.push_back(std::move(*held));
  }
  line.clear();
  return report;
}

auto report_table(scenario_report const& report) -> std::string {
  using enum table::align;
  auto const& what = *report.request.run.what;
  table made{{{"", left}, {"median"}, {"95 % low"}, {"95 % high"}, {"", left}}};
  auto const add = [&](std::string name, interval const& value, auto const& format, std::string note) {
    made.add({std::move(name), format(value.mid), format(value.low), format(value.high), std::move(note)});
  };
  auto const items = std::string{what.item_name};
  add("throughput", report.throughput(), [&](double v) { return format_rate(v, items); }, "");
  add("time per run", report.time(), format_duration,
      report.request.run.engine == engine_kind::sim ? "virtual time" : "");
  if (merged_latency(report).count() != 0)
    for (auto const percent : {50, 90, 99})
      add("latency p" + std::to_string(percent), report.latency(percent), format_duration, "");
  auto const workers = report.rounds.back().workers;
  add("utilisation", report.utilisation(), format_percent,
      "of " + std::to_string(workers) + (workers == 1 ? " worker" : " workers"));
  auto const counted = [&](std::string name, std::uint64_t outcome::* count) {
    auto const value = over_rounds(report, [=](outcome const& round) { return static_cast<double>(round.*count); });
    if (value.high > 0) add(std::move(name), value, three_digits, "per run");
  };
  counted(items + " in", &outcome::items_in);
  counted(items + " out", &outcome::items_out);
  counted("dropped", &outcome::dropped);
  counted("retries", &outcome::retries);

  auto const promises = report.rounds.back().invariants.size();
  return settings_line(report) + "\n\n" + made.render() + "\n" + std::to_string(report.request.rounds) +
         (report.request.rounds == 1 ? " round" : " rounds") + " after a warm-up; all " + std::to_string(promises) +
         " invariants held in each.\n" + one_line(describe_machine(), describe_build()) + "\n";
}

auto report_json(scenario_report const& report) -> json {
  auto const& run = report.request.run;
  auto samples = json::array();
  for (auto const& each : samples_of(report))
    samples.push(json::object({{"ns", each.ns}, {"items", static_cast<std::int64_t>(each.items)}}));
  auto invariants = json::array();
  for (auto const& each : report.rounds.back().invariants)
    invariants.push(json::object(
        {{"name", each.name}, {"held", each.held}, {"expected", each.expected}, {"actual", each.actual}}));
  auto summary = json::object({
      {"format", "sluice-summary"},
      {"version", 1},
      {"scenario", run.what->id},
      {"params", params_json(report.request)},
      {"seed", scenarios::format_seed(run.seed)},
      {"engine", engine_name(run.engine)},
      {"rounds", report.request.rounds},
      {"elapsedNs", to_json(report.time())},
      {"itemsPerSecond", to_json(report.throughput())},
      {"utilisation", to_json(report.utilisation())},
      {"workers", report.rounds.back().workers},
  });
  if (merged_latency(report).count() != 0)
    summary.set("latencyNs", json::object({{"p50", to_json(report.latency(50))},
                                           {"p90", to_json(report.latency(90))},
                                           {"p99", to_json(report.latency(99))}}));
  summary.set("samples", std::move(samples)).set("invariants", std::move(invariants));
  return summary.set("machine", machine_of(report)).set("build", describe_build());
}

auto report_results(scenario_report const& report) -> results {
  auto const& run = report.request.run;
  auto const latency = merged_latency(report);
  return {
      .scenario = std::string{run.what->id},
      .params = params_json(report.request),
      .seed = scenarios::format_seed(run.seed),
      .engine = engine_name(run.engine),
      .machine = machine_of(report),
      .build = describe_build(),
      .samples = samples_of(report),
      .histogram = latency.count() != 0 ? latency.encode_hdr() : std::string{},
  };
}

}  // namespace sluice::bench
