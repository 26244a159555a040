#include <sluice/pool/worker_pool.hpp>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/sleep.hpp>
#include <tests/support/tracked.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using support::tracked;

namespace {

auto const always = context::background();

/// A job that takes virtual time.
auto lasting(duration span, int answer = 0) {
  return [=](context const& ctx) -> task<int> {
    (void)co_await sleep_for(ctx, span);
    co_return answer;
  };
}

auto adds_up(pool_metrics const& m) -> bool {
  return m.submitted == m.completed + m.failed + m.cancelled + m.waiting + m.running;
}

}  // namespace

TEST_CASE("every job is run once and answers its own handle", "[pool][Q1]") {
  auto const workers = GENERATE(1U, 3U);
  auto const queue = GENERATE(std::size_t{0}, std::size_t{4});
  std::vector<int> runs(30, 0);
  auto everything = [&](executor& home, context ctx) -> task<int> {
    worker_pool pool{home, ctx, {.workers = workers, .queue = queue}};
    std::vector<job_handle<int>> handles;
    for (int i = 0; i < 30; ++i) {
      auto handle = co_await pool.submit(ctx, [&runs, i] {
        ++runs[static_cast<std::size_t>(i)];
        return i * i;
      });
      if (handle) handles.push_back(std::move(*handle));
    }
    int right = 0;
    for (int i = 0; auto& handle : handles) {
      auto const answer = co_await std::move(handle);
      if (answer && *answer == i * i) ++right;
      ++i;
    }
    (void)co_await pool.stop(ctx, stop_mode::drain);
    auto const m = pool.metrics();
    co_return m.submitted == 30 && m.completed == 30 && adds_up(m) && m.running == 0 ? right : -1;
  };
  testing::deterministic_runtime rt{GENERATE(range(0, 8))};
  CHECK(rt.block_on(everything(rt.home(), rt.background())) == 30);
  CHECK(runs == std::vector(30, 1));
}

TEST_CASE("a pool runs as many jobs at once as it has workers, in the order it accepted them",
          "[pool][Q1]") {
  std::vector<int> order;
  int running = 0;
  int most = 0;
  auto everything = [&](executor& home, context ctx) -> task<void> {
    worker_pool pool{home, ctx, {.workers = 3, .queue = 10}};
    for (int i = 0; i < 9; ++i) {
      (void)co_await pool.submit(ctx, [&, i](context const& inner) -> task<void> {
        order.push_back(i);
        most = std::max(most, ++running);
        (void)co_await sleep_for(inner, 1ms);
        --running;
      });
    }
    (void)co_await pool.stop(ctx, stop_mode::drain);
    order.push_back(home.now() == instant{3ms} ? 100 : -1);
  };
  testing::deterministic_runtime rt{simulation{.workers = 1, .strategy = schedule_strategy::round_robin}};
  REQUIRE(rt.block_on(everything(rt.home(), rt.background())));
  CHECK(most == 3);
  CHECK(order == std::vector{0, 1, 2, 3, 4, 5, 6, 7, 8, 100});
}

TEST_CASE("a full pool makes submit wait and try_submit answer full", "[pool][Q2]") {
  auto everything = [&](executor& home, context ctx) -> task<std::string> {
    worker_pool pool{home, ctx, {.workers = 1, .queue = 2}};
    std::string said;
    (void)co_await pool.submit(ctx, lasting(10ms));
    co_await yield();
    while (pool.metrics().running == 0) co_await yield();
    for (int i = 0; i < 3; ++i) {
      auto const handle = pool.try_submit(lasting(10ms));
      said += handle ? "accepted " : std::string(name(handle.error().code())) + " ";
    }
    said += std::to_string(pool.waiting());
    (void)co_await pool.submit(ctx, lasting(0ms));
    said += home.now() == instant{10ms} ? " waited" : " did not wait";
    (void)co_await pool.stop(ctx, stop_mode::drain);
    auto const m = pool.metrics();
    said += m.refused == 1 && m.submitted == 4 && adds_up(m) ? " counted" : " miscounted";
    co_return said;
  };
  testing::deterministic_runtime rt{GENERATE(range(0, 8))};
  CHECK(rt.block_on(everything(rt.home(), rt.background())) ==
        "accepted accepted full 2 waited counted");
}

