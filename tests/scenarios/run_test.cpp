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
    {"ping-pong", "items=300"},
    {"ping-pong", "items=1&work=0"},
    {"ping-pong", "items=400&pairs=7&workers=3&work=0"},
    {"ping-pong", "items=30&pairs=64&workers=1&work=5&buffer=1"},
    {"ping-pong", "items=300&pairs=3&workers=4&work=2&buffer=16"},
    {"producer-consumer", "items=300&produce=20&consume=20"},
    {"producer-consumer", "items=300&produce=0&consume=0&producers=5&consumers=4"},
    {"producer-consumer", "items=300&produce=5&consume=20&buffer=0&spread=constant"},
    {"producer-consumer", "items=3&producers=16&consumers=16&produce=5&consume=5"},
    {"mutex-vs-rwmutex", "operations=300&inside=10&outside=5"},
    {"mutex-vs-rwmutex", "operations=300&inside=10&outside=5&kind=mutex"},
    {"mutex-vs-rwmutex", "operations=301&inside=5&outside=0&reads=0&workers=3"},
    {"mutex-vs-rwmutex", "operations=300&inside=0&outside=0&reads=50&workers=7"},
    {"mutex-vs-rwmutex", "operations=5&reads=100&workers=16"},
    {"condition-variable", "items=300&gap=10&work=20"},
    {"condition-variable", "items=300&gap=10&work=20&wake=broadcast"},
    {"condition-variable", "items=300&gap=0&work=0&waiters=64&workers=2&wake=broadcast"},
    {"condition-variable", "items=1&waiters=1&workers=1"},
    {"semaphore-limit", "items=300&work=20"},
    {"semaphore-limit", "items=300&work=10&callers=7&permits=1&heavy=50&weight=16"},
    {"semaphore-limit", "items=300&work=10&callers=3&permits=16&heavy=100&weight=7"},
    {"semaphore-limit", "items=5&work=0&callers=16"},
    {"safe-counter", "items=300&between=10&work=10"},
    {"safe-counter", "items=301&between=0&work=0&workers=7"},
    {"safe-counter", "items=1&workers=16"},
    {"context-tree", "trees=5"},
    {"context-tree", "trees=5&ends=deadline&levels=5&children=2&life=200"},
    {"context-tree", "trees=3&levels=1&children=1&cancelled=root&tidying=0&life=10"},
    {"context-tree", "trees=4&levels=2&cancelled=leaf&tidying=5"},
    {"context-tree", "trees=3&levels=4&children=2&cancelled=branch&life=50"},
    {"deadlines", "requests=60"},
    {"deadlines", "requests=40&hanging=100&budget=1"},
    {"deadlines", "requests=40&hanging=0&callers=1&user=10&orders=10&budget=1000"},
    {"deadlines", "requests=60&callers=64&user-share=1&budget=2&user=300"},
    {"error-group", "groups=10&work=50"},
    {"error-group", "groups=5&others=go-on&failing=50&work=50"},
    {"error-group", "groups=5&failing=100&limit=1&functions=3&work=50"},
    {"error-group", "groups=5&failing=0&limit=64&functions=64&work=20"},
    {"once-race", "values=10&making=50"},
    {"once-race", "values=10&making=50&failure=keep"},
    {"once-race", "values=10&making=50&failure=unguarded"},
    {"once-race", "values=5&failing=100&callers=3&making=10"},
    {"once-race", "values=3&making=0&using=1&callers=256"},
    {"deadlock", "way=lock-all&turns=50&work=10"},
    {"deadlock", "way=lock-all&turns=20&tasks=6&work=5"},
    {"deadlock", "way=channels&work=10"},
    {"million-tasks", "tasks=5000&waiting=1"},
    {"million-tasks", "tasks=257&work=0&workers=16&waiting=0"},
    {"million-tasks", "tasks=1&waiting=0&work=0&workers=1"},
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
    {"ping-pong", "items=1000000"},
    {"ping-pong", "items=1000000&pairs=16&work=0&workers=4"},
    {"producer-consumer", "items=1000000"},
    {"mutex-vs-rwmutex", "operations=1000000"},
    {"mutex-vs-rwmutex", "operations=1000000&kind=mutex&reads=50"},
    {"condition-variable", "items=1000000"},
    {"condition-variable", "items=1000000&wake=broadcast&work=10000"},
    {"semaphore-limit", "items=1000000&heavy=50"},
    {"safe-counter", "items=1000000"},
    {"context-tree", "trees=1000000"},
    {"context-tree", "trees=1000000&ends=deadline&levels=5&life=100000"},
    {"deadlines", "requests=1000000"},
    {"deadlines", "requests=1000000&hanging=100&budget=1000&callers=64"},
    {"error-group", "groups=1000000"},
    {"error-group", "groups=1000000&others=go-on&work=10000&functions=64&limit=64"},
    {"once-race", "values=1000000&making=10000&callers=256"},
    {"deadlock", "way=lock-all&turns=100000&tasks=3&work=10"},
    {"million-tasks", "waiting=10000&tasks=200000"},
    {"lock-free-queue", "operations=50000000"},
    {"lock-free-stack", "operations=50000000"},
    {"work-stealing-deque", "items=50000000"},
    {"work-stealing-deque", "items=50000000&work=10&taking=batch"},
    {"counter", "operations=500000000"},
    {"atomic-vs-mutex", "operations=500000000"},
    {"atomic-vs-mutex", "operations=500000000&kind=task-mutex&workers=3"},
};

