#include <sluice/time/tick_case.hpp>

#include <optional>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/channel/select.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <tests/support/workers.hpp>

using namespace sluice;
using namespace std::chrono_literals;

TEST_CASE("a select waits for a timer among other things", "[time][T6][S1]") {
  testing::deterministic_runtime rt{GENERATE(range(0, 16))};
  channel<int> jobs{0};
  std::vector<instant> fired;
  auto body = [&](context ctx) -> task<void> {
    timer const limit{ctx, 5ms};
    auto late = on_recv(limit);
    auto job = on_recv(jobs);
    auto over = on_done(ctx);
    if (co_await select(job, late, over) == 1) fired.push_back(late.take());
    CHECK_FALSE(limit.stop());  // it was received
  };
  rt.spawn(body(rt.background())).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(fired == std::vector{instant{5ms}});
}

TEST_CASE("a timer that a select did not choose can still be stopped, and has lost nothing",
          "[time][T4][T5]") {
  testing::deterministic_runtime rt{GENERATE(range(0, 16))};
  channel<int> jobs{1};
  auto body = [&](context ctx) -> task<void> {
    timer const limit{ctx, 5ms};
    timer const sooner{ctx, 1ms};
    auto late = on_recv(limit);
    auto soon = on_recv(sooner);
    auto job = on_recv(jobs);
    CHECK(co_await select(job, late, soon) == 2);
    CHECK(soon.take() == instant{1ms});
    CHECK(co_await select(job, late) == 1);
    CHECK(limit.reset(1ms) == false);
    CHECK(jobs.try_send(7).has_value());
    CHECK(co_await select(job, late) == 0);
    CHECK(limit.stop());
    CHECK_FALSE(try_select(late));
  };
  rt.spawn(body(rt.background())).detach();
  CHECK(rt.run() == ended::all_tasks_done);
}

TEST_CASE("each tick goes to one of the selects and receivers that wait", "[time][T7]") {
  testing::deterministic_runtime rt{GENERATE(range(0, 32))};
  std::vector<instant> ticks;
  ticker const each{rt.background(), 10ms};
  auto const scope = with_timeout(rt.background(), 65ms);
  auto selecting = [&](context ctx) -> task<void> {
    channel<int> never_sent{0};
    for (;;) {
      auto tick = on_recv(each);
      auto job = on_recv(never_sent);
      auto over = on_done(ctx);
      if (co_await select(job, tick, over) != 1) co_return;
      ticks.push_back(tick.take());
    }
  };
  auto receiving = [&](context ctx) -> task<void> {
    while (auto const at = co_await each.recv(ctx)) ticks.push_back(*at);
  };
  rt.spawn(selecting(scope)).detach();
  rt.spawn(receiving(scope)).detach();
  rt.spawn(selecting(scope)).detach();
  (void)rt.run_until(instant{70ms});
  CHECK(ticks == std::vector{instant{10ms}, instant{20ms}, instant{30ms}, instant{40ms},
                             instant{50ms}, instant{60ms}});
  CHECK(rt.live_tasks().empty());
}

TEST_CASE("a select on no timer is misuse", "[time][T9]") {
  CHECK_THROWS_AS(on_recv(timer{}), misuse);
  CHECK_THROWS_AS(on_recv(ticker{}), misuse);
}

TEST_CASE("timers, channels and contexts race for a select, and one wins", "[time][T5][threads]") {
  runtime rt{{.workers = support::workers(2)}};
  constexpr int rounds = 300;
  int chosen[3] = {};
  auto body = [&](context ctx) -> task<void> {
    for (int round = 0; round < rounds; ++round) {
      auto const scope = with_timeout(ctx, duration{(round % 3 + 1) * 10'000});
      timer const limit{ctx, duration{20'000}};
      channel<int> jobs{1};
      auto job = on_recv(jobs);
      auto late = on_recv(limit);
      auto over = on_done(scope);
      auto sender = spawn(rt.home(), [](context until, channel<int>& into) -> task<void> {
        (void)co_await until.ended();
        (void)into.try_send(1);
      }(scope, jobs));
      ++chosen[co_await select(job, late, over)];
      co_await std::move(sender);
    }
  };
  CHECK(rt.block_on(body(rt.background())).has_value());
  CHECK(chosen[0] + chosen[1] + chosen[2] == rounds);
}