TEST_CASE("a pool without a queue hands each job to an idle worker", "[pool][Q2]") {
  auto everything = [&](executor& home, context ctx) -> task<std::string> {
    worker_pool pool{home, ctx, {.workers = 1, .queue = 0}};
    std::string said;
    (void)co_await sleep_for(ctx, 1ms);  // the worker is idle now
    for (int i = 0; i < 2; ++i) {
      auto const handle = pool.try_submit(lasting(1ms));
      said += handle ? "accepted " : std::string(name(handle.error().code())) + " ";
    }
    (void)co_await pool.stop(ctx, stop_mode::drain);
    co_return said;
  };
  testing::deterministic_runtime rt{GENERATE(range(0, 8))};
  CHECK(rt.block_on(everything(rt.home(), rt.background())) == "accepted full ");
}

TEST_CASE("a submit whose context ends was not accepted", "[pool][Q2][X16]") {
  bool ran = false;
  auto everything = [&](executor& home, context ctx) -> task<std::string> {
    worker_pool pool{home, ctx, {.workers = 1, .queue = 0}};
    (void)co_await pool.submit(ctx, lasting(1s));
    auto const patience = with_timeout(ctx, 1ms);
    auto const late = co_await pool.submit(patience.ctx(), [&] { ran = true; });
    auto const ended = co_await pool.submit(patience.ctx(), [&] { ran = true; });
    auto const m = pool.metrics();
    auto said = std::string(name(late.error().code())) + ", " +
                std::string(name(ended.error().code())) + ", refused " + std::to_string(m.refused);
    (void)co_await pool.stop(ctx, stop_mode::drain);
    co_return said;
  };
  testing::deterministic_runtime rt{GENERATE(range(0, 8))};
  CHECK(rt.block_on(everything(rt.home(), rt.background())) ==
        "deadline exceeded, deadline exceeded, refused 2");
  CHECK_FALSE(ran);
}

TEST_CASE("a job that throws fails its handle, and its worker lives on", "[pool][Q5]") {
  auto everything = [&](executor& home, context ctx) -> task<std::string> {
    worker_pool pool{home, ctx, {.workers = 1, .queue = 4}};
    auto plain = co_await pool.submit(ctx, []() -> int { throw std::runtime_error("plain"); });
    auto waits = co_await pool.submit(ctx, []() -> task<int> {
      co_await yield();
      throw std::runtime_error("waits");
    });
    (void)co_await pool.submit(ctx, []() -> int { throw std::runtime_error("dropped"); });
    auto after = co_await pool.submit(ctx, [] { return 7; });
    std::string said;
    for (auto* each : {&*plain, &*waits}) {
      try {
        (void)co_await std::move(*each);
      } catch (std::runtime_error const& thrown) {
        said += thrown.what() + std::string(" ");
      }
    }
    said += std::to_string((co_await std::move(*after)).value());
    (void)co_await pool.stop(ctx, stop_mode::drain);
    auto const m = pool.metrics();
    if (m.failed != 3 || m.completed != 1 || !adds_up(m)) said += " miscounted";
    co_return said;
  };
  testing::deterministic_runtime rt{GENERATE(range(0, 8))};
  CHECK(rt.block_on(everything(rt.home(), rt.background())) == "plain waits 7");
  CHECK(rt.reports().empty());
}

TEST_CASE("stop with drain runs what is queued; with abort it reports it cancelled", "[pool][Q1][Q3]") {
  auto const mode = GENERATE(stop_mode::drain, stop_mode::abort);
  int ran = 0;
  auto everything = [&](executor& home, context ctx) -> task<std::string> {
    worker_pool pool{home, ctx, {.workers = 1, .queue = 10}};
    std::vector<job_handle<int>> handles;
    for (int i = 0; i < 6; ++i) {
      auto handle = co_await pool.submit(ctx, [&](context const& inner) -> task<int> {
        ++ran;
        (void)co_await sleep_for(inner, 10ms);
        co_return inner.done() ? -1 : 1;
      });
      handles.push_back(std::move(*handle));
    }
    while (pool.metrics().running == 0) co_await yield();
    auto const stopped = co_await pool.stop(ctx, mode);
    std::string said = stopped ? "stopped:" : "failed:";
    for (auto& handle : handles) {
      auto const answer = co_await std::move(handle);
      said += answer ? " " + std::to_string(*answer) : " " + std::string(name(answer.error().code()));
    }
    auto const m = pool.metrics();
    said += adds_up(m) && m.waiting == 0 && m.running == 0 ? "" : " miscounted";
    said += home.now() == instant{mode == stop_mode::drain ? 60ms : 0ms} ? "" : " at a wrong time";
    co_return said;
  };
  testing::deterministic_runtime rt{GENERATE(range(0, 8))};
  auto const said = rt.block_on(everything(rt.home(), rt.background()));
  if (mode == stop_mode::drain) {
    CHECK(said == "stopped: 1 1 1 1 1 1");
    CHECK(ran == 6);
  } else {
    CHECK(said == "stopped: -1 cancelled cancelled cancelled cancelled cancelled");
    CHECK(ran == 1);
  }
}

