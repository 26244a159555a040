#include <memory>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/platform/thread.hpp>
#include <sluice/scenarios/json.hpp>
#include <sluice/scenarios/run.hpp>

using namespace sluice;
using namespace sluice::scenarios;

namespace {

auto request(std::string_view scenario, std::string_view params, engine_kind engine,
             std::uint64_t seed = 7) -> run_request {
  auto const found = find(scenario);
  REQUIRE(found);
  auto v = values::defaults(**found);
  auto const set = v.set_all(params);
  INFO((set ? std::string{} : set.error().message()));
  REQUIRE(set);
  return {.what = *found, .params = std::move(v), .seed = seed, .engine = engine};
}

void check_whole(outcome const& of) {
  INFO(of.failure);
  CHECK(of.state == run_state::finished);
  CHECK(of.failure.empty());
  CHECK(of.items_out > 0);
  CHECK(of.elapsed_ns > 0);
  CHECK(of.utilisation >= 0);
  CHECK(of.utilisation <= 1);
  for (auto const& each : of.invariants) {
    CAPTURE(each.name, each.expected, each.actual);
    CHECK(each.held);
  }
  CHECK(of.invariants.size() >= 3);
  if (of.latency.count() > 0) {
    CHECK(of.latency.percentile(50) <= of.latency.percentile(90));
    CHECK(of.latency.percentile(90) <= of.latency.percentile(99));
  }
}

struct small_run {
  char const* scenario;
  char const* params;
};

constexpr small_run small_runs[] = {
    {"worker-pool", "jobs=300&work=20&rate=100000"},
    {"worker-pool", "jobs=300&work=20&rate=100000&when-full=wait&queue=4"},
    {"worker-pool", "jobs=300&work=20&arrival=closed&workers=2&when-full=wait"},
    {"worker-pool", "jobs=100&work=20&arrival=closed&queue=0&when-full=wait&spread=uniform"},
    {"worker-pool", "jobs=1&workers=1&spread=constant"},
    {"pipeline", "items=200&work-1=10&work-2=20&work-3=10"},
    {"pipeline", "items=200&work-1=10&work-2=20&work-3=10&parallelism-2=4&ordered=false&buffer=0"},
    {"pipeline", "items=200&stages=5&work-1=5&work-2=5&work-3=5&work-4=5&work-5=5&parallelism-3=3"},
    {"pipeline", "items=100&work-1=5&work-2=5&work-3=5&consumer=slow&consumer-work=30"},
    {"pipeline", "items=500&work-1=5&work-2=10&work-3=5&consumer=leaves&leave-after=50"},
    {"pipeline", "items=50&consumer=leaves&leave-after=1"},
    {"lock-free-queue", "operations=20000&implementation=mutex"},
    {"lock-free-queue", "operations=20000&implementation=linked"},
    {"lock-free-queue", "operations=20000&implementation=ring&capacity=16"},
    {"lock-free-queue", "operations=20000&implementation=ring&producers=1&consumers=3"},
    {"lock-free-queue", "operations=20000&implementation=linked&producers=16&consumers=16"},
    {"lock-free-queue", "operations=20000&implementation=linked-epochs"},
    {"lock-free-queue", "operations=20000&implementation=barging"},
    {"lock-free-stack", "operations=20000&implementation=mutex"},
    {"lock-free-stack", "operations=20000&implementation=epochs&producers=3&consumers=4"},
    {"lock-free-stack", "operations=20000&implementation=barging"},
    {"lock-free-stack", "operations=20000&implementation=hazard"},
    {"lock-free-stack", "operations=20000&implementation=hazard&producers=5&consumers=2&room=100"},
    {"lock-free-stack", "operations=1000&implementation=mutex&producers=3&consumers=3&room=1"},
    {"work-stealing-deque", "items=20000&work=0"},
    {"work-stealing-deque", "items=20000&work=0&taking=batch"},
    {"work-stealing-deque", "items=2000&work=1&taking=batch&thieves=7"},
    {"work-stealing-deque", "items=1000&thieves=0"},
    {"counter", "operations=40000&kind=atomic"},
    {"counter", "operations=40000&kind=striped&workers=7"},
    {"counter", "operations=40000&kind=mutex&workers=3"},
    {"atomic-vs-mutex", "operations=40000"},
    {"atomic-vs-mutex", "operations=40000&kind=exchange&workers=4"},
    {"atomic-vs-mutex", "operations=40001&kind=mutex&workers=3"},
    {"atomic-vs-mutex", "operations=40000&kind=barging&workers=3"},
    {"atomic-vs-mutex", "operations=10001&kind=task-mutex&workers=3"},
    {"atomic-vs-mutex", "operations=1000&workers=16"},
};

constexpr small_run long_runs[] = {
    {"worker-pool", ""},
    {"pipeline", ""},
    {"lock-free-queue", "operations=50000000"},
    {"lock-free-stack", "operations=50000000"},
    {"work-stealing-deque", "items=50000000"},
    {"work-stealing-deque", "items=50000000&work=10&taking=batch"},
    {"counter", "operations=500000000"},
    {"atomic-vs-mutex", "operations=500000000"},
    {"atomic-vs-mutex", "operations=500000000&kind=task-mutex&workers=3"},
};

}  // namespace

