#include <sluice/context/after_func.hpp>

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/channel/channel.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/sleep.hpp>
#include <tests/support/thread_crew.hpp>
#include <tests/support/tracked.hpp>
#include <tests/support/workers.hpp>

using namespace sluice;
using namespace std::chrono_literals;

TEST_CASE("an after-func runs once, in a task of its own, after cancel has returned",
          "[context][X13]") {
  testing::deterministic_runtime rt{GENERATE(range(0, 16))};
  auto scope = with_cancel(rt.background());
  int runs = 0;
  auto const after = after_func(scope, [&] { ++runs; });
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(runs == 0);  // and while it waits it is no task
  scope.cancel();
  CHECK(runs == 0);
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(runs == 1);
  scope.cancel();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(runs == 1);
}

TEST_CASE("an after-func may be a coroutine, which is awaited", "[context][X13]") {
  testing::deterministic_runtime rt{GENERATE(range(0, 16))};
  auto scope = with_cancel(rt.background());
  auto const background = rt.background();
  instant over{};
  auto const after = after_func(scope, [&, name = std::string(64, 'x')]() -> task<void> {
    (void)co_await sleep_for(background, 5ms);
    if (name.size() == 64) over = rt.now();
  });
  scope.cancel();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(over == instant{5ms});
}

TEST_CASE("an after-func of a context that has ended starts at once", "[context][X13]") {
  testing::deterministic_runtime rt{1};
  auto scope = with_cancel(rt.background());
  scope.cancel();
  int runs = 0;
  auto after = after_func(scope, [&] { ++runs; });
  CHECK_FALSE(after.stop());
  CHECK(runs == 0);  // still in a task of its own
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(runs == 1);
}

TEST_CASE("stop is true once, and only when it prevented the run", "[context][X13]") {
  testing::deterministic_runtime rt{1};
  auto scope = with_cancel(rt.background());
  int runs = 0;
  auto stopped = after_func(scope, [&] { ++runs; });
  auto left = after_func(scope, [&] { runs += 10; });
  CHECK(stopped.stop());
  CHECK_FALSE(stopped.stop());
  scope.cancel();
  CHECK_FALSE(left.stop());
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK_FALSE(left.stop());
  CHECK(runs == 10);
}

TEST_CASE("a stopped after-func lets go of what it captured at once", "[context][X13]") {
  testing::deterministic_runtime rt{1};
  auto scope = with_cancel(rt.background());
  auto const before = support::tracked::alive.load();
  auto after = after_func(scope, [held = support::tracked{1}] { (void)held; });
  CHECK(support::tracked::alive == before + 1);
  CHECK(after.stop());
  CHECK(support::tracked::alive == before);
}

TEST_CASE("stop does not wait for a function that runs", "[context][X13]") {
  testing::deterministic_runtime rt{1};
  auto scope = with_cancel(rt.background());
  auto const background = rt.background();
  bool over = false;
  auto after = after_func(scope, [&]() -> task<void> {
    (void)co_await sleep_for(background, 1h);
    over = true;
  });
  scope.cancel();
  (void)rt.step();
  CHECK_FALSE(after.stop());
  CHECK_FALSE(over);
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(over);
}

TEST_CASE("dropping the handle stops the function; detaching leaves it to the context",
          "[context][X13]") {
  testing::deterministic_runtime rt{1};
  auto scope = with_cancel(rt.background());
  int runs = 0;
  { auto const dropped = after_func(scope, [&] { ++runs; }); }
  after_func(scope, [&] { runs += 10; }).detach();
  auto replaced = after_func(scope, [&] { runs += 100; });
  replaced = after_func(scope, [&] { runs += 1000; });
  auto const moved = std::move(replaced);
  scope.cancel();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(runs == 1010);
}

TEST_CASE("after-funcs of one context are independent, and may cancel others", "[context][X13][X15]") {
  testing::deterministic_runtime rt{GENERATE(range(0, 32))};
  auto parent = with_cancel(rt.background());
  auto sibling = with_cancel(parent);
  auto child = with_cancel(parent);
  auto other = with_cancel(rt.background());
  int runs = 0;
  auto const first = after_func(child, [&] { ++runs, parent.cancel({errc::failed, "first"}); });
  auto const second = after_func(child, [&] { ++runs, child.cancel(), other.cancel(); });
  auto const third = after_func(parent, [&] { ++runs, sibling.cancel(); });
  auto const fourth = after_func(other, [&] { ++runs, parent.cancel({errc::full, "fourth"}); });
  child.cancel();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(runs == 4);
  CHECK(parent.ctx().done());
  CHECK(sibling.ctx().done());
  CHECK(child.ctx().cause() == error{errc::cancelled});
}

