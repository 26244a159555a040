#include <sluice/time/sleep.hpp>

#include <atomic>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/testing/deterministic_runtime.hpp>
#include <tests/support/tracked.hpp>
#include <tests/support/workers.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

auto const always = context::background();

task<void> sleeper(context ctx, duration span, std::optional<result<void>>& how) {
  how = co_await sleep_for(ctx, span);
}

}  // namespace

TEST_CASE("a sleep ends at its instant, not before", "[time][T2]") {
  auto body = [](executor& home) -> task<bool> {
    (void)co_await sleep_for(always, 3ms);
    auto const first = home.now() == instant{3ms};
    (void)co_await sleep_until(always, instant{10ms});
    co_return first && home.now() == instant{10ms};
  };
  testing::deterministic_runtime rt{GENERATE(range(0, 16))};
  CHECK(rt.block_on(body(rt.home())) == true);
}

TEST_CASE("sleeps end in the order of their instants", "[time][T3]") {
  std::string order;
  auto body = [&](char who, duration span) -> task<void> {
    (void)co_await sleep_for(always, span);
    order += who;
  };
  testing::deterministic_runtime rt{GENERATE(range(0, 16))};
  rt.spawn(body('c', 30ns)).detach();
  rt.spawn(body('a', 10ns)).detach();
  rt.spawn(body('b', 20ns)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(order == "abc");
}

TEST_CASE("no time, or less, lets the others go first once and moves no clock", "[time][T2]") {
  std::string order;
  auto const span = GENERATE(duration{0}, duration{-5}, duration::min());
  auto polite = [&]() -> task<void> {
    order += 'a';
    (void)co_await sleep_for(always, span);
    order += 'c';
  };
  auto other = [&]() -> task<void> {
    order += 'b';
    co_return;
  };
  testing::deterministic_runtime rt{
      simulation{.workers = 1, .strategy = schedule_strategy::round_robin}};
  rt.spawn(polite()).detach();
  rt.spawn(other()).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(order == "abc");
  CHECK(rt.now() == instant{});
}

TEST_CASE("sleeping until an instant that has passed lets the others go first", "[time][T2]") {
  auto body = [](executor& home) -> task<bool> {
    (void)co_await sleep_for(always, 1ms);
    auto const slept = co_await sleep_until(always, instant{});
    co_return slept && home.now() == instant{1ms};
  };
  testing::deterministic_runtime rt{GENERATE(range(0, 16))};
  CHECK(rt.block_on(body(rt.home())) == true);
}

TEST_CASE("the longest sleep never ends and does not overflow", "[time][T2]") {
  std::optional<result<void>> how;
  testing::deterministic_runtime rt{1};
  (void)rt.block_on([](context ctx) -> task<void> { (void)co_await sleep_for(ctx, 1h); }(always));
  rt.spawn(sleeper(always, duration::max(), how)).detach();
  CHECK(rt.run() == ended::deadlock);  // no timer will ever wake it
  CHECK_FALSE(how);
  CHECK(rt.now() == instant{1h});
  CHECK(rt.live_tasks().at(0).waiting_for == "a timer");
}

TEST_CASE("a sleep ends with its context, at once, and leaves no timer", "[time][X16][T4]") {
  std::optional<result<void>> how;
  testing::deterministic_runtime rt{GENERATE(range(0, 16))};
  auto scope = with_cancel(rt.background());
  rt.spawn(sleeper(scope, 1h, how)).detach();
  (void)rt.run_until(instant{1ms});
  CHECK_FALSE(how);
  scope.cancel();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(how->error().code() == errc::cancelled);
  CHECK(rt.now() == instant{});
}

TEST_CASE("a sleeper returns in its next turn after the end of its context", "[time][X16]") {
  std::optional<result<void>> how;
  testing::deterministic_runtime rt{GENERATE(range(0, 16))};
  auto parent = with_cancel(rt.background());
  auto const child = with_cancel(parent);
  rt.spawn(sleeper(child, duration::max(), how)).detach();
  (void)rt.step();
  CHECK_FALSE(how);
  parent.cancel();
  CHECK_FALSE(how);  // not inside cancel
  (void)rt.step();
  CHECK(how->error().code() == errc::cancelled);
}

TEST_CASE("a context that has ended fails a sleep of any length", "[time][X16]") {
  auto const span = GENERATE(duration{-1}, duration{0}, duration{1h}, duration::max());
  std::optional<result<void>> how;
  testing::deterministic_runtime rt{1};
  auto scope = with_timeout(rt.background(), 0ns);
  rt.spawn(sleeper(scope, span, how)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(how->error().code() == errc::deadline_exceeded);
  CHECK(rt.now() == instant{});
}

TEST_CASE("of a sleep and its context's deadline the earlier one counts", "[time][X7][T5]") {
  std::optional<result<void>> how;
  testing::deterministic_runtime rt{GENERATE(range(0, 16))};
  SECTION("the sleep") {
    auto const scope = with_timeout(rt.background(), 5ms);
    rt.spawn(sleeper(scope, 4ms, how)).detach();
    (void)rt.run_until(instant{4ms});
    CHECK(how->has_value());
  }
  SECTION("the deadline") {
    auto const scope = with_timeout(rt.background(), 4ms);
    rt.spawn(sleeper(scope, 5ms, how)).detach();
    (void)rt.run_until(instant{4ms});
    CHECK(how->error().code() == errc::deadline_exceeded);
    CHECK(rt.run() == ended::all_tasks_done);
    CHECK(rt.now() == instant{4ms});
  }
}

TEST_CASE("a cancel that comes after the timer changes nothing", "[time][T5]") {
  std::optional<result<void>> how;
  testing::deterministic_runtime rt{1};
  auto scope = with_cancel(rt.background());
  rt.spawn(sleeper(scope, 1ms, how)).detach();
  (void)rt.step();  // it sleeps
  (void)rt.step();  // the timer has fired; the task has not run yet
  CHECK(rt.now() == instant{1ms});
  CHECK_FALSE(how);
  scope.cancel();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(how->has_value());
}

TEST_CASE("destroying a sleeping task takes its timer along", "[time][G2][T10]") {
  auto body = []() -> task<void> {
    support::tracked const guard{1};
    (void)co_await sleep_for(always, 1h);
  };
  runtime rt{simulation{.report = [](std::string_view) {}}};
  {
    testing::deterministic_runtime inner{1};
    inner.spawn(body()).detach();
    CHECK(inner.step() == ended::not_yet);
    CHECK(support::tracked::alive == 1);
  }
  CHECK(support::tracked::alive == 0);
  CHECK(rt.simulated()->advance(never, 0) == ended::all_tasks_done);
}

TEST_CASE("a cancel racing with the timer ends each sleep once", "[time][T5][threads]") {
  constexpr int rounds = 200;
  std::atomic<int> slept{0};
  std::atomic<int> given_up{0};
  auto body = [&](context ctx) -> task<void> {
    for (int i = 0; i < rounds; ++i) {
      auto const scope = with_timeout(ctx, duration{(i % 3 + 1) * 10'000});
      ++(co_await sleep_for(scope.ctx(), duration{20'000}) ? slept : given_up);
    }
  };
  runtime rt{{.workers = support::workers(2)}};
  auto first = rt.spawn(body(rt.background()));
  auto second = rt.spawn(body(rt.background()));
  std::move(first).join_blocking();
  std::move(second).join_blocking();
  CHECK(slept + given_up == 2 * rounds);
}
