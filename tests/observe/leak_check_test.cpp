// leak_check: what came in a scope and has not gone, with where it was spawned.
#include <optional>
#include <string>
#include <thread>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <sluice/channel/channel.hpp>
#include <sluice/observe/leak_check.hpp>
#include <sluice/platform/thread.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/sleep.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

auto sleeps(context ctx, duration span) -> task<void> { (void)co_await sleep_for(ctx, span); }

auto receives(context ctx, channel<int>& from) -> task<void> { (void)co_await from.recv(ctx); }

}  // namespace

TEST_CASE("a scope that leaves nothing has no leaks, and no text", "[observe][leak_check]") {
  testing::deterministic_runtime rt{1};
  leak_check const before{rt};
  rt.spawn(sleeps(rt.background(), 1ms)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  auto const left = before.left();
  CHECK(left.none());
  CHECK_FALSE(left);
  CHECK(left.text().empty());
}

TEST_CASE("a task that waits for ever is named with its place", "[observe][leak_check]") {
  testing::deterministic_runtime rt{1};
  channel<int> silent{0};
  auto const scope = with_cancel(rt.background());
  auto const older = rt.spawn(receives(scope, silent));
  leak_check const before{rt};
  auto const line = std::source_location::current().line() + 1;
  auto const stuck = rt.spawn(receives(scope, silent));
  auto const left = before.left(1s);
  REQUIRE(left.tasks.size() == 1);
  CHECK(left.tasks[0].id == stuck.id());
  CHECK(left.tasks[0].spawned_at == "leak_check_test.cpp:" + std::to_string(line));
  CHECK(left.tasks[0].waiting_for == "a value from a channel");
  CHECK(left.frames >= 1);
  CHECK_THAT(left.text(), ContainsSubstring("left alive: 1 task, "));
  CHECK_THAT(left.text(), ContainsSubstring("coroutine frames\ntasks: 1 alive\n1 waits for a value from a channel"));
  CHECK_FALSE(older.done());
}

TEST_CASE("stragglers get the time they are given, and in simulation it is virtual", "[observe][leak_check]") {
  testing::deterministic_runtime rt{1};
  leak_check const before{rt};
  rt.spawn(sleeps(rt.background(), 1h)).detach();
  CHECK(before.left().tasks.size() == 1);
  CHECK(before.left(59min).tasks.size() == 1);
  CHECK(before.left(60min).none());
  CHECK(rt.now() >= instant{1h});
}

TEST_CASE("a frame that nobody awaits is a leak of frames", "[observe][leak_check]") {
  leak_check const before;
  std::optional<task<void>> kept{sleeps(context::background(), 1ms)};
  auto const left = before.left();
  CHECK(left.frames == 1);
  CHECK(left.tasks.empty());
  CHECK(left.text() == "left alive: 1 coroutine frame\n");
  kept.reset();
  CHECK(before.left().none());
}

TEST_CASE("on threads it waits for stragglers, and no longer than it must", "[observe][leak_check][threads]") {
  if (!platform::has_threads) SKIP("no threads here");
  runtime rt{runtime_options{.workers = 2, .report = {}}};
  leak_check const before{rt};
  rt.spawn(sleeps(rt.background(), 30ms)).detach();
  CHECK(before.left(30s).none());
  CHECK(rt.live_count() == 0);
  CHECK(rt.now() < instant{25s});

  channel<int> silent{0};
  auto const scope = with_cancel(rt.background());
  rt.spawn(receives(scope, silent)).detach();
  auto const left = before.left(20ms);
  REQUIRE(left.tasks.size() == 1);
  CHECK_THAT(left.text(), ContainsSubstring("leak_check_test.cpp:"));
}

TEST_CASE("waiting for stragglers on a worker is refused", "[observe][leak_check]") {
  testing::deterministic_runtime rt{1};
  auto asks = [&]() -> task<void> {
    leak_check const before{rt};
    auto const other = rt.spawn(sleeps(rt.background(), 1ms));
    CHECK(before.left().tasks.size() == 1);
    CHECK_THROWS_WITH(before.left(1s), ContainsSubstring("leak_check"));
    co_return;
  };
  REQUIRE(rt.block_on(asks()));
}