TEST_CASE("every scenario runs to its end in simulation, and nothing is lost or left", "[scenarios][sim]") {
  auto const& each = GENERATE(from_range(std::begin(small_runs), std::end(small_runs)));
  auto const seed = GENERATE(1, 2, 3);
  CAPTURE(each.scenario, each.params, seed);
  auto const ended = run_to_end(request(each.scenario, each.params, engine_kind::sim,
                                        static_cast<std::uint64_t>(seed)));
  REQUIRE(ended);
  check_whole(*ended);
}

TEST_CASE("every scenario runs to its end on threads, and nothing is lost or left",
          "[scenarios][threads]") {
  auto const& each = GENERATE(from_range(std::begin(small_runs), std::end(small_runs)));
  CAPTURE(each.scenario, each.params);
  auto const ended = run_to_end(request(each.scenario, each.params, engine_kind::threads));
  REQUIRE(ended);
  check_whole(*ended);
  CHECK(ended->steps_per_ns > 0);
}

TEST_CASE("a figure that one scenario alone has travels with its outcome", "[scenarios][sim]") {
  auto const wanted = request("work-stealing-deque", "items=3000&thieves=2", engine_kind::sim);
  auto const ended = run_to_end(wanted);
  REQUIRE(ended);
  REQUIRE(ended->findings.size() == 3);
  CHECK(ended->findings[0].name == "share of the owner");
  CHECK(ended->findings[2].name == "share of thief 2");
  double shares = 0;
  for (auto const& each : ended->findings) shares += std::stod(each.value);
  CHECK(shares > 99);
  CHECK(shares <= 100);
  auto const json = outcome_json(wanted, *ended);
  CHECK(json.find(R"("findings":[{"name":"share of the owner","value":")" + ended->findings[0].value + '"') !=
        json.npos);
}

TEST_CASE("the same seed comes to the same outcome in simulation, down to the last figure",
          "[scenarios][sim][Z1]") {
  auto const wanted = request("worker-pool", "jobs=400&rate=30000", engine_kind::sim);
  CHECK(outcome_json(wanted, *run_to_end(wanted)) == outcome_json(wanted, *run_to_end(wanted)));
}

TEST_CASE("a simulated run moves only in slices, and time passes only as far as it is let",
          "[scenarios][sim][Z2]") {
  auto figures = std::make_unique<telemetry_block>();
  auto begun = run::start(request("worker-pool", "jobs=1000", engine_kind::sim), *figures);
  REQUIRE(begun);
  auto& run = **begun;
  CHECK(run.state() == run_state::running);
  CHECK(figures->read(counter::items_in) == 0);
  run.slice(std::chrono::milliseconds{5}, duration{0});
  CHECK(run.state() == run_state::running);
  CHECK(figures->now.load() <= 5'000'000);
  CHECK(figures->read(counter::items_out) > 0);
  auto const before = figures->trace_count.load();
  run.pause();
  CHECK(run.slice(duration::max(), duration{0}) == run_state::paused);
  CHECK(figures->trace_count.load() == before);
  CHECK(run.step(1) == run_state::paused);
  CHECK(figures->trace_count.load() >= before);
  run.resume();
  CHECK(run.slice(duration::max(), duration{0}) == run_state::finished);
}

