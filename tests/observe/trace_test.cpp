// Traces: what the probes say, as text that trace viewers read; and spans of one's own.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <sluice/observe/recorder.hpp>
#include <sluice/observe/trace.hpp>
#include <sluice/platform/thread.hpp>
#include <sluice/scenarios/catalogue.hpp>
#include <sluice/scenarios/run.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/sleep.hpp>

#include "native-bench/harness/json.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using bench::json;
using Catch::Matchers::ContainsSubstring;
using probe::record;
using probe::verb;

namespace {

/// A trace, read back.
struct trace_file {
  explicit trace_file(std::string const& text) {
    auto parsed = json::parse(text);
    INFO(text.substr(0, 2000));
    REQUIRE(parsed);
    whole = std::move(*parsed);
    REQUIRE(whole.find("traceEvents") != nullptr);
    for (auto const& each : *whole.find("traceEvents")->elements()) events.push_back(&each);
  }
  static auto text_of(json const& event, char const* key) -> std::string {
    auto const* const found = event.find(key);
    return found == nullptr || found->text() == nullptr ? "" : *found->text();
  }
  static auto number_of(json const& event, char const* key) -> double {
    auto const* const found = event.find(key);
    return found == nullptr ? -1 : found->number();
  }
  /// The events of one phase, and of one name where one is given.
  [[nodiscard]] auto of(std::string const& phase, std::string const& name = {}) const
      -> std::vector<json const*> {
    std::vector<json const*> found;
    for (auto const* each : events)
      if (text_of(*each, "ph") == phase && (name.empty() || text_of(*each, "name") == name))
        found.push_back(each);
    return found;
  }

  /// What must hold of any trace, or what does not. The slices of each thread nest and are closed; time
  /// does not run back on one; each row of a task opens before it closes.
  [[nodiscard]] auto complaint() const -> std::string {
    std::map<double, std::vector<std::string>> open;
    std::map<double, double> latest;
    std::map<std::tuple<std::string, double, std::string>, int> rows;
    std::set<std::string> const known{"M", "B", "E", "b", "e", "s", "f", "C", "i"};
    for (auto const* each : events) {
      auto const phase = text_of(*each, "ph");
      if (!known.contains(phase)) return "a phase " + phase;
      if (number_of(*each, "pid") != 1) return "no pid";
      if (phase == "M") continue;
      auto const thread = number_of(*each, "tid");
      auto const time = number_of(*each, "ts");
      if (thread < 0 || time < 0) return "no thread, or no time";
      if (phase != "E" && text_of(*each, "name").empty()) return "no name";
      if (phase == "B" || phase == "E") {
        if (time < latest[thread]) return "time runs back on thread " + std::to_string(thread);
        latest[thread] = time;
      }
      if (phase == "B") open[thread].push_back(text_of(*each, "name"));
      if (phase == "E") {
        if (open[thread].empty()) return "a slice ends that did not begin";
        open[thread].pop_back();
      }
      if (phase == "b" || phase == "e") {
        auto& depth = rows[{text_of(*each, "cat"), number_of(*each, "id"), text_of(*each, "name")}];
        depth += phase == "b" ? 1 : -1;
      }
      if ((phase == "b" || phase == "e" || phase == "s" || phase == "f") && number_of(*each, "id") < 0)
        return "no id";
    }
    for (auto const& [thread, slices] : open)
      if (!slices.empty()) return "a slice is open at the end: " + slices.back();
    for (auto const& [row, depth] : rows)
      if (depth != 0) return "a row is left open or closed twice: " + std::get<2>(row);
    return {};
  }

  json whole;
  std::vector<json const*> events;
};

/// What a writer makes of these records.
auto written(std::vector<record> const& records) -> std::string {
  std::string text;
  perfetto_writer writer{[&](std::string_view more) { text += more; }};
  for (auto const& each : records) writer.add(each);
  writer.end();
  return text;
}

auto rests(context ctx, char const* name, int times) -> task<void> {
  trace::span const whole{name};
  for (int i = 0; i < times; ++i) {
    trace::span const part{"part"};
    if (!co_await sleep_for(ctx, 1ms)) co_return;
  }
}

}  // namespace