TEST_CASE("from the start of stop on, nothing is accepted, and those who wait to submit hear of it",
          "[pool][Q3]") {
  std::vector<std::string> heard;
  auto submits = [&](worker_pool& pool, context ctx) -> task<void> {
    auto const handle = co_await pool.submit(ctx, lasting(1ms));
    heard.push_back(handle ? "accepted" : std::string(name(handle.error().code())));
  };
  auto everything = [&](executor& home, context ctx) -> task<bool> {
    worker_pool pool{home, ctx, {.workers = 1, .queue = 0}};
    (void)co_await pool.submit(ctx, lasting(10ms));
    auto blocked = spawn(home, submits(pool, ctx));
    (void)co_await sleep_for(ctx, 1ms);
    auto stopping = spawn(home, pool.stop(ctx, stop_mode::drain));
    (void)co_await sleep_for(ctx, 1ms);
    auto const late = pool.try_submit([] {});
    co_await submits(pool, ctx);
    co_await std::move(blocked);
    (void)co_await std::move(stopping);
    co_return late.error().code() == errc::stopped && pool.metrics().refused == 3 &&
        adds_up(pool.metrics());
  };
  testing::deterministic_runtime rt{GENERATE(range(0, 8))};
  CHECK(rt.block_on(everything(rt.home(), rt.background())) == true);
  CHECK(heard == std::vector<std::string>(2, "stopped"));
}

TEST_CASE("stop is idempotent, from several tasks at once, and the strictest mode counts", "[pool][Q3]") {
  int ended_well = 0;
  auto stops = [&](worker_pool& pool, context ctx, stop_mode mode) -> task<void> {
    if (co_await pool.stop(ctx, mode)) ++ended_well;
  };
  auto everything = [&](executor& home, context ctx) -> task<std::uint64_t> {
    worker_pool pool{home, ctx, {.workers = 2, .queue = 8}};
    for (int i = 0; i < 8; ++i) (void)co_await pool.submit(ctx, lasting(10ms));
    (void)co_await sleep_for(ctx, 1ms);
    std::vector<join_handle<void>> all;
    for (auto const mode : {stop_mode::drain, stop_mode::abort, stop_mode::drain})
      all.push_back(spawn(home, stops(pool, ctx, mode)));
    for (auto& each : all) co_await std::move(each);
    all.clear();
    for (int again = 0; again < 20; ++again)  // new tasks, some of them where a worker lived
      all.push_back(spawn(home, stops(pool, ctx, stop_mode::drain)));
    for (auto& each : all) co_await std::move(each);
    co_return pool.metrics().cancelled;
  };
  testing::deterministic_runtime rt{GENERATE(range(0, 8))};
  CHECK(rt.block_on(everything(rt.home(), rt.background())) == 6U);
  CHECK(ended_well == 23);
}

TEST_CASE("a stop that runs out of time says how many jobs still run, and goes on stopping", "[pool][Q3]") {
  auto everything = [&](executor& home, context ctx) -> task<std::string> {
    worker_pool pool{home, ctx, {.workers = 2, .queue = 4}};
    for (int i = 0; i < 2; ++i) (void)co_await pool.submit(ctx, lasting(10s));
    (void)co_await sleep_for(ctx, 1ms);
    auto const patience = with_timeout(ctx, 1s);
    auto const stopped = co_await pool.stop(patience.ctx(), stop_mode::drain);
    auto const at = home.now();
    auto const late = pool.try_submit([] {});
    (void)co_await pool.stop(ctx, stop_mode::drain);
    co_return stopped.error().message() + (at == instant{1s + 1ms} ? "" : " at a wrong time") +
        (late ? " accepted" : "") + (home.now() == instant{10s} ? "" : " ended at a wrong time");
  };
  testing::deterministic_runtime rt{GENERATE(range(0, 8))};
  auto const said = rt.block_on(everything(rt.home(), rt.background()));
  REQUIRE(said);
  CHECK(said->find("2 jobs still running") != std::string::npos);
  CHECK(said->find("deadline exceeded") != std::string::npos);
  CHECK(said->find("wrong time") == std::string::npos);
}

