// Simulation: a seed is a schedule, and time moves only when there is nothing else to do.
#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/channel/channel.hpp>
#include <sluice/probe/probe.hpp>
#include <sluice/sync/mutex.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/sleep.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

auto const always = context::background();

/// Keeps the virtual worker busy without computing anything.
struct busy {
  duration span;
  [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
  template <task_promise Promise>
  auto await_suspend(std::coroutine_handle<Promise> working) const noexcept -> bool {
    auto& control = *working.promise().control;
    control.suspend_at(working, "its work");
    return control.home().occupy(control, span);
  }
  void await_resume() const noexcept {}
};

/// Everything the probes say, in order.
class recorded_trace final : public probe::sink {
 public:
  recorded_trace() { probe::listen(this); }
  ~recorded_trace() { probe::listen(nullptr); }
  void on(probe::verb what, probe::place where, std::uint64_t a, std::uint64_t b) noexcept override {
    events.emplace_back(what, where.task, where.worker, a, b);
  }
  std::vector<std::tuple<probe::verb, std::uint32_t, std::uint16_t, std::uint64_t, std::uint64_t>>
      events;
};

/// Some of everything: hand-overs, a lock, sleeps, yields, cancels. Returns its trace.
auto trace_of(simulation options) {
  recorded_trace trace;
  channel<int> ch{1};
  ch.watch(1);
  mutex ledger;
  auto producer = [&](context ctx, int who) -> task<void> {
    for (int i = 0; i < 5; ++i) {
      if (!co_await ch.send(ctx, who * 10 + i)) co_return;
      co_await busy{duration{(who + 1) * 7}};
    }
  };
  auto consumer = [&](context ctx) -> task<void> {
    while (auto value = co_await ch.recv(ctx)) {
      auto const held = co_await ledger.lock(ctx);
      (void)co_await sleep_for(ctx, duration{*value % 4});
    }
  };
  runtime rt{std::move(options)};
  auto const scope = with_timeout(rt.background(), 200ns);
  for (int who = 0; who < 3; ++who) rt.spawn(producer(scope, who)).detach();
  for (int who = 0; who < 2; ++who) rt.spawn(consumer(scope)).detach();
  CHECK(rt.simulated()->advance(never, 0) == ended::all_tasks_done);
  return std::move(trace.events);
}

}  // namespace

TEST_CASE("one seed is one schedule, to the last event", "[sim][runtime][Z1]") {
  auto const seed = static_cast<std::uint64_t>(GENERATE(range(0, 16)));
  auto const workers = GENERATE(1U, 3U);
  auto const first = trace_of({.workers = workers, .seed = seed});
  CHECK(first.size() > 50);
  CHECK(first == trace_of({.workers = workers, .seed = seed}));
}

TEST_CASE("different seeds are different schedules", "[sim][runtime][Z1][Z3]") {
  std::set<decltype(trace_of({}))> traces;
  for (std::uint64_t seed = 0; seed < 16; ++seed) traces.insert(trace_of({.workers = 2, .seed = seed}));
  CHECK(traces.size() > 12);
}