TEST_CASE("a slice of a task lies on its worker, and work inside it", "[observe][trace]") {
  trace_file const trace{written({{1000, 7, verb::resumed, 2, 0, 0},
                                  {1500, 7, verb::work_begun, 2, 3, 1},
                                  {2500, 7, verb::work_ended, 2, 3, 1},
                                  {2750, 7, verb::suspended, 2, 0, 0}})};
  CHECK(trace.complaint().empty());
  auto const begun = trace.of("B");
  REQUIRE(begun.size() == 2);
  CHECK(trace_file::text_of(*begun[0], "name") == "task 7");
  CHECK(trace_file::number_of(*begun[0], "ts") == 1.0);
  CHECK(trace_file::number_of(*begun[0], "tid") == 3);
  CHECK(trace_file::text_of(*begun[1], "name") == "job 3");
  CHECK(begun[1]->find("args")->find("stage")->number() == 1);
  CHECK(trace_file::number_of(*trace.of("E").back(), "ts") == 2.75);
  auto const named = trace.of("M", "thread_name");
  REQUIRE(named.size() == 1);
  CHECK(*named[0]->find("args")->find("name")->text() == "worker 2");
}

TEST_CASE("in virtual time a task that works keeps its slice while it is laid down", "[observe][trace]") {
  trace_file const trace{written({{0, 7, verb::resumed, 0, 0, 0},
                                  {0, 7, verb::work_begun, 0, 1, 0},
                                  {0, 7, verb::suspended, 0, 0, 0},
                                  {5000, 7, verb::resumed, 0, 0, 0},
                                  {5000, 7, verb::work_ended, 0, 1, 0},
                                  {5000, 7, verb::suspended, 0, 0, 0}})};
  CHECK(trace.complaint().empty());
  CHECK(trace.of("B").size() == 2);
  CHECK(trace_file::number_of(*trace.of("E")[0], "ts") == 5.0);
}

TEST_CASE("what is open at the end is closed, and what ends without a beginning is left out", "[observe][trace]") {
  trace_file const trace{written({{10, 1, verb::work_ended, 0, 1, 0},
                                  {15, 0, verb::unparked, 0, 0, 0},
                                  {20, 1, verb::resumed, 0, 0, 0},
                                  {30, 2, verb::resumed, 0, 0, 0},
                                  {40, 2, verb::work_begun, 0, 1, 0},
                                  {50, 0, verb::parked, 1, 0, 0}})};
  CHECK(trace.complaint().empty());
  CHECK(trace.of("B").size() == 4);
  CHECK(trace.of("B", "asleep").size() == 1);
}

TEST_CASE("an arrow leads from the waker to where the task goes on", "[observe][trace]") {
  trace_file const trace{written({{100, 1, verb::resumed, 0, 0, 0},
                                  {150, 1, verb::woken, 0, 9, 0},
                                  {200, 1, verb::suspended, 0, 0, 0},
                                  {300, 9, verb::resumed, 1, 0, 0},
                                  {300, 9, verb::waited, 1, 40, 110},
                                  {350, 9, verb::suspended, 1, 0, 0}})};
  CHECK(trace.complaint().empty());
  auto const from = trace.of("s");
  auto const to = trace.of("f");
  REQUIRE(from.size() == 1);
  REQUIRE(to.size() == 1);
  CHECK(trace_file::number_of(*from[0], "id") == trace_file::number_of(*to[0], "id"));
  CHECK(trace_file::number_of(*from[0], "tid") == 1);
  CHECK(trace_file::number_of(*to[0], "tid") == 2);
  CHECK(trace_file::text_of(*to[0], "bp") == "e");
  auto const wait = trace.of("b", "a wait");
  REQUIRE(wait.size() == 1);
  CHECK(trace_file::number_of(*wait[0], "ts") == 0.11);
}

TEST_CASE("series are counters, by their names where they have one", "[observe][trace]") {
  std::string text;
  perfetto_writer writer{[&](std::string_view more) { text += more; }};
  writer.name_series(1, "the \"queue\"");
  writer.add({1, 0, verb::sent, 0, 1, 5});
  writer.add({2, 0, verb::received, 0, 2, 4});
  writer.end();
  writer.end();  // harmless
  trace_file const trace{text};
  CHECK(trace.complaint().empty());
  REQUIRE(trace.of("C", "the \"queue\"").size() == 1);
  CHECK(trace.of("C", "the \"queue\"")[0]->find("args")->find("depth")->number() == 5);
  CHECK(trace.of("C", "series 2").size() == 1);
}

