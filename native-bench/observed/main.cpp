// native-bench-observed — what native-bench starts when something is to be watched: its libraries have probes.
#include "harness/json.hpp"
#include "harness/table.hpp"
#include "micro/watch_work.hpp"
#include "observed/observed_program.hpp"
#include "scenarios/scenario_flags.hpp"
#include "scenarios/scenario_run.hpp"

#include <sluice/observe/metrics.hpp>
#include <sluice/observe/profile.hpp>
#include <sluice/observe/trace.hpp>
#include <sluice/scenarios/catalogue.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>

namespace sluice::bench {
namespace {

static_assert(probe::observed, "this program is the one with probes");

enum exit_status : int { fine = 0, wrong_result = 1, bad_request = 2 };

auto refuse(std::string const& why, int status = bad_request) -> int {
  std::fprintf(stderr, "native-bench: %s\n", why.c_str());
  return status;
}

struct options {
  std::string scenario;
  std::string seed = "1";
  std::string engine = "threads";
  std::string trace_file;
  bool as_json = false;
  std::string watch;
  std::uint64_t items = watched_jobs;
};

auto run_watched(options const& asked) -> int {
  auto const modes = watch_modes();
  if (std::ranges::find(modes, asked.watch, &std::pair<std::string, std::string>::first) == modes.end())
    return refuse("--watch=" + asked.watch + ": work can be watched as off, metrics, profile or trace");
  std::optional<metrics> counting;
  std::optional<profile> keeping;
  std::optional<result<trace>> writing;
  if (asked.watch == "metrics") counting.emplace();
  if (asked.watch == "profile") keeping.emplace();
  if (asked.watch == "trace") writing.emplace(trace::to([](std::string_view) {}));
  if (writing && !*writing) return refuse(writing->error().message(), wrong_result);

  runtime on{runtime_options{.workers = watched_workers, .report = {}}};
  auto const took = warmed_up(asked.items, [&](std::uint64_t part) { return watched_work(on, part); });
  if (!took) return refuse(took.error(), wrong_result);
  // An instrument that saw nothing has cost nothing, and would look cheap.
  if (counting && counting->read().locks_taken() + counting->read().tasks_created() == 0)
    return refuse("metrics have counted nothing", wrong_result);
  std::printf("%s\n", json::object({{"items", static_cast<std::int64_t>(asked.items)},
                                    {"ns", std::int64_t{took->time.count()}}})
                          .dump()
                          .c_str());
  return fine;
}

auto run_traced(options const& asked, scenarios::run_request const& run) -> int {
  auto const simulated = run.engine == scenarios::engine_kind::sim;
  auto recording = trace::to_file(asked.trace_file, {.virtual_time = simulated});
  if (!recording) return refuse(recording.error().message());
  for (std::size_t i = 0; i < run.what->queues.size(); ++i)
    recording->name_series(static_cast<std::uint32_t>(i + 1), std::string{run.what->queues[i].label});
  auto const held = scenarios::run_to_end(run);
  if (auto const written = recording->end(); !written) return refuse(written.error().message(), wrong_result);
  if (!held) return refuse(held.error().message(), wrong_result);
  if (auto const wrong = complaint(*held); !wrong.empty()) return refuse(wrong, wrong_result);
  auto const id = std::string{run.what->id};
  if (asked.as_json) {
    std::printf("%s\n", json::object({{"format", "sluice-trace-summary"},
                                      {"version", 1},
                                      {"scenario", id},
                                      {"engine", engine_name(run.engine)},
                                      {"seed", scenarios::format_seed(run.seed)},
                                      {"file", asked.trace_file},
                                      {"events", static_cast<std::int64_t>(recording->events())},
                                      {"elapsedNs", held->elapsed_ns},
                                      {"items", static_cast<std::int64_t>(held->items_out)}})
                            .dump(true)
                            .c_str());
  } else {
    std::printf("%s: %s events of %s, %s, seed %s: %s %s in %s%s.\nOpen it in https://ui.perfetto.dev or chrome://tracing.\n",
                asked.trace_file.c_str(), group_digits(recording->events()).c_str(), id.c_str(),
                engine_name(run.engine).c_str(), scenarios::format_seed(run.seed).c_str(),
                group_digits(held->items_out).c_str(), std::string{run.what->item_name}.c_str(),
                format_duration(static_cast<double>(held->elapsed_ns)).c_str(), simulated ? " of virtual time" : "");
  }
  return fine;
}

auto run(int argc, char** argv) -> int {
  options asked;
  CLI::App app{"What native-bench starts when something is to be watched.", "native-bench-observed"};
  app.add_option("--scenario", asked.scenario, "The scenario to run once");
  app.add_option("--seed", asked.seed, "1 to 16 hex digits");
  app.add_option("--engine", asked.engine, "threads or sim");
  app.add_option("--trace", asked.trace_file, "Write a trace of that run");
  app.add_flag("--json", asked.as_json, "Answer as JSON");
  app.add_option("--watch", asked.watch, "Time the work of the watch benchmarks: off, metrics, profile or trace");
  app.add_option("--watch-items", asked.items, "How many jobs")->check(CLI::Range(1, 1'000'000'000));

  scenarios::scenario const* what = nullptr;
  for (int i = 1; i < argc; ++i) {
    std::string_view const argument = argv[i];
    if (!argument.starts_with("--scenario=")) continue;
    auto const found = scenarios::find(argument.substr(11));
    if (!found) return refuse(found.error().message());
    what = *found;
  }
  std::unique_ptr<scenario_flags> flags;
  if (what != nullptr) flags = std::make_unique<scenario_flags>(app, *what);
  try {
    app.parse(argc, argv);
  } catch (CLI::CallForHelp const&) {
    std::fputs(app.help().c_str(), stdout);
    return fine;
  } catch (CLI::ParseError const& problem) {
    return refuse(problem.what());
  }
  if (!asked.watch.empty()) return run_watched(asked);
  if (what == nullptr || asked.trace_file.empty())
    return refuse("native-bench starts this; by hand: --scenario=ID with --trace=FILE, or --watch");
  auto const seed = scenarios::parse_seed(asked.seed);
  if (!seed) return refuse(seed.error().message());
  auto const simulated = asked.engine == scenarios::name(scenarios::engine_kind::sim);
  if (!simulated && asked.engine != scenarios::name(scenarios::engine_kind::threads))
    return refuse("--engine=" + asked.engine + ": an engine is threads or sim");
  auto values = flags->values();
  if (!values) return refuse(values.error());
  return run_traced(asked, {what, std::move(*values), *seed,
                            simulated ? scenarios::engine_kind::sim : scenarios::engine_kind::threads});
}

}  // namespace
}  // namespace sluice::bench

auto main(int argc, char** argv) -> int {
  try {
    return sluice::bench::run(argc, argv);
  } catch (std::exception const& problem) {
    std::fprintf(stderr, "native-bench: %s\n", problem.what());
    return sluice::bench::wrong_result;
  }
}
