#include <concepts>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/sync/wait_group.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/sleep.hpp>
#include <tests/support/thread_crew.hpp>
#include <tests/sync/waits.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using Catch::Generators::range;
using support::settle;
using testing::deterministic_runtime;

static_assert(!std::copy_constructible<wait_group> && !std::assignable_from<wait_group&, wait_group>);  // [V7]

namespace {

task<void> wait_for(context ctx, wait_group& group, std::vector<int>& log, int who) {
  auto const waited = co_await group.wait(ctx);
  log.push_back(waited ? who : -who);
}

}  // namespace

TEST_CASE("wait returns when the counter is 0, and at once when it is 0 already", "[sync][W1]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u))};
  wait_group group;
  std::vector<int> log;
  rt.spawn(wait_for(rt.background(), group, log, 1)).detach();
  settle(rt);
  CHECK(log == std::vector{1});
  group.add(2);
  CHECK(group.count() == 2);
  rt.spawn(wait_for(rt.background(), group, log, 2)).detach();
  settle(rt);
  group.done();
  settle(rt);
  CHECK(log == std::vector{1});
  group.done();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector{1, 2});
}

TEST_CASE("a counter below 0 is misuse and changes nothing", "[sync][W2]") {
  wait_group group;
  CHECK_THROWS_AS(group.done(), misuse);
  group.add(3);
  CHECK_THROWS_AS(group.add(-4), misuse);
  CHECK(group.count() == 3);
  group.add(-3);
  CHECK(group.count() == 0);
}

TEST_CASE("any number of waiters is released together, and the group may be used again",
          "[sync][W4][W6]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u)), 3};
  wait_group group;
  for (int round = 1; round <= 3; ++round) {
    std::vector<int> log;
    group.add();
    for (int who = 1; who <= 5; ++who) rt.spawn(wait_for(rt.background(), group, log, who)).detach();
    settle(rt);
    CHECK(log.empty());
    group.done();
    CHECK(rt.run() == ended::all_tasks_done);
    CHECK(log.size() == 5);
  }
}

TEST_CASE("a new round before every wait of the last one has returned is misuse", "[sync][W4][W5]") {
  deterministic_runtime rt{GENERATE(range(0u, 8u)), 2};
  wait_group group;
  std::vector<int> log;
  group.add();
  for (int who = 1; who <= 2; ++who) rt.spawn(wait_for(rt.background(), group, log, who)).detach();
  settle(rt);
  group.add();  // not from 0: fine
  group.add(-2);
  CHECK_THROWS_AS(group.add(), misuse);  // they have been released, and have yet to return
  CHECK(group.count() == 0);
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log.size() == 2);
  group.add();
  CHECK(group.count() == 1);
  group.done();
}

TEST_CASE("a wait that is released and then destroyed has returned", "[sync][W4][W5][G2]") {
  wait_group group;
  group.add();
  std::vector<int> log;
  support::destroy_after([&] { group.done(); }, [] {}, wait_for(context::background(), group, log, 1));
  CHECK(log.empty());
  group.add();  // misuse if it were still expected
  group.done();
}

TEST_CASE("a wait whose context ends first fails, and the others wait on", "[sync][X16][C19]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u))};
  wait_group group;
  group.add();
  std::vector<int> log;
  auto scope = with_cancel(rt.background());
  rt.spawn(wait_for(rt.background(), group, log, 1)).detach();
  rt.spawn(wait_for(scope.ctx(), group, log, 2)).detach();
  settle(rt);
  scope.cancel();
  settle(rt);
  CHECK(log == std::vector{-2});
  group.done();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector{-2, 1});

  rt.spawn(wait_for(scope.ctx(), group, log, 3)).detach();  // ended before: fails although it could pass
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log.back() == -3);
}

TEST_CASE("go counts a task until it has ended", "[sync][W1][W3]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u)), 4};
  int sum = 0;
  auto const waited = rt.block_on([](executor& home, context ctx, int& total) -> task<bool> {
    wait_group crew;
    for (int n = 1; n <= 10; ++n)
      crew.go(home, [](context c, int& into, int by) -> task<void> {
        (void)co_await sleep_for(c, by * 1ms);
        into += by;
      }(ctx, total, n));
    co_return (co_await crew.wait(ctx)).has_value();
  }(rt.home(), rt.background(), sum));
  CHECK(waited == true);
  CHECK(sum == 55);
}

TEST_CASE("everything before done is seen by the wait it releases", "[sync][threads][W3]") {
  constexpr int rounds = 100;
  int wrong = 0;
  for (int round = 0; round < rounds; ++round) {
    wait_group group;
    group.add(2);
    std::vector<int> slots(3);  // plain
    support::run_together(3, [&](unsigned who) {
      if (who < 2) {
        slots[who] = round + 1;
        group.done();
      } else if (!group.wait_blocking(context::background()) || slots[0] != round + 1 ||
                 slots[1] != round + 1) {
        ++wrong;
      }
    });
  }
  CHECK(wrong == 0);
}

TEST_CASE("a thread that waits for a group gives up when its context ends", "[sync][threads][X16]") {
  wait_group group;
  group.add();
  auto scope = with_cancel(context::background());
  result<void> waited;
  support::run_together(2, [&](unsigned who) {
    if (who == 0) waited = group.wait_blocking(scope.ctx());
    else scope.cancel();
  });
  CHECK(waited.error() == errc::cancelled);
  group.done();
}
