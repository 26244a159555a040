#include <sluice/context/end_operation.hpp>

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/context/context.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <tests/support/tracked.hpp>
#include <tests/support/workers.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

task<void> hear(context ctx, std::vector<errc>& heard) { heard.push_back(co_await ctx.ended()); }

}  // namespace

TEST_CASE("the end of a context can be awaited, by many, and stays ready", "[context][X3]") {
  testing::deterministic_runtime rt{GENERATE(range(0, 16))};
  std::vector<errc> heard;
  auto scope = with_cancel(rt.background());
  auto const timed = with_timeout(rt.background(), 5ms);
  for (int i = 0; i < 3; ++i) rt.spawn(hear(scope, heard)).detach();
  CHECK(rt.run_until(instant{1ms}) == ended::not_yet);
  CHECK(heard.empty());
  scope.cancel();
  CHECK(heard.empty());  // nobody runs inside cancel
  CHECK(rt.run_until(instant{1ms}) == ended::not_yet);
  CHECK(heard == std::vector(3, errc::cancelled));
  rt.spawn(hear(scope, heard)).detach();  // later: ready at once
  rt.spawn(hear(timed, heard)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(rt.now() == instant{5ms});
  CHECK(heard.size() == 5);
  CHECK(heard.back() == errc::deadline_exceeded);
}

TEST_CASE("err and the awaited end always agree", "[context][X3]") {
  testing::deterministic_runtime rt{GENERATE(range(0, 32))};
  auto scope = with_cancel(rt.background());
  bool agreed = true;
  auto watcher = [&](context ctx) -> task<void> {
    (void)co_await ctx.ended();
    agreed = agreed && ctx.done() && ctx.err() && ctx.cause();
  };
  auto asker = [&](context ctx) -> task<void> {
    for (int i = 0; i < 4; ++i) {
      if (ctx.err().has_value() != ctx.cause().has_value()) agreed = false;
      co_await yield();
    }
  };
  auto ender = [&]() -> task<void> {
    co_await yield();
    scope.cancel();
  };
  for (int i = 0; i < 2; ++i) {
    rt.spawn(watcher(scope)).detach();
    rt.spawn(asker(scope)).detach();
  }
  rt.spawn(ender()).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(agreed);
}

TEST_CASE("waiting for the end of what never ends is reported as a deadlock", "[context][X1][G4]") {
  testing::deterministic_runtime rt{1};
  std::vector<errc> heard;
  rt.spawn(hear(context::background(), heard)).detach();
  CHECK(rt.run() == ended::deadlock);
  CHECK(rt.live_tasks().at(0).waiting_for == "the end of a context");
}

TEST_CASE("destroying a task that waits for an end takes its handler along", "[context][G2]") {
  auto scope = with_cancel(context::background());
  {
    testing::deterministic_runtime rt{1};
    auto body = [](context ctx) -> task<void> {
      support::tracked const guard{1};
      (void)co_await ctx.ended();
    };
    rt.spawn(body(scope)).detach();
    CHECK(rt.run() == ended::deadlock);
  }
  CHECK(support::tracked::alive == 0);
  scope.cancel();  // would call a handler that is gone
}

TEST_CASE("a task that wakes from an end may destroy the scope under the cancel that woke it",
          "[context][X15][threads]") {
  runtime rt{{.workers = support::workers(2)}};
  for (int round = 0; round < 200; ++round) {
    std::atomic<bool> over{false};
    auto scope = std::make_unique<cancel_scope>(with_cancel(rt.background()));
    auto const kept = scope->ctx();
    auto body = [&]() -> task<void> {
      (void)co_await kept.ended();
      over = true;
    };
    auto waiting = rt.spawn(body());
    scope->cancel();
    scope.reset();
    std::move(waiting).join_blocking();
    CHECK(over);
  }
}

TEST_CASE("a thread can wait for the end of a context", "[context][X3][threads]") {
  for (int round = 0; round < 50; ++round) {
    auto scope = with_cancel(context::background());
    std::optional<errc> heard;
    std::thread waiting{[&] { heard = scope.ctx().ended_blocking(); }};
    scope.cancel();
    waiting.join();
    CHECK(heard == errc::cancelled);
    CHECK(scope.ctx().ended_blocking() == errc::cancelled);
  }
}

TEST_CASE("blocking where nothing would ever end it, or on a worker, is misuse", "[context][G8]") {
  CHECK_THROWS_AS(context::background().ended_blocking(), misuse);
  testing::deterministic_runtime rt{1};
  auto body = [](context ctx) -> task<void> {
    (void)ctx.ended_blocking();
    co_return;
  };
  CHECK_THROWS_AS(rt.block_on(body(rt.background())), misuse);
}