TEST_CASE("the text leaves in pieces, however long the trace", "[observe][trace]") {
  std::size_t largest = 0;
  std::size_t whole = 0;
  perfetto_writer writer{[&](std::string_view more) {
    largest = std::max(largest, more.size());
    whole += more.size();
  }};
  for (std::uint64_t i = 0; i < 20'000; ++i) writer.add({i, 1, verb::retried, 0, i, 0});
  writer.end();
  CHECK(whole > 1'000'000);
  CHECK(largest < 10'000);
}

TEST_CASE("a span belongs to its task, wherever that goes on", "[observe][trace]") {
  testing::deterministic_runtime rt{GENERATE(range(0, 8)), 3};
  std::string text;
  auto recording = trace::to([&](std::string_view more) { text += more; }, {.virtual_time = true});
  REQUIRE(recording);
  auto const one = rt.spawn(rests(rt.background(), "one", 3));
  auto const two = rt.spawn(rests(rt.background(), "two", 2));
  CHECK(rt.run() == ended::all_tasks_done);
  REQUIRE(recording->end());
  CHECK(recording->events() > 10);
  trace_file const trace{text};
  CHECK(trace.complaint().empty());
  for (auto const& [name, id, length] : {std::tuple{"one", one.id(), 3000.0}, {"two", two.id(), 2000.0}}) {
    auto const begun = trace.of("b", name);
    auto const ended = trace.of("e", name);
    REQUIRE(begun.size() == 1);
    REQUIRE(ended.size() == 1);
    CHECK(trace_file::number_of(*begun[0], "id") == id);
    CHECK(trace_file::number_of(*ended[0], "id") == id);
    CHECK(trace_file::number_of(*ended[0], "ts") - trace_file::number_of(*begun[0], "ts") == length);
    CHECK(trace_file::text_of(*begun[0], "cat") == "span");
    CHECK(begun[0]->find("args")->find("at")->text()->starts_with("trace_test.cpp:"));
  }
  CHECK(trace.of("b", "part").size() == 5);
  CHECK(trace.of("b", "task 1").size() == 1);
}

TEST_CASE("the trace of a simulation is the same for the same seed", "[observe][trace][Z1]") {
  auto const traced = [](std::uint64_t seed) {
    std::string text;
    auto recording = trace::to([&](std::string_view more) { text += more; }, {.virtual_time = true});
    REQUIRE(recording);
    testing::deterministic_runtime rt{seed, 2};
    for (int i = 0; i < 6; ++i) rt.spawn(rests(rt.background(), "rest", 3)).detach();
    CHECK(rt.run() == ended::all_tasks_done);
    REQUIRE(recording->end());
    return text;
  };
  CHECK(traced(1) == traced(1));
  CHECK(traced(1) != traced(2));
}

TEST_CASE("a buffer of any size leaves out nothing", "[observe][trace]") {
  auto const buffer = GENERATE(std::size_t{1}, std::size_t{7}, std::size_t{100'000});
  std::string text;
  auto recording = trace::to([&](std::string_view more) { text += more; }, {.virtual_time = true, .buffer = buffer});
  REQUIRE(recording);
  testing::deterministic_runtime rt{1, 2};
  for (int i = 0; i < 20; ++i) rt.spawn(rests(rt.background(), "rest", 5)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  REQUIRE(recording->end());
  trace_file const trace{text};
  CHECK(trace.of("b", "rest").size() == 20);
  CHECK(trace.of("e", "part").size() == 100);
}

TEST_CASE("a trace of threads is whole, whoever writes", "[observe][trace][threads]") {
  if (!platform::has_threads) SKIP("no threads here");
  std::string text;
  auto recording = trace::to([&](std::string_view more) { text += more; }, {.buffer = 16});
  REQUIRE(recording);
  {
    runtime rt{runtime_options{.workers = 3, .report = {}}};
    for (int i = 0; i < 200; ++i) rt.spawn(rests(rt.background(), "rest", 2)).detach();
    trace::span const outside{"the main thread"};
    while (rt.live_count() != 0) std::this_thread::sleep_for(1ms);
  }
  REQUIRE(recording->end());
  trace_file const trace{text};
  CHECK(trace.complaint().empty());
  CHECK(trace.of("b", "rest").size() == 200);
  CHECK(trace.of("e", "rest").size() == 200);
  CHECK(trace.of("b", "part").size() == 400);
  CHECK(trace.of("b", "the main thread").size() == 1);
  CHECK(trace.of("M", "thread_name").size() >= 2);
}

TEST_CASE("a trace that goes away while others run ends whole", "[observe][trace][threads]") {
  if (!platform::has_threads) SKIP("no threads here");
  runtime rt{runtime_options{.workers = 2, .report = {}}};
  auto const scope = with_cancel(rt.background());
  for (int i = 0; i < 4; ++i) rt.spawn(rests(scope, "rest", 1'000'000)).detach();
  for (int round = 0; round < 5; ++round) {
    std::string text;
    {
      auto recording = trace::to([&](std::string_view more) { text += more; }, {.buffer = 8});
      REQUIRE(recording);
      std::this_thread::sleep_for(5ms);
    }
    CHECK(json::parse(text));
    CHECK(text.ends_with("]}\n"));
  }
}

TEST_CASE("there is one trace at a time, and a buffer has a range", "[observe][trace]") {
  auto const nowhere = [](std::string_view) {};
  auto first = trace::to(nowhere);
  REQUIRE(first);
  auto const second = trace::to(nowhere);
  REQUIRE_FALSE(second);
  CHECK(second.error().code() == errc::resource);
  CHECK_THAT(second.error().message(), ContainsSubstring("one at a time"));
  REQUIRE(first->end());
  REQUIRE(first->end());  // harmless
  for (auto const buffer : {std::size_t{0}, std::size_t{1'000'001}}) {
    auto const refused = trace::to(nowhere, {.buffer = buffer});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == errc::invalid);
    CHECK_THAT(refused.error().message(), ContainsSubstring("buffer = " + std::to_string(buffer)));
    CHECK_THAT(refused.error().message(), ContainsSubstring("1 to 1000000"));
  }
  CHECK(trace::to(nowhere));
}

TEST_CASE("a file that cannot be written is refused, and one that can holds the trace", "[observe][trace]") {
  auto const missing = trace::to_file("no-such-folder/trace.json");
  REQUIRE_FALSE(missing);
  CHECK_THAT(missing.error().message(), ContainsSubstring("no-such-folder/trace.json"));
  auto const path = (std::filesystem::temp_directory_path() / "sluice-trace-test.json").string();
  {
    auto recording = trace::to_file(path, {.virtual_time = true});
    REQUIRE(recording);
    CHECK_FALSE(trace::to_file(path));  // and leaves the file of the other alone
    testing::deterministic_runtime rt{1};
    rt.spawn(rests(rt.background(), "rest", 3)).detach();
    CHECK(rt.run() == ended::all_tasks_done);
    REQUIRE(recording->end());
  }
  std::ifstream file{path};
  std::string const text{std::istreambuf_iterator<char>{file}, {}};
  CHECK(trace_file{text}.of("b", "rest").size() == 1);
  std::remove(path.c_str());
}

TEST_CASE("output that throws makes an incomplete trace, and nobody else suffers", "[observe][trace]") {
  auto recording = trace::to([](std::string_view) { throw std::runtime_error{"full"}; },
                             {.virtual_time = true, .buffer = 4});
  REQUIRE(recording);
  testing::deterministic_runtime rt{1};
  for (int i = 0; i < 20; ++i) rt.spawn(rests(rt.background(), "rest", 50)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  auto const written = recording->end();
  REQUIRE_FALSE(written);
  CHECK(written.error().code() == errc::resource);
}

TEST_CASE("the rings of a recorded run become a trace", "[observe][trace]") {
  auto const figures = std::make_unique<telemetry_block>();
  auto const what = scenarios::find("worker-pool");
  REQUIRE(what);
  auto params = scenarios::values::defaults(**what);
  REQUIRE(params.set("jobs", "50"));
  auto begun = scenarios::run::start({*what, std::move(params), 3, scenarios::engine_kind::sim}, *figures);
  REQUIRE(begun);
  while ((*begun)->slice(duration::max(), duration{0}) == scenarios::run_state::running) {
  }
  std::string text;
  std::vector<std::string> const names{"jobs"};
  write_perfetto(*figures, [&](std::string_view more) { text += more; }, names);
  trace_file const trace{text};
  auto slices = 0;
  for (auto const* each : trace.of("B")) slices += trace_file::text_of(*each, "cat") == "work" ? 1 : 0;
  CHECK(slices == 50);
  CHECK(!trace.of("C", "jobs").empty());
  CHECK(!trace.of("b", "task 1").empty());
}

TEST_CASE("a recorder that keeps everything leaves the hash of the run as it is", "[observe][recorder][Z1]") {
  auto const recorded = [](recording how_much) {
    auto const figures = std::make_unique<telemetry_block>();
    figures->clear();
    runtime rt{simulation{.workers = 2, .seed = 4}};
    recorder const keeps{*figures, rt.home(), true, how_much};
    for (int i = 0; i < 5; ++i) rt.spawn(rests(rt.background(), "rest", 2)).detach();
    CHECK(rt.simulated()->advance(never, 0) == ended::all_tasks_done);
    return std::tuple{keeps.hash(), keeps.count(), figures->events.front().head.load()};
  };
  auto const [hash, count, kept] = recorded(recording::the_run);
  auto const [full_hash, full_count, full_kept] = recorded(recording::everything);
  CHECK(hash == full_hash);
  CHECK(count == full_count);
  CHECK(kept == count);
  CHECK(full_kept >= count + 30);  // 15 spans, each with two ends
}