auto found_out(outcome const& of, std::string_view name) -> std::string {
  for (auto const& each : of.findings)
    if (each.name == name) return each.value;
  FAIL("nothing was found out about " << name);
  return {};
}

auto checked(outcome const& of, std::string_view name) -> invariant {
  for (auto const& each : of.invariants)
    if (each.name == name) return each;
  FAIL("nobody checked " << name);
  return {};
}

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

TEST_CASE("what is read and written back loses additions as soon as there are two, and locked it does not",
          "[scenarios][threads]") {
  auto const engine = GENERATE(engine_kind::sim, engine_kind::threads);
  auto const counted = [&](std::string const& params) {
    auto const ended = run_to_end(request("safe-counter", params, engine));
    REQUIRE(ended);
    check_whole(*ended);
    REQUIRE(ended->findings.size() == 3);
    CHECK(ended->findings[1].value == "400 of 400");
    CHECK(ended->findings[2].value == "400 of 400");
    return std::stoull(ended->findings[0].value);
  };
  CHECK(counted("items=400&workers=1") == 400);
  CHECK(counted("items=400&workers=4&between=200&work=0") < 400);
}

TEST_CASE("readers are together behind a shared mutex only, and permits are a limit", "[scenarios][sim]") {
  auto const finding = [](std::string_view scenario, std::string_view params) {
    auto const ended = run_to_end(request(scenario, params, engine_kind::sim));
    REQUIRE(ended);
    check_whole(*ended);
    REQUIRE(!ended->findings.empty());
    return ended->findings[0].value;
  };
  CHECK(finding("mutex-vs-rwmutex", "operations=400&kind=mutex") == "1");
  CHECK(finding("mutex-vs-rwmutex", "operations=400&kind=shared") == "4");
  CHECK(finding("semaphore-limit", "items=400&permits=2&heavy=0") == "2 of 2");
  CHECK(finding("semaphore-limit", "items=400&permits=16&heavy=0&callers=5") == "5 of 16");
}

TEST_CASE("a broadcast wakes for nothing, a signal does so seldom", "[scenarios][sim]") {
  auto const woken = [](std::string_view params) {
    auto const ended = run_to_end(request("condition-variable", params, engine_kind::sim));
    REQUIRE(ended);
    check_whole(*ended);
    REQUIRE(ended->findings.size() == 1);
    return std::stoull(ended->findings[0].value);
  };
  auto const by_signal = woken("items=500&work=50&wake=signal");
  auto const by_broadcast = woken("items=500&work=50&wake=broadcast");
  CHECK(by_signal < 50);
  CHECK(by_broadcast > 500);
}

TEST_CASE("a child that asks for more time than its parent has gets what the parent has",
          "[scenarios][sim][X7]") {
  auto const share = [](std::string_view params) {
    auto const ended = run_to_end(request("context-tree", params, engine_kind::sim));
    REQUIRE(ended);
    check_whole(*ended);
    auto const text = found_out(*ended, "deadlines that a parent cut short");
    return std::stoi(text);
  };
  // One child asks for half of the root's time to half as much again: one in two has too much.
  CHECK(share("trees=400&ends=deadline&levels=1&children=1") > 40);
  CHECK(share("trees=400&ends=deadline&levels=1&children=1") < 60);
  CHECK(share("trees=100&ends=deadline&levels=5&children=2") > 60);
}

TEST_CASE("a call that hangs costs its caller the budget, and no more", "[scenarios][threads]") {
  auto const engine = GENERATE(engine_kind::sim, engine_kind::threads);
  auto const run_of = [&](std::string const& params) {
    return run_to_end(request("deadlines", "requests=24&user=10&orders=10&" + params, engine));
  };
  auto const hung = run_of("hanging=100&budget=20");
  REQUIRE(hung);
  check_whole(*hung);
  CHECK(found_out(*hung, "answered") == "0 of 24");
  CHECK(hung->latency.percentile(1) > 19'000'000);
  if (engine == engine_kind::sim) CHECK(hung->latency.percentile(100) < 21'000'000);
  auto const well = run_of("hanging=0&budget=1000&user-share=100");
  REQUIRE(well);
  check_whole(*well);
  CHECK(found_out(*well, "answered") == "24 of 24");
  CHECK(found_out(*well, "calls that were given up") == "0");
}