TEST_CASE("a run that is stopped is cancelled, tells how far it came, and leaves nothing behind",
          "[scenarios][sim][Q3]") {
  auto const* const scenario =
      GENERATE("worker-pool", "pipeline", "lock-free-queue", "lock-free-stack", "work-stealing-deque",
               "counter", "atomic-vs-mutex");
  CAPTURE(scenario);
  auto figures = std::make_unique<telemetry_block>();
  auto begun = run::start(request(scenario, "", engine_kind::sim), *figures);
  REQUIRE(begun);
  (*begun)->slice(std::chrono::milliseconds{3}, duration{0});
  (*begun)->stop();
  CHECK((*begun)->state() == run_state::cancelled);
  auto const& ended = (*begun)->result_of();
  CHECK(ended.failure.empty());
  for (auto const& each : ended.invariants) {
    CAPTURE(each.name, each.expected, each.actual);
    CHECK(each.held);
  }
}

TEST_CASE("a run on threads stops within a moment, also while it is paused", "[scenarios][threads][Q3]") {
  auto const& long_run = GENERATE(from_range(std::begin(long_runs), std::end(long_runs)));
  auto const paused = GENERATE(false, true);
  CAPTURE(long_run.scenario, long_run.params, paused);
  auto figures = std::make_unique<telemetry_block>();
  auto begun = run::start(request(long_run.scenario, long_run.params, engine_kind::threads), *figures);
  REQUIRE(begun);
  while (figures->read(counter::items_in) < 20) std::this_thread::yield();
  if (paused) (*begun)->pause();
  (*begun)->stop();
  (*begun)->wait();
  CHECK((*begun)->state() == run_state::cancelled);
  for (auto const& each : (*begun)->result_of().invariants) {
    CAPTURE(each.name, each.expected, each.actual);
    CHECK(each.held);
  }
}

TEST_CASE("a live parameter changes during a run, any other is refused", "[scenarios][sim]") {
  auto figures = std::make_unique<telemetry_block>();
  auto begun = run::start(request("worker-pool", "jobs=100000&rate=1000&work=10", engine_kind::sim), *figures);
  REQUIRE(begun);
  auto& run = **begun;
  run.slice(std::chrono::milliseconds{100}, duration{0});
  auto const slow = figures->read(counter::items_in);
  REQUIRE(run.set_live("rate", "100000"));
  run.slice(std::chrono::milliseconds{200}, duration{0});
  CHECK(figures->read(counter::items_in) > slow * 20);
  auto const fixed = run.set_live("workers", "2");
  REQUIRE(!fixed);
  CHECK(fixed.error().code() == errc::rejected);
  CHECK(run.set_live("rate", "1").error().code() == errc::invalid);
  CHECK(run.set_live("no-such", "1").error().code() == errc::not_found);
}

TEST_CASE("producers rest while the room is full: no more is ever inside", "[scenarios][threads]") {
  auto const engine = GENERATE(engine_kind::sim, engine_kind::threads);
  auto figures = std::make_unique<telemetry_block>();
  auto begun = run::start(
      request("lock-free-stack", "operations=30000&producers=6&consumers=2&room=700", engine), *figures);
  REQUIRE(begun);
  if (engine == engine_kind::threads) (*begun)->wait();
  while (!is_final((*begun)->state())) (*begun)->slice(duration::max(), duration{0});
  CHECK((*begun)->state() == run_state::finished);
  CHECK(figures->gauges[0].high.load() > 100);
  CHECK(figures->gauges[0].high.load() <= 700);
}

TEST_CASE("the telemetry adds up to the outcome", "[scenarios][sim]") {
  auto figures = std::make_unique<telemetry_block>();
  auto begun = run::start(request("worker-pool", "jobs=500&rate=50000&queue=8", engine_kind::sim), *figures);
  REQUIRE(begun);
  while (!is_final((*begun)->slice(duration::max(), duration{0}))) {
  }
  auto const& ended = (*begun)->result_of();
  std::uint64_t pieces = 0;
  std::uint64_t busy = 0;
  for (std::size_t i = 0; i < figures->lanes_used.load(); ++i) {
    pieces += figures->lanes[i].items.load();
    busy += figures->lanes[i].busy.load();
  }
  CHECK(pieces == ended.items_out);
  CHECK(ended.dropped > 0);
  CHECK(ended.items_in + ended.dropped == 500);
  CHECK(figures->gauges[0].high.load() <= 8);
  CHECK(figures->gauges[0].value.load() == 0);
  CHECK(figures->read(counter::spawned) == figures->read(counter::ended));
  auto const share = static_cast<double>(busy) /
                     (static_cast<double>(ended.elapsed_ns) * ended.workers);
  CHECK(share > ended.utilisation - 0.001);
  CHECK(share < ended.utilisation + 0.001);
}
