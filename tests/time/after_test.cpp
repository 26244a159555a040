#include <sluice/time/after.hpp>

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/after_func.hpp>
#include <tests/support/thread_crew.hpp>
#include <tests/support/tracked.hpp>
#include <tests/support/workers.hpp>

using namespace sluice;
using namespace std::chrono_literals;

TEST_CASE("after gives the instant at which the time was over", "[time][T2][T6]") {
  testing::deterministic_runtime rt{GENERATE(range(0, 16))};
  auto body = [](executor& home) -> task<bool> {
    auto const first = co_await after(5ms);
    auto const none = co_await after(-1ns);
    auto const second = co_await after(context::background(), 5ms);
    co_return first == instant{5ms} && none == first && second == instant{10ms} &&
        home.now() == instant{10ms};
  };
  CHECK(rt.block_on(body(rt.home())) == true);
}

TEST_CASE("the instant of after is that of the timer, not that of its receiver", "[time][T6]") {
  testing::deterministic_runtime rt{simulation{.workers = 1, .slice_cost = 3ms}};
  auto body = [](executor& home) -> task<bool> {
    auto const fired = co_await after(1ms);
    co_return fired < home.now();
  };
  auto busy = []() -> task<void> {
    for (int i = 0; i < 3; ++i) co_await yield();
  };
  auto waiting = rt.spawn(body(rt.home()));
  for (int i = 0; i < 3; ++i) rt.spawn(busy()).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(std::move(waiting).join_blocking());
}

TEST_CASE("after with a context ends with it", "[time][X16]") {
  testing::deterministic_runtime rt{GENERATE(range(0, 16))};
  std::optional<result<instant>> got;
  auto body = [&](context ctx) -> task<void> { got = co_await after(ctx, 1h); };
  auto scope = with_cancel(rt.background());
  rt.spawn(body(scope)).detach();
  (void)rt.run_until(instant{1ms});
  scope.cancel();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(got->error().code() == errc::cancelled);
  CHECK(rt.now() == instant{});
}

TEST_CASE("a function runs once, after its time, in a task of its own", "[time][T8]") {
  testing::deterministic_runtime rt{GENERATE(range(0, 16))};
  std::vector<instant> ran;
  auto const later = after_func(rt.background(), 5ms, [&] { ran.push_back(rt.now()); });
  auto const sooner = after_func(rt.background(), 0ns, [&] { ran.push_back(rt.now()); });
  CHECK(ran.empty());
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(ran == std::vector{instant{}, instant{5ms}});
}

TEST_CASE("functions for one instant start in the order in which they were set", "[time][T3][T8]") {
  testing::deterministic_runtime rt{simulation{.strategy = schedule_strategy::round_robin}};
  std::string order;
  std::vector<after_handle> handles;
  for (char const who : {'a', 'b', 'c', 'd'})
    handles.push_back(after_func(rt.background(), 5ms, [&order, who] { order += who; }));
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(order == "abcd");
}

TEST_CASE("a function that takes its time delays nobody", "[time][T8]") {
  testing::deterministic_runtime rt{simulation{.workers = 2}};
  std::vector<instant> ran;
  auto const slow = after_func(rt.background(), 1ms, [&]() -> task<void> {
    (void)co_await after(1h);
    ran.push_back(rt.now());
  });
  auto const quick = after_func(rt.background(), 2ms, [&] { ran.push_back(rt.now()); });
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(ran == std::vector{instant{2ms}, instant{1h + 1ms}});
}