TEST_CASE("awaiting stop inside one of the pool's own jobs is misuse, not a hang", "[pool][Q4]") {
  auto everything = [&](executor& home, context ctx) -> task<bool> {
    worker_pool pool{home, ctx, {.workers = 1, .queue = 1}};
    auto handle = co_await pool.submit(ctx, [&](context const& inner) -> task<void> {
      (void)co_await pool.stop(inner, stop_mode::drain);
    });
    bool reported = false;
    try {
      (void)co_await std::move(*handle);
    } catch (misuse const&) {
      reported = true;
    }
    auto const still_open = pool.try_submit([] {}).has_value();
    (void)co_await pool.stop(ctx, stop_mode::drain);
    co_return reported && still_open;
  };
  testing::deterministic_runtime rt{GENERATE(range(0, 8))};
  CHECK(rt.block_on(everything(rt.home(), rt.background())) == true);
}

TEST_CASE("jobs that submit to their own full pool are told so instead of waiting for themselves",
          "[pool][Q6]") {
  int accepted = 0;
  int refused = 0;
  auto everything = [&](executor& home, context ctx) -> task<bool> {
    worker_pool pool{home, ctx, {.workers = 2, .queue = 2}};
    std::vector<job_handle<void>> handles;
    for (int i = 0; i < 2; ++i) {
      auto handle = co_await pool.submit(ctx, [&](context const& inner) -> task<void> {
        for (int k = 0; k < 4; ++k) {
          auto const more = co_await pool.submit(inner, [] {});
          ++(more ? accepted : refused);
        }
      });
      handles.push_back(std::move(*handle));
    }
    for (auto& handle : handles) (void)co_await std::move(handle);
    (void)co_await pool.stop(ctx, stop_mode::drain);
    co_return adds_up(pool.metrics());
  };
  testing::deterministic_runtime rt{GENERATE(range(0, 8))};
  CHECK(rt.block_on(everything(rt.home(), rt.background())) == true);
  CHECK(accepted + refused == 8);
  CHECK(accepted >= 2);
  CHECK(refused >= 1);
}

TEST_CASE("a pool without workers is misuse", "[pool][Q7]") {
  testing::deterministic_runtime rt{1};
  CHECK_THROWS_AS(worker_pool(rt.home(), rt.background(), {.workers = 0}), misuse);
  CHECK(rt.live_tasks().empty());
}

TEST_CASE("a handle gives its outcome once", "[pool]") {
  auto everything = [&](executor& home, context ctx) -> task<int> {
    worker_pool pool{home, ctx, {.workers = 1, .queue = 1}};
    auto handle = co_await pool.submit(ctx, [] { return tracked{5}; });
    int misused = 0;
    auto const value = co_await std::move(*handle);
    try {
      (void)co_await std::move(*handle);
    } catch (misuse const&) {
      ++misused;
    }
    if (handle->done()) ++misused;
    (void)co_await pool.stop(ctx, stop_mode::drain);
    co_return misused * 10 + static_cast<int>(value->value());
  };
  testing::deterministic_runtime rt{1};
  CHECK(rt.block_on(everything(rt.home(), rt.background())) == 25);
}

TEST_CASE("dropped handles hold nobody up, and what jobs hold is released", "[pool][Q5]") {
  auto everything = [&](executor& home, context ctx) -> task<void> {
    worker_pool pool{home, ctx, {.workers = 2, .queue = 1}};
    for (int i = 0; i < 20; ++i)
      (void)co_await pool.submit(ctx, [held = tracked{i}] { return tracked{held.value()}; });
    (void)co_await pool.stop(ctx, stop_mode::drain);
  };
  testing::deterministic_runtime rt{GENERATE(range(0, 8))};
  CHECK(rt.block_on(everything(rt.home(), rt.background())));
  CHECK(tracked::alive == 0);
}

TEST_CASE("the end of the parent context gives up what waits and tells what runs", "[pool][Q1][Q3]") {
  auto everything = [&](executor& home, context ctx) -> task<std::string> {
    auto scope = with_cancel(ctx);
    worker_pool pool{home, scope, {.workers = 1, .queue = 4}};
    for (int i = 0; i < 3; ++i) (void)co_await pool.submit(ctx, lasting(1h));
    (void)co_await sleep_for(ctx, 1ms);
    scope.cancel();
    (void)co_await pool.stop(ctx, stop_mode::drain);
    auto const m = pool.metrics();
    co_return std::to_string(m.completed) + " " + std::to_string(m.cancelled) +
        (home.now() == instant{1ms} ? "" : " late");
  };
  testing::deterministic_runtime rt{GENERATE(range(0, 8))};
  CHECK(rt.block_on(everything(rt.home(), rt.background())) == "1 2");
}
