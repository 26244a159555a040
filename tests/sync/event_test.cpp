#include <sluice/sync/event.hpp>

#include <atomic>
#include <concepts>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/runtime/runtime.hpp>
#include <tests/support/thread_crew.hpp>
#include <tests/sync/waits.hpp>

using namespace sluice;
using Catch::Generators::range;
using support::settle;
using testing::deterministic_runtime;

static_assert(!std::copy_constructible<event>);

namespace {

task<void> wait_for(context ctx, event& awaited, std::vector<int>& log, int who) {
  log.push_back(co_await awaited.wait(ctx) ? who : -who);
}

}  // namespace

TEST_CASE("an event lets pass everybody from set to reset", "[sync][event]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u)), 3};
  event door;
  std::vector<int> log;
  CHECK_FALSE(door.is_set());
  for (int who = 1; who <= 3; ++who) rt.spawn(wait_for(rt.background(), door, log, who)).detach();
  settle(rt);
  CHECK(log.empty());
  door.set();
  door.set();  // again: harmless
  CHECK(door.is_set());
  settle(rt);
  CHECK(log.size() == 3);
  rt.spawn(wait_for(rt.background(), door, log, 4)).detach();
  settle(rt);
  CHECK(log.size() == 4);
  door.reset();
  door.reset();
  rt.spawn(wait_for(rt.background(), door, log, 5)).detach();
  settle(rt);
  CHECK(log.size() == 4);
  door.set();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log.size() == 5);
}

TEST_CASE("who waits when an event is set passes, even if it is reset at once", "[sync][event]") {
  deterministic_runtime rt{GENERATE(range(0u, 8u))};
  event door;
  std::vector<int> log;
  rt.spawn(wait_for(rt.background(), door, log, 1)).detach();
  settle(rt);
  door.set();
  door.reset();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector{1});
}

TEST_CASE("a wait for an event ends with its context, and fails when that has ended", "[sync][event][X16]") {
  deterministic_runtime rt{GENERATE(range(0u, 8u))};
  event door;
  std::vector<int> log;
  auto scope = with_cancel(rt.background());
  rt.spawn(wait_for(scope.ctx(), door, log, 1)).detach();
  rt.spawn(wait_for(rt.background(), door, log, 2)).detach();
  settle(rt);
  scope.cancel();
  settle(rt);
  CHECK(log == std::vector{-1});
  door.set();
  settle(rt);
  rt.spawn(wait_for(scope.ctx(), door, log, 3)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector{-1, 2, -3});
  CHECK(door.wait_blocking(scope.ctx()).error() == errc::cancelled);
}

TEST_CASE("what precedes set is seen by those it lets pass", "[sync][threads][event]") {
  for (int round = 0; round < 100; ++round) {
    event door;
    int value = 0;  // plain
    std::atomic<int> wrong{0};
    support::run_together(3, [&](unsigned who) {
      if (who == 0) {
        value = round + 1;
        door.set();
      } else if (!door.wait_blocking(context::background()) || value != round + 1) {
        ++wrong;
      }
    });
    REQUIRE(wrong == 0);
  }
}

TEST_CASE("the blocking form of an event is misuse on a worker", "[sync][event][G8]") {
  deterministic_runtime rt{1};
  event door;
  door.set();
  auto blocks = [&]() -> task<void> {
    (void)door.wait_blocking(context::background());
    co_return;
  };
  CHECK_THROWS_AS(rt.block_on(blocks()), misuse);
  CHECK(door.wait_blocking(context::background()).has_value());
}