TEST_CASE("a function that blocks its worker leaves the timers to another", "[time][T8][threads]") {
  runtime rt{{.workers = 2}};
  std::atomic<bool> second{false};
  std::atomic<bool> in_time{false};
  auto body = [&](context ctx) -> task<void> {  // so that a worker sets them, and looks after them
    after_func(ctx, 1ms, [&] {
      for (int ms = 0; ms < 10'000 && !second; ++ms) std::this_thread::sleep_for(1ms);
      in_time = second.load();
    }).detach();
    after_func(ctx, 3ms, [&] { second = true; }).detach();
    co_return;
  };
  CHECK(rt.block_on(body(rt.background())).has_value());
  while (!second || rt.live_count() != 0) std::this_thread::yield();
  CHECK(in_time);
}

TEST_CASE("stop is true once, and only when it prevented the function", "[time][T8][T4]") {
  testing::deterministic_runtime rt{1};
  int runs = 0;
  auto stopped = after_func(rt.background(), 1ms, [&] { ++runs; });
  auto left = after_func(rt.background(), 1ms, [&] { runs += 10; });
  auto endless = after_func(rt.background(), duration::max(), [&] { runs += 100; });
  CHECK(stopped.stop());
  CHECK_FALSE(stopped.stop());
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK_FALSE(left.stop());
  CHECK(endless.stop());
  CHECK(runs == 10);
}

TEST_CASE("dropping the handle stops the function and its timer", "[time][T8][T10]") {
  testing::deterministic_runtime rt{1};
  {
    auto const dropped =
        after_func(rt.background(), 1h, [held = support::tracked{1}] { (void)held; });
    CHECK(support::tracked::alive == 1);
  }
  CHECK(support::tracked::alive == 0);
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(rt.now() == instant{});
}

TEST_CASE("a function does not run when its context ends first", "[time][T8][X16]") {
  testing::deterministic_runtime rt{1};
  int runs = 0;
  auto scope = with_cancel(rt.background());
  auto early = after_func(scope, 1h, [&, held = support::tracked{1}] { ++runs; });
  after_func(scope, 1h, [&] { ++runs; }).detach();
  scope.cancel();
  CHECK(support::tracked::alive == 0);
  auto late = after_func(scope, 0ns, [&] { ++runs; });
  CHECK_FALSE(early.stop());  // the context prevented it
  CHECK_FALSE(late.stop());
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(runs == 0);
  CHECK(rt.now() == instant{});
}

TEST_CASE("a detached function runs, unless its runtime ends first", "[time][T8]") {
  int runs = 0;
  {
    testing::deterministic_runtime rt{1};
    after_func(rt.background(), 1ms, [&] { ++runs; }).detach();
    CHECK(rt.run() == ended::all_tasks_done);
    CHECK(runs == 1);
    after_func(rt.background(), 1h, [&, held = support::tracked{1}] { ++runs; }).detach();
    after_func(without_cancel(rt.background()), 1h, [&, held = support::tracked{1}] {
      ++runs;
    }).detach();
  }
  CHECK(support::tracked::alive == 0);
  CHECK(runs == 1);
}

TEST_CASE("a function needs a runtime to run on", "[time][T9]") {
  CHECK_THROWS_AS(after_func(context::background(), 1s, [] {}), misuse);
}

TEST_CASE("stop, the end of the context and the time race: at most one run, and all is told",
          "[time][T8][T5][threads]") {
  // Each round counts for itself: whoever has decided to run may not have started yet when the next round begins.
  constexpr int rounds = 300;
  std::vector<std::atomic<int>> runs(rounds);
  std::vector<std::atomic<int>> stopped(rounds);
  {
    runtime rt{{.workers = support::workers(2)}};
    for (std::size_t round = 0; round < rounds; ++round) {
      auto scope = with_cancel(rt.background());
      auto call = after_func(scope, duration{(round % 6) * 5'000}, [&ran = runs[round]] { ++ran; });
      support::run_together(3, [&](unsigned who) {
        if (who == 0 && call.stop()) ++stopped[round];
        if (who == 1 && call.stop()) ++stopped[round];
        if (who == 2) scope.cancel();
      });
      while (rt.live_count() != 0) std::this_thread::yield();
    }
  }
  int wrong = 0;
  int all = 0;
  for (std::size_t round = 0; round < rounds; ++round) {
    auto const told = runs[round] + stopped[round];
    if (told > 1) ++wrong;
    all += told;
  }
  CHECK(wrong == 0);
  CHECK(all <= rounds);
}