TEST_CASE("the first error ends the others, or leaves them alone, and each is kept", "[scenarios][threads]") {
  auto const engine = GENERATE(engine_kind::sim, engine_kind::threads);
  // One at a time: the first fails, and the four behind it never begin.
  std::string const params = "groups=20&functions=5&limit=1&failing=100&work=20";
  auto const one = run_to_end(request("error-group", params, engine));
  REQUIRE(one);
  check_whole(*one);
  CHECK(found_out(*one, "failed") == "20");
  CHECK(found_out(*one, "gave up") == "80");
  auto const all = run_to_end(request("error-group", params + "&others=go-on", engine));
  REQUIRE(all);
  check_whole(*all);
  CHECK(found_out(*all, "failed") == "100");
  CHECK(found_out(*all, "gave up") == "0");
  CHECK(checked(*all, "errors kept = functions that failed or gave up").actual == "100");
}

TEST_CASE("what cannot be made is tried once or by everybody, and without a once by several at a time",
          "[scenarios][threads]") {
  auto const engine = GENERATE(engine_kind::sim, engine_kind::threads);
  auto const raced = [&](std::string const& params) {
    auto ended = run_to_end(request("once-race", "values=10&callers=8&making=50&using=0&" + params, engine));
    REQUIRE(ended);
    check_whole(*ended);
    return *std::move(ended);
  };
  CHECK(found_out(raced("failure=keep&failing=100"), "attempts to make a value") == "10 for 10 values");
  CHECK(found_out(raced("failure=keep&failing=100"), "callers who were told it failed") == "80");
  CHECK(found_out(raced("failure=retry&failing=100"), "attempts to make a value") == "80 for 10 values");
  CHECK(found_out(raced("failure=retry&failing=0"), "attempts to make a value") == "10 for 10 values");
  if (engine == engine_kind::sim)
    CHECK(std::stoi(raced("failure=unguarded&failing=0").findings[1].value) > 10);
}

TEST_CASE("tasks that wait for each other are found out, and the report says who waits for whom",
          "[scenarios][threads]") {
  auto const engine = GENERATE(engine_kind::sim, engine_kind::threads);
  auto const tasks = GENERATE(2U, 5U);
  auto const way = GENERATE(std::string{"own-first"}, std::string{"channels"});
  CAPTURE(tasks, way);
  auto const ended =
      run_to_end(request("deadlock", "work=20&way=" + way + "&tasks=" + std::to_string(tasks), engine));
  REQUIRE(ended);
  INFO(ended->failure);
  CHECK(ended->state == run_state::finished);
  CHECK(checked(*ended, "one deadlock, as expected").actual == "1");
  REQUIRE(ended->findings.size() == tasks);
  auto const last = found_out(*ended, "task " + std::to_string(tasks));
  CHECK(last.starts_with("started at deadlock.cpp:"));
  CHECK(last.ends_with(way == "channels"
                           ? "room in a channel: channel " + std::to_string(tasks) + ", read by task 1"
                           : "a mutex: mutex 1, held by task 1"));
}

TEST_CASE("with lock_all nobody waits in a circle", "[scenarios][sim]") {
  for (auto const* params : {"way=lock-all&turns=200&tasks=2", "way=lock-all&turns=200&tasks=6&work=1"}) {
    auto const ended = run_to_end(request("deadlock", params, engine_kind::sim));
    REQUIRE(ended);
    check_whole(*ended);
    CHECK(checked(*ended, "deadlocks").actual == "0");
    CHECK(ended->findings.empty());
  }
}

TEST_CASE("tasks that wait are all there at once, and a few hundred bytes each", "[scenarios][threads]") {
  auto const engine = GENERATE(engine_kind::sim, engine_kind::threads);
  auto const ended = run_to_end(request("million-tasks", "tasks=20000&waiting=1&work=0", engine));
  REQUIRE(ended);
  check_whole(*ended);
  CHECK(checked(*ended, "tasks there was memory for, all alive at once").actual == "20000");
  auto const bytes = std::stoi(found_out(*ended, "memory of a task that waits"));
  CHECK(bytes >= 128);
  CHECK(bytes <= 4096);  // sanitizers put walls around each
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
               "counter", "atomic-vs-mutex", "ping-pong", "producer-consumer", "mutex-vs-rwmutex",
               "condition-variable", "semaphore-limit", "safe-counter", "context-tree", "deadlines",
               "error-group", "once-race", "million-tasks");
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