TEST_CASE("an after-func runs on a deadline as on a cancel", "[context][X13][X7]") {
  testing::deterministic_runtime rt{1};
  auto const scope = with_timeout(rt.background(), 3ms);
  instant ran{};
  auto const after = after_func(scope, [&] { ran = rt.now(); });
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(ran == instant{3ms});
}

TEST_CASE("an after-func needs a runtime to run on", "[context][X13][X17]") {
  CHECK_THROWS_AS(after_func(context::background(), [] {}), misuse);
  auto const clockless = with_cancel(context::background());
  CHECK_THROWS_AS(after_func(clockless, [] {}), misuse);
  std::optional<context> kept;
  {
    testing::deterministic_runtime rt{1};
    kept = with_cancel(rt.background()).ctx();
    auto from = rt.background();
    auto const to = std::move(from);
    CHECK_THROWS_AS(after_func(from, [] {}), misuse);
  }
  CHECK_THROWS_AS(after_func(*kept, [] {}), misuse);
}

TEST_CASE("the end of a runtime runs the after-funcs of its contexts", "[context][X13]") {
  int runs = 0;
  int never_run = 0;
  {
    testing::deterministic_runtime rt{1};
    after_func(rt.background(), [&] { ++runs; }).detach();
    auto const scope = with_cancel(rt.background());
    after_func(scope, [&] { ++runs; }).detach();
    // What ends only after the last task has nobody left to run it.
    after_func(without_cancel(rt.background()), [&] { ++never_run; }).detach();
  }
  CHECK(runs == 2);
  CHECK(never_run == 0);
}

TEST_CASE("an exception from an after-func is reported, and nothing else stops", "[context][X13][G1]") {
  testing::deterministic_runtime rt{1};
  auto scope = with_cancel(rt.background());
  int runs = 0;
  auto const bad = after_func(scope, [] { throw std::runtime_error("no luck"); });
  auto const good = after_func(scope, [&] { ++runs; });
  scope.cancel();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(runs == 1);
  REQUIRE(rt.reports().size() == 1);
  CHECK(rt.reports()[0].find("no luck") != std::string::npos);
}

TEST_CASE("stop racing with the end: one of the two has it", "[context][X13][threads]") {
  runtime rt{{.workers = support::workers(2)}};
  std::atomic<int> runs{0};
  int prevented = 0;
  constexpr int rounds = 300;
  for (int round = 0; round < rounds; ++round) {
    auto scope = with_cancel(rt.background());
    auto after = after_func(scope, [&] { ++runs; });
    std::atomic<int> stopped{0};
    support::run_together(2, [&](unsigned who) {
      if (who == 0) scope.cancel();
      else if (after.stop()) ++stopped;
    });
    prevented += stopped;
  }
  while (rt.live_count() != 0) std::this_thread::yield();
  CHECK(runs + prevented == rounds);
}

TEST_CASE("cancels from everywhere, after-funcs and waiters among them, end in peace",
          "[context][X15][threads]") {
  for (int round = 0; round < 30; ++round) {
    runtime rt{{.workers = support::workers(2)}};
    auto root = with_cancel(rt.background());
    std::vector<cancel_scope> scopes;
    for (int i = 0; i < 4; ++i) {
      scopes.push_back(with_cancel(root));
      scopes.push_back(with_cancel(scopes.back()));
    }
    std::atomic<int> told{0};
    auto waiter = [&](std::size_t at) -> task<void> {
      (void)co_await scopes[at].ctx().ended();
      scopes[(at + 3) % scopes.size()].cancel();
      ++told;
    };
    std::vector<join_handle<void>> waiting;
    for (std::size_t at = 0; at < scopes.size(); ++at) {
      waiting.push_back(rt.spawn(waiter(at)));
      after_func(scopes[at], [&, at] {
        scopes[(at + 5) % scopes.size()].cancel({errc::closed, "after-func"});
        root.cancel();
        ++told;
      }).detach();
    }
    support::run_together(3, [&](unsigned who) {
      if (who == 0) root.cancel();
      else scopes[who].cancel();
    });
    for (auto& each : waiting) std::move(each).join_blocking();
    while (rt.live_count() != 0) std::this_thread::yield();
    CHECK(told == 16);
    for (auto& scope : scopes) CHECK(scope.ctx().done());
  }
}
