// native-bench — how fast is it here: one scenario, all benchmarks, or a comparison.
#include "compare/compare.hpp"
#include "harness/machine.hpp"
#include "harness/nearest.hpp"
#include "harness/process.hpp"
#include "list.hpp"
#include "micro/micro_bench.hpp"
#include "observed/observed_program.hpp"
#include "scenarios/scenario_bench.hpp"
#include "scenarios/scenario_flags.hpp"
#include "scenarios/scenario_run.hpp"

#include <sluice/scenarios/catalogue.hpp>

#include <CLI/CLI.hpp>
#include <benchmark/benchmark.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <sstream>

namespace sluice::bench {
namespace {

enum exit_status : int { fine = 0, wrong_result = 1, bad_request = 2, no_peer = 3 };

auto refuse(std::string const& why, int status = bad_request) -> int {
  std::fprintf(stderr, "native-bench: %s\n", why.c_str());
  return status;
}

/// What was asked for on the command line, beside a scenario's own parameters.
struct options {
  bool list = false;
  bool as_json = false;
  bool show_progress = false;
  bool gate = false;
  std::string scenario;
  std::string seed = "1";
  std::string engine = "threads";
  unsigned rounds = 9;
  std::string results_file;
  std::string trace_file;
  std::vector<std::string> against;
  std::vector<std::string> workloads;
  std::string out_file;
  std::string targets_file = SLUICE_BENCH_TARGETS;
  std::string go_sources = SLUICE_BENCH_GO_SOURCES;
  std::string sample;
  std::vector<std::string> benchmark_flags;  // passed on as they are
};

void describe(CLI::App& app, options& into) {
  app.add_flag("--list", into.list, "Show every scenario with its parameters, and every micro-benchmark");
  app.add_flag("--json", into.as_json, "Answer as JSON on standard output");
  app.add_flag("--progress", into.show_progress, "Say what is going on even when standard error is no terminal");
  auto* const one = app.add_option_group("One scenario");
  one->add_option("--scenario", into.scenario, "Run one scenario; its parameters are flags, see --list");
  one->add_option("--seed", into.seed, "1 to 16 hex digits")->capture_default_str();
  one->add_option("--engine", into.engine, "threads measures, sim explains")->capture_default_str();
  one->add_option("--rounds", into.rounds, "How many samples are taken, after one to warm up")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  one->add_option("--results", into.results_file, "Write the results file that the playground opens");
  one->add_option("--trace", into.trace_file, "Run it once in native-bench-observed, and write a trace that Perfetto opens");
  auto* const comparison = app.add_option_group("Comparison");
  comparison->add_option("--against", into.against, "go, peers, or names of contenders; taken in turn with ours")
      ->delimiter(',');
  comparison->add_option("--workload", into.workloads, "Only those whose name begins like this")->delimiter(',');
  comparison->add_flag("--gate", into.gate, "End with 1 when a target marked as gate is missed");
  comparison->add_option("--targets", into.targets_file, "The table of targets")->capture_default_str();
  comparison->add_option("--out", into.out_file, "Write the comparison as JSON");
  comparison->add_option("--go-sources", into.go_sources, "Where the Go programs lie")->capture_default_str();
  app.add_option("--sample", into.sample, "Run one workload once and print one line of JSON")->group("");
  app.footer("Everything that begins with --benchmark_ goes to Google Benchmark, such as --benchmark_filter=spawn,\n"
             "--benchmark_repetitions=9, --benchmark_format=json or --benchmark_out=FILE.");
}

auto known_flags(CLI::App const& app) -> std::vector<std::string> {
  std::vector<std::string> known;
  auto const collect = [&](CLI::App const& from) {
    for (auto const* option : from.get_options())
      for (auto const& name : option->get_lnames()) known.push_back("--" + name);
  };
  collect(app);
  for (auto const* group : app.get_subcommands([](CLI::App const*) { return true; })) collect(*group);
  return known;
}

/// The scenarios that have a parameter of that name.
auto owners_of(std::string_view parameter) -> std::string {
  std::string owners;
  for (auto const* each : scenarios::catalogue())
    for (auto const& one : each->parameters)
      if (one.id == parameter) owners.append(owners.empty() ? "" : ", ").append(each->id);
  return owners;
}

auto unknown_flag(CLI::App const& app, std::string const& argument, bool has_scenario) -> std::string {
  if (!argument.starts_with("--")) return "what is '" + argument + "'? Options begin with --; see --help";
  auto const name = argument.substr(0, argument.find('='));
  if (auto const owners = owners_of(name.substr(2)); !owners.empty() && !has_scenario)
    return name + " is a parameter of a scenario; choose one with --scenario=ID: " + owners;
  auto const near = nearest(name, known_flags(app));
  return "there is no flag " + name + (near.empty() ? "; see --help" : "; did you mean " + near + "?");
}

bool write_file(std::string const& path, std::string const& text) {
  std::ofstream file{path, std::ios::binary};
  file << text << '\n';
  return static_cast<bool>(file.flush());
}

/// Google Benchmark keeps the pointers it is given for as long as it runs.
auto run_registered(options const& asked, bool const& wrong) -> int {
  static std::vector<std::string> words;
  words = asked.benchmark_flags;
  words.insert(words.begin(), "native-bench");
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  auto argc = static_cast<int>(argv.size());
  argv.push_back(nullptr);
  benchmark::Initialize(&argc, argv.data());
  if (benchmark::ReportUnrecognizedArguments(argc, argv.data())) return bad_request;
  auto const build = describe_build();
  benchmark::AddCustomContext("sluice_version", *build.find("version")->text());
  benchmark::AddCustomContext("sluice_revision", *build.find("revision")->text());
  benchmark::AddCustomContext("compiler", *build.find("compiler")->text());
  auto const ran = benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  if (ran == 0) return bad_request;  // the filter fits nothing, which has been said
  return wrong ? wrong_result : fine;
}

auto run_comparison(options const& asked, workload_list const& workloads, std::string const& self) -> int {
  std::ifstream file{asked.targets_file};
  std::string const text{std::istreambuf_iterator<char>{file}, {}};
  if (!file) return refuse("the table of targets " + asked.targets_file + " cannot be read");
  auto const targets = read_targets(text);
  if (!targets) return refuse(asked.targets_file + ": " + targets.error());

  auto const beside = std::filesystem::path{self}.parent_path() / "go-programs";
  comparison_request const request{asked.against, asked.workloads, asked.rounds, self, asked.go_sources, beside.string()};
  progress line{asked.show_progress};
  auto const rows = compare(request, workloads, line);
  if (!rows)
    return refuse(rows.error().why, rows.error().what == comparison_problem::no_go ? no_peer : bad_request);

  auto report = comparison_json(request, *rows, *targets);
  report.set("machine", describe_machine()).set("build", describe_build());
  auto const shown = comparison_table(*rows, *targets) + one_line(describe_machine(), describe_build()) + "\n";
  std::fputs(shown.c_str(), asked.as_json ? stderr : stdout);
  if (asked.as_json) std::printf("%s\n", report.dump(true).c_str());
  if (!asked.out_file.empty() && !write_file(asked.out_file, report.dump(true)))
    return refuse(asked.out_file + " cannot be written");

  auto status = fine;
  for (auto const& row : *rows)
    if (!row.failure.empty()) status = wrong_result;
  if (!asked.gate) return status;
  for (auto const& failed : failed_gates(*rows, *targets)) {
    std::fprintf(stderr, "gate: %s\n", failed.c_str());
    status = wrong_result;
  }
  return status;
}

auto run_one_scenario(options const& asked, scenarios::run_request const& run) -> int {
  progress line{asked.show_progress};
  if (!asked.benchmark_flags.empty()) {
    auto wrong = false;
    register_scenario(run, line, wrong);
    return run_registered(asked, wrong);
  }
  auto const report = run_scenario({run, asked.rounds}, line);
  line.clear();
  if (!report) {
    if (asked.as_json)
      std::printf("%s\n", json::object({{"format", "sluice-summary"},
                                        {"version", 1},
                                        {"scenario", run.what->id},
                                        {"engine", engine_name(run.engine)},
                                        {"failure", report.error()}})
                              .dump(true)
                              .c_str());
    return refuse("no number for " + std::string{run.what->id} + ": " + report.error(), wrong_result);
  }
  if (asked.as_json) std::printf("%s\n", report_json(*report).dump(true).c_str());
  else std::fputs(report_table(*report).c_str(), stdout);
  if (!asked.results_file.empty() && !write_file(asked.results_file, to_json(report_results(*report)).dump(true)))
    return refuse(asked.results_file + " cannot be written");
  return fine;
}

/// One run in the program that has probes. What was asked for has been checked.
auto run_traced(options const& asked, scenarios::run_request const& run) -> int {
  std::vector<std::string> words{"--scenario=" + std::string{run.what->id}, "--trace=" + asked.trace_file,
                                 "--seed=" + asked.seed, "--engine=" + asked.engine};
  for (auto const& each : run.what->parameters)
    words.push_back("--" + std::string{each.id} + "=" + run.params.text(each.id));
  if (asked.as_json) words.emplace_back("--json");
  progress line{asked.show_progress};
  line.say(std::string{run.what->id} + ": tracing");
  auto const ended = run_observed(std::move(words));
  line.clear();
  if (!ended) return refuse(ended.error(), wrong_result);
  std::fputs(ended->err.c_str(), stderr);
  std::fputs(ended->out.c_str(), stdout);
  return ended->status;
}

/// The scenario named by `--scenario=` or `--scenario X`, found before the rest is read: its parameters are flags.
auto named_scenario(std::vector<std::string> const& arguments) -> std::string {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].starts_with("--scenario=")) return arguments[i].substr(11);
    if (arguments[i] == "--scenario" && i + 1 < arguments.size()) return arguments[i + 1];
  }
  return {};
}

