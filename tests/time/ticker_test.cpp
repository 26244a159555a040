#include <sluice/time/ticker.hpp>

#include <optional>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/sleep.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

void pass_to(testing::deterministic_runtime& rt, instant at) {
  auto body = [](context ctx, instant until) -> task<void> { (void)co_await sleep_until(ctx, until); };
  (void)rt.block_on(body(rt.background(), at));
}

}  // namespace

TEST_CASE("tick k comes at start + k periods, however long the receiver takes", "[time][T7]") {
  testing::deterministic_runtime rt{GENERATE(range(0, 16))};
  std::vector<instant> ticks;
  auto body = [&](context ctx) -> task<void> {
    (void)co_await sleep_for(ctx, 3ms);
    ticker const each{ctx, 10ms};
    for (int i = 0; i < 4; ++i) {
      ticks.push_back(*co_await each.recv(ctx));
      (void)co_await sleep_for(ctx, 7ms);
    }
  };
  rt.spawn(body(rt.background())).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(ticks == std::vector{instant{13ms}, instant{23ms}, instant{33ms}, instant{43ms}});
}

TEST_CASE("a slow receiver loses ticks and never gets a burst", "[time][T7][T6]") {
  testing::deterministic_runtime rt{1};
  std::vector<instant> ticks;
  ticker const each{rt.background(), 10ms};
  pass_to(rt, instant{95ms});
  CHECK(each.try_recv() == instant{10ms});  // the one that waited, with its own instant
  CHECK_FALSE(each.try_recv());             // and no more of those that came meanwhile
  auto body = [&](context ctx) -> task<void> { ticks.push_back(*co_await each.recv(ctx)); };
  (void)rt.block_on(body(rt.background()));
  CHECK(ticks == std::vector{instant{100ms}});
}

TEST_CASE("a ticker from which nobody receives keeps no simulation going", "[time][T7][G4]") {
  testing::deterministic_runtime rt{1};
  ticker const each{rt.background(), 10ms};
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(rt.now() == instant{10ms});
  pass_to(rt, instant{35ms});
  CHECK(each.try_recv() == instant{10ms});
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(each.try_recv() == instant{40ms});  // on the grid again
}

TEST_CASE("a receiver that now and then comes late sees the same grid of instants",
          "[time][T7]") {
  testing::deterministic_runtime rt{GENERATE(range(0, 16))};
  std::vector<instant> ticks;
  auto body = [&](context ctx) -> task<void> {
    ticker const each{ctx, 10ms};
    for (int i = 0; i < 3; ++i) {
      (void)co_await sleep_for(ctx, 25ms);
      ticks.push_back(*co_await each.recv(ctx));
      ticks.push_back(*co_await each.recv(ctx));
    }
  };
  rt.spawn(body(rt.background())).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(ticks == std::vector{instant{10ms}, instant{30ms}, instant{40ms}, instant{60ms},
                             instant{70ms}, instant{90ms}});
}

TEST_CASE("a period of nothing or less is misuse, when made and when reset", "[time][T7]") {
  testing::deterministic_runtime rt{1};
  auto const period = GENERATE(0ns, duration{-1}, duration::min());
  CHECK_THROWS_AS((ticker{rt.background(), period}), misuse);
  ticker const each{rt.background(), 10ms};
  CHECK_THROWS_AS(each.reset(period), misuse);
  (void)rt.run_until(instant{10ms});
  CHECK(each.try_recv() == instant{10ms});  // it ticks on
}

TEST_CASE("stop ends the ticks, one that was due included, and closes nothing", "[time][T7][T4]") {
  testing::deterministic_runtime rt{GENERATE(range(0, 8))};
  std::optional<result<instant>> got;
  ticker const each{rt.background(), 10ms};
  pass_to(rt, instant{15ms});
  CHECK(each.stop());
  CHECK_FALSE(each.stop());
  CHECK(each.try_recv().error().code() == errc::would_block);
  auto body = [&](context ctx) -> task<void> { got = co_await each.recv(ctx); };
  auto const scope = with_timeout(rt.background(), 1s);
  rt.spawn(body(scope)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(got->error().code() == errc::deadline_exceeded);  // it waited, as for any tick
}

TEST_CASE("reset begins anew with another period", "[time][T7][T4]") {
  testing::deterministic_runtime rt{1};
  ticker const each{rt.background(), 10ms};
  pass_to(rt, instant{15ms});
  CHECK(each.reset(2ms));
  CHECK_FALSE(each.try_recv());  // the tick of the old setting
  (void)rt.run_until(instant{17ms});
  CHECK(each.try_recv() == instant{17ms});
  CHECK(each.stop());
  CHECK_FALSE(each.reset(5ms));
  (void)rt.run_until(instant{22ms});
  CHECK(each.try_recv() == instant{22ms});
}

TEST_CASE("a period beyond the end of time never comes", "[time][T7][T2]") {
  testing::deterministic_runtime rt{1};
  ticker const each{rt.background(), duration::max()};
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(each.stop());
  auto const half = duration::max() / 2 + 2ns;  // the first tick is in time, the second is not
  ticker const twice{rt.background(), half};
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(twice.try_recv() == instant{half});
  CHECK(twice.stop());
}

TEST_CASE("several receivers share the ticks, in turn", "[time][T7]") {
  testing::deterministic_runtime rt{GENERATE(range(0, 16))};
  std::vector<instant> ticks;
  ticker const each{rt.background(), 10ms};
  auto const scope = with_timeout(rt.background(), 45ms);
  auto body = [&](context ctx) -> task<void> {
    while (auto const at = co_await each.recv(ctx)) ticks.push_back(*at);
  };
  for (int i = 0; i < 3; ++i) rt.spawn(body(scope)).detach();
  (void)rt.run_until(instant{50ms});
  CHECK(ticks == std::vector{instant{10ms}, instant{20ms}, instant{30ms}, instant{40ms}});
}

TEST_CASE("ticks that came due while nobody looked are one, and the next keeps to the grid",
          "[time][T7][threads]") {
  runtime rt{{.workers = 1}};
  auto body = [&](context ctx) -> task<bool> {
    auto const start = rt.now();
    ticker const each{ctx, 10ms};
    std::this_thread::sleep_for(35ms);  // the only worker: no timer fires meanwhile
    auto const first = co_await each.recv(ctx);
    auto const second = co_await each.recv(ctx);
    co_return *first >= start + 35ms && *second >= start + 40ms;
  };
  CHECK(rt.block_on(body(rt.background())) == true);
}

TEST_CASE("a ticker on threads ticks at its multiples or a little later", "[time][T7][threads]") {
  runtime rt{{.workers = 1}};
  auto const start = rt.now();
  ticker const each{rt.background(), 1ms};
  auto last = start;
  for (int i = 0; i < 5; ++i) {
    auto const at = each.recv_blocking(rt.background());
    REQUIRE(at);
    CHECK(*at > last);
    CHECK(*at >= start + (i + 1) * 1ms);
    last = *at;
  }
  CHECK(each.stop());
}