TEST_CASE("round robin runs tasks in the order in which they became runnable, whatever the seed",
          "[sim][runtime][Z3]") {
  std::string order;
  auto body = [&](char who) -> task<void> {
    for (int i = 0; i < 3; ++i) {
      order += who;
      co_await yield();
    }
  };
  testing::deterministic_runtime rt{simulation{.workers = 1,
                                               .seed = static_cast<std::uint64_t>(GENERATE(range(0, 4))),
                                               .strategy = schedule_strategy::round_robin}};
  for (char const who : {'a', 'b', 'c'}) rt.spawn(body(who)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(order == "abcabcabc");
}

TEST_CASE("every runnable task is picked first by some seed", "[sim][runtime][Z3]") {
  std::set<int> firsts;
  for (int seed = 0; seed < 64; ++seed) {
    int first = -1;
    auto body = [&](int who) -> task<void> {
      if (first < 0) first = who;
      co_return;
    };
    testing::deterministic_runtime rt{seed, 1};
    for (int who = 0; who < 5; ++who) rt.spawn(body(who)).detach();
    CHECK(rt.run() == ended::all_tasks_done);
    firsts.insert(first);
  }
  CHECK(firsts.size() == 5);
}

TEST_CASE("an hour with ten timers passes in a handful of steps", "[sim][runtime][Z2]") {
  std::vector<instant> woken;
  auto sleeper = [&](executor& home, duration span) -> task<void> {
    (void)co_await sleep_for(always, span);
    woken.push_back(home.now());
  };
  testing::deterministic_runtime rt{GENERATE(range(0, 16))};
  for (int i = 10; i > 0; --i) rt.spawn(sleeper(rt.home(), i * 6min)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(rt.now() == instant{1h});
  REQUIRE(woken.size() == 10);
  for (int i = 0; i < 10; ++i) CHECK(woken[static_cast<std::size_t>(i)] == instant{(i + 1) * 6min});
  CHECK(rt.inner().simulated()->steps() == 30);  // ten begin, ten jumps, ten end
}

TEST_CASE("virtual work keeps a virtual worker busy", "[sim][runtime][Z2]") {
  auto const workers = GENERATE(1U, 2U, 4U);
  auto job = []() -> task<void> { co_await busy{1ms}; };
  testing::deterministic_runtime rt{GENERATE(range(0, 16)), workers};
  for (int i = 0; i < 8; ++i) rt.spawn(job()).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(rt.now() == instant{8ms / workers});
}

TEST_CASE("a task that works stays on its worker, and nobody else runs there meanwhile",
          "[sim][runtime][Z2]") {
  recorded_trace trace;
  bool working = false;
  bool disturbed = false;
  auto job = [&]() -> task<void> {
    for (int i = 0; i < 5; ++i) {
      if (std::exchange(working, true)) disturbed = true;
      co_await busy{10ns};
      working = false;
      co_await yield();
    }
  };
  testing::deterministic_runtime rt{GENERATE(range(0, 16)), 1};
  for (int i = 0; i < 3; ++i) rt.spawn(job()).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK_FALSE(disturbed);
  CHECK(rt.now() == instant{150ns});
}

TEST_CASE("time stands still while a free worker has a task to run", "[sim][runtime][Z2]") {
  auto spin = [](executor& home) -> task<bool> {
    for (int i = 0; i < 1000; ++i) {
      co_await yield();
      if (home.now() != instant{}) co_return false;
    }
    co_return true;
  };
  testing::deterministic_runtime rt{1};
  auto const scope = with_timeout(rt.background(), 1ns);
  CHECK(rt.block_on(spin(rt.home())) == true);
  CHECK_FALSE(scope.ctx().done());
}

TEST_CASE("with a price per slice, a loop that only yields can be timed out", "[sim][runtime][Z2]") {
  auto spin = [](context ctx) -> task<int> {
    int turns = 0;
    for (; !ctx.done(); ++turns) co_await yield();
    co_return turns;
  };
  testing::deterministic_runtime rt{simulation{.workers = 1, .seed = 3, .slice_cost = 1us}};
  auto const scope = with_timeout(rt.background(), 100us);
  auto const turns = rt.block_on(spin(scope));
  REQUIRE(turns);
  CHECK(*turns >= 99);
  CHECK(*turns <= 101);
}

TEST_CASE("a stretch of simulation ends before the jump that would pass its limit", "[sim][runtime]") {
  bool woken = false;
  auto sleeper = [&]() -> task<void> {
    (void)co_await sleep_for(always, 10ms);
    woken = true;
  };
  testing::deterministic_runtime rt{1};
  rt.spawn(sleeper()).detach();
  CHECK(rt.run_until(instant{9ms}) == ended::not_yet);
  CHECK(rt.now() == instant{});  // time did not go where nothing happens
  CHECK_FALSE(woken);
  CHECK(rt.run_until(instant{10ms}) == ended::all_tasks_done);
  CHECK(woken);
}

TEST_CASE("one step is one slice or one jump", "[sim][runtime]") {
  int slices = 0;
  auto body = [&]() -> task<void> {
    ++slices;
    (void)co_await sleep_for(always, 1s);
    ++slices;
  };
  testing::deterministic_runtime rt{1};
  rt.spawn(body()).detach();
  CHECK(rt.step() == ended::not_yet);
  CHECK(slices == 1);
  CHECK(rt.step() == ended::not_yet);
  CHECK(rt.now() == instant{1s});
  CHECK(slices == 1);
  CHECK(rt.step() == ended::all_tasks_done);
  CHECK(slices == 2);
}

TEST_CASE("while somebody outside may still wake a task, waiting is no deadlock", "[sim][runtime][G4]") {
  channel<int> ch{0};
  auto wait = [&]() -> task<void> { (void)co_await ch.recv(always); };
  testing::deterministic_runtime rt{1};
  rt.spawn(wait()).detach();
  {
    runtime::keep_alive const guard{rt.inner()};
    CHECK(rt.run() == ended::not_yet);
  }
  CHECK(rt.run() == ended::deadlock);
  CHECK(ch.try_send(1));
  CHECK(rt.run() == ended::all_tasks_done);
}

TEST_CASE("a simulation without workers, or with too many, is misuse", "[sim][runtime]") {
  CHECK_THROWS_AS(runtime(simulation{.workers = 0}), misuse);
  CHECK_THROWS_AS(runtime(simulation{.workers = 1025}), misuse);
  CHECK(runtime(simulation{.workers = 1024}).workers() == 1024);
}