auto engine_of(std::string const& name) -> std::optional<scenarios::engine_kind> {
  for (auto const engine : {scenarios::engine_kind::threads, scenarios::engine_kind::sim})
    if (name == scenarios::name(engine)) return engine;
  return std::nullopt;
}

auto run(int argc, char** argv) -> int {
  options asked;
  std::vector<std::string> arguments;
  for (int i = 1; i < argc; ++i) {
    auto argument = std::string{argv[i]};
    (argument.starts_with("--benchmark_") ? asked.benchmark_flags : arguments).push_back(std::move(argument));
  }

  CLI::App app{"Times Sluice's scenarios and its parts on this machine, and compares them with others.", "native-bench"};
  describe(app, asked);
  app.allow_extras();
  scenarios::scenario const* what = nullptr;
  if (auto const id = named_scenario(arguments); !id.empty()) {
    auto const found = scenarios::find(id);
    if (!found) return refuse(found.error().message());
    what = *found;
  }
  std::unique_ptr<scenario_flags> flags;
  if (what != nullptr) flags = std::make_unique<scenario_flags>(app, *what);

  try {
    app.parse(std::vector<std::string>{arguments.rbegin(), arguments.rend()});  // CLI11 takes them from the back
  } catch (CLI::CallForHelp const&) {
    std::fputs(app.help().c_str(), stdout);
    return fine;
  } catch (CLI::ParseError const& problem) {
    return refuse(problem.what());
  }
  if (auto const extras = app.remaining(true); !extras.empty()) return refuse(unknown_flag(app, extras.front(), what != nullptr));

  auto const seed = scenarios::parse_seed(asked.seed);
  if (!seed) return refuse(seed.error().message());
  auto const engine = engine_of(asked.engine);
  if (!engine) return refuse("--engine=" + asked.engine + ": an engine is threads or sim");
  if (!asked.trace_file.empty()) {
    if (what == nullptr) return refuse("--trace needs --scenario");
    if (!asked.results_file.empty() || !asked.benchmark_flags.empty())
      return refuse("--trace watches one run and times none: it goes without --results and --benchmark_ flags");
  }
  if (asked.gate && asked.against.empty()) return refuse("--gate needs --against");

  auto const workloads = all_workloads();
  if (!asked.sample.empty()) return print_sample(workloads, asked.sample);
  if (asked.list) {
    std::fputs((asked.as_json ? list_json(workloads).dump(true) + "\n" : list_text(workloads)).c_str(), stdout);
    return fine;
  }
  if (!asked.against.empty()) return run_comparison(asked, workloads, own_path(argv[0]));
  if (what != nullptr) {
    auto values = flags->values();
    if (!values) return refuse(values.error());
    scenarios::run_request const request{what, std::move(*values), *seed, *engine};
    return asked.trace_file.empty() ? run_one_scenario(asked, request) : run_traced(asked, request);
  }
  progress line{asked.show_progress};
  auto wrong = false;
  register_catalogue(*seed, line, wrong);
  register_workloads(workloads, line, wrong);
  if (asked.as_json) asked.benchmark_flags.insert(asked.benchmark_flags.begin(), "--benchmark_format=json");
  return run_registered(asked, wrong);
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
