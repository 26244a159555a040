#include <sluice/time/timer.hpp>

#include <atomic>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/sleep.hpp>
#include <sluice/time/ticker.hpp>
#include <tests/support/effort.hpp>
#include <tests/support/thread_crew.hpp>
#include <tests/support/tracked.hpp>
#include <tests/support/workers.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

auto const always = context::background();

task<void> take(timer from, context ctx, std::optional<result<instant>>& got) {
  got = co_await from.recv(ctx);
}

/// Lets `rt` reach `at`, whatever its timers do meanwhile.
void pass_to(testing::deterministic_runtime& rt, instant at) {
  auto body = [](context ctx, instant until) -> task<void> { (void)co_await sleep_until(ctx, until); };
  (void)rt.block_on(body(rt.background(), at));
}

}  // namespace

TEST_CASE("time is told by the runtime, and the wall clock has no part in it", "[time][T1]") {
  STATIC_CHECK(engine_clock::is_steady);
  testing::deterministic_runtime rt{1};
  timer const t{rt.background(), 1h};
  CHECK(rt.now() == instant{});  // real time passes all the while
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(rt.now() == instant{1h});
  CHECK(t.try_recv() == instant{1h});
}

TEST_CASE("a timer fires once, not before its time", "[time][T3]") {
  testing::deterministic_runtime rt{GENERATE(range(0, 16))};
  std::optional<result<instant>> first;
  std::optional<result<instant>> second;
  timer const t{rt.background(), 5ms};
  rt.spawn(take(t, rt.background(), first)).detach();
  (void)rt.run_until(instant{5ms - 1ns});
  CHECK_FALSE(first);
  (void)rt.run_until(instant{5ms});
  CHECK(*first == instant{5ms});
  auto const scope = with_timeout(rt.background(), 1h);
  rt.spawn(take(t, scope, second)).detach();  // it has had its instant
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(second->error().code() == errc::deadline_exceeded);
}

TEST_CASE("what is received is the instant at which the timer fired", "[time][T6]") {
  testing::deterministic_runtime rt{1};
  timer const t{rt.background(), 5ms};
  pass_to(rt, instant{1s});
  CHECK(t.try_recv() == instant{5ms});
  CHECK(t.try_recv().error().code() == errc::would_block);
}

TEST_CASE("a timer that fires late says so", "[time][T6][threads]") {
  runtime rt{{.workers = 1}};
  auto body = [&](context ctx) -> task<bool> {
    auto const start = rt.now();
    timer const t{ctx, 1ms};
    std::this_thread::sleep_for(10ms);  // the only worker: no timer fires meanwhile
    auto const got = co_await t.recv(ctx);
    co_return *got >= start + 10ms;
  };
  CHECK(rt.block_on(body(rt.background())) == true);
}

TEST_CASE("timers for one instant fire in the order in which they were set", "[time][T3]") {
  testing::deterministic_runtime rt{simulation{.strategy = schedule_strategy::round_robin}};
  std::vector<int> order;
  std::vector<timer> timers;
  auto wait = [&](int who) -> task<void> {
    (void)co_await timers[static_cast<std::size_t>(who)].recv(always);
    order.push_back(who);
  };
  for (int who = 0; who < 5; ++who) {
    timers.emplace_back(rt.background(), who == 4 ? 6ms : 5ms);
    rt.spawn(wait(who)).detach();
  }
  CHECK(timers[1].reset(5ms));  // set last, so last of its instant
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(order == std::vector{0, 2, 3, 1, 4});
}

TEST_CASE("nothing or less is due at once, the longest time never", "[time][T2][T3]") {
  testing::deterministic_runtime rt{1};
  timer const none{rt.background(), 0ns};
  timer const less{rt.background(), duration::min()};
  timer const longest{rt.background(), duration::max()};
  CHECK_FALSE(none.try_recv());  // not inside the constructor
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(none.try_recv() == instant{});
  CHECK(less.try_recv() == instant{});
  pass_to(rt, instant{24h});
  CHECK(longest.reset(duration::max()));  // pending all the while
  CHECK_FALSE(longest.try_recv());
  CHECK(longest.stop());
}

TEST_CASE("after stop nothing can be received, also if it was due already", "[time][T4]") {
  testing::deterministic_runtime rt{1};
  timer const t{rt.background(), 5ms};
  SECTION("before it fired") {
    CHECK(t.stop());
  }
  SECTION("after it fired, before anybody received") {
    pass_to(rt, instant{6ms});
    CHECK(t.stop());
  }
  SECTION("after it was received") {
    pass_to(rt, instant{6ms});
    CHECK(t.try_recv() == instant{5ms});
    CHECK_FALSE(t.stop());
  }
  CHECK_FALSE(t.stop());
  pass_to(rt, instant{1s});
  CHECK(t.try_recv().error().code() == errc::would_block);
}

TEST_CASE("after reset only the new setting can be received, without draining", "[time][T4]") {
  testing::deterministic_runtime rt{1};
  timer const t{rt.background(), 5ms};
  SECTION("while pending") { CHECK(t.reset(20ms)); }
  SECTION("while due but not received") {
    pass_to(rt, instant{6ms});
    CHECK(t.reset(14ms));
  }
  SECTION("after it was received") {
    pass_to(rt, instant{6ms});
    CHECK(t.try_recv().has_value());
    CHECK_FALSE(t.reset(14ms));
  }
  SECTION("after stop") {
    CHECK(t.stop());
    CHECK_FALSE(t.reset(20ms));
  }
  auto const scope = with_timeout(rt.background(), 1s);
  std::optional<result<instant>> first;
  std::optional<result<instant>> second;
  rt.spawn(take(t, scope, first)).detach();
  rt.spawn(take(t, scope, second)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  auto const got = (*first ? 1 : 0) + (*second ? 1 : 0);
  CHECK(got == 1);
  CHECK(*(*first ? *first : *second) == instant{20ms});
}

TEST_CASE("a reset by the task that the timer woke concerns the next setting alone", "[time][T4]") {
  testing::deterministic_runtime rt{GENERATE(range(0, 16))};
  std::vector<instant> seen;
  timer const t{rt.background(), 1ms};
  auto again = [&](context ctx) -> task<void> {
    while (seen.size() < 3) {
      seen.push_back(*co_await t.recv(ctx));
      CHECK_FALSE(t.reset(1ms));
    }
    CHECK(t.stop());
  };
  rt.spawn(again(rt.background())).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(seen == std::vector{instant{1ms}, instant{2ms}, instant{3ms}});
}

TEST_CASE("once a waiting task has been given the instant, stop is too late", "[time][T5]") {
  testing::deterministic_runtime rt{1};
  std::optional<result<instant>> got;
  timer const t{rt.background(), 1ms};
  rt.spawn(take(t, rt.background(), got)).detach();
  (void)rt.step();  // it waits
  (void)rt.step();  // the timer has fired; the task has not run yet
  CHECK(rt.now() == instant{1ms});
  CHECK_FALSE(got);
  CHECK_FALSE(t.stop());
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(*got == instant{1ms});
}

TEST_CASE("stop racing with the firing: nothing comes, or one instant does", "[time][T5][threads]") {
  runtime rt{{.workers = support::workers(2)}};
  constexpr int rounds = 400;
  int stopped = 0;
  int delivered = 0;
  for (int round = 0; round < rounds; ++round) {
    timer const t{rt.background(), duration{(round % 4) * 5'000}};
    auto got = std::optional<result<instant>>{};
    auto const scope = with_timeout(rt.background(), 20ms);
    auto waiting = rt.spawn(take(t, scope, got));
    for (int spin = 0; spin < round % 7 * 100; ++spin) std::atomic_signal_fence(std::memory_order_seq_cst);
    auto const prevented = t.stop();
    stopped += prevented ? 1 : 0;
    if (!prevented) {
      std::move(waiting).join_blocking();
      delivered += *got ? 1 : 0;
    } else {
      auto const late = t.try_recv();
      CHECK_FALSE(late);
      waiting.detach();
      while (rt.live_count() != 0) {  // `got` is the task's until its context has ended
        std::this_thread::yield();
      }
      CHECK_FALSE(*got);
    }
  }
  CHECK(stopped + delivered == rounds);
}

TEST_CASE("reset racing with the firing lets no instant of the old setting through",
          "[time][T4][threads]") {
  runtime rt{{.workers = support::workers(2)}};
  int early = 0;
  for (int round = 0; round < 300; ++round) {
    timer const t{rt.background(), duration{(round % 5) * 4'000}};
    for (int spin = 0; spin < round % 11 * 50; ++spin) std::atomic_signal_fence(std::memory_order_seq_cst);
    auto const before = rt.now();
    (void)t.reset(100us);
    auto const got = t.recv_blocking(rt.background());
    if (!got || *got < before + 100us) ++early;
    if (t.stop()) ++early;  // a second one was there
  }
  CHECK(early == 0);
}

TEST_CASE("receiving ends with its context, at once, and takes nothing", "[time][X16]") {
  testing::deterministic_runtime rt{GENERATE(range(0, 16))};
  std::optional<result<instant>> got;
  auto scope = with_cancel(rt.background());
  timer const t{rt.background(), 1h};
  rt.spawn(take(t, scope, got)).detach();
  (void)rt.run_until(instant{1ms});
  scope.cancel();
  (void)rt.step();
  CHECK(got->error().code() == errc::cancelled);
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(t.try_recv() == instant{1h});
}

TEST_CASE("a context that has ended receives nothing, also if it is there", "[time][X16]") {
  testing::deterministic_runtime rt{1};
  std::optional<result<instant>> got;
  auto const scope = with_timeout(rt.background(), 0ns);
  timer const t{rt.background(), 1ms};
  pass_to(rt, instant{2ms});
  rt.spawn(take(t, scope, got)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(got->error().code() == errc::deadline_exceeded);
  CHECK(t.recv_blocking(scope).error().code() == errc::deadline_exceeded);
  CHECK(t.try_recv() == instant{1ms});
}

TEST_CASE("the end of the context it was made from stops no timer", "[time][T3]") {
  testing::deterministic_runtime rt{1};
  auto scope = with_cancel(rt.background());
  timer const t{scope, 1ms};
  scope.cancel();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(t.try_recv() == instant{1ms});
}

TEST_CASE("a timer that nobody made is misuse, whatever is asked of it", "[time][T9]") {
  auto misused = [](auto const& made) {
    CHECK_THROWS_AS(made.stop(), misuse);
    CHECK_THROWS_AS(made.reset(1s), misuse);
    CHECK_THROWS_AS(made.recv(always), misuse);
    CHECK_THROWS_AS(made.recv_blocking(always), misuse);
    CHECK_THROWS_AS(made.try_recv(), misuse);
  };
  misused(timer{});
  misused(ticker{});
  testing::deterministic_runtime rt{1};
  timer from{rt.background(), 1s};
  auto const to = std::move(from);
  misused(from);
  CHECK(to.stop());
}

TEST_CASE("a timer needs a clock", "[time][T9][X17]") {
  CHECK_THROWS_AS((timer{always, 1s}), misuse);
  CHECK_THROWS_AS((ticker{with_cancel(always), 1s}), misuse);
  auto kept = always;
  {
    testing::deterministic_runtime rt{1};
    kept = with_cancel(rt.background());
    auto from = rt.background();
    auto const to = std::move(from);
    CHECK_THROWS_AS((timer{from, 1s}), misuse);
  }
  CHECK_THROWS_AS((timer{kept, 1s}), misuse);
}

TEST_CASE("dropping the last handle frees a timer, and it never fires", "[time][T10]") {
  testing::deterministic_runtime rt{1};
  {
    timer const first{rt.background(), 1h};
    auto second = std::optional{first};
    ticker const each{rt.background(), 1h};
    auto const same = each;
    second.reset();
    CHECK(rt.run_until(instant{1ms}) == ended::not_yet);  // still pending
  }
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(rt.now() == instant{});
}

TEST_CASE("a task that waits on a timer keeps it", "[time][T10]") {
  testing::deterministic_runtime rt{GENERATE(range(0, 16))};
  std::optional<result<instant>> got;
  {
    timer t{rt.background(), 1ms};
    rt.spawn(take(std::move(t), rt.background(), got)).detach();
  }
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(*got == instant{1ms});
}

TEST_CASE("destroying a task that waits on a timer takes it out of the queue", "[time][T10][G2]") {
  std::optional<timer> kept;
  {
    testing::deterministic_runtime rt{1};
    kept.emplace(rt.background(), duration::max());
    auto body = [](timer from) -> task<void> {
      support::tracked const guard{1};
      (void)co_await from.recv(always);
    };
    rt.spawn(body(*kept)).detach();
    CHECK(rt.run() == ended::deadlock);
    CHECK(rt.live_tasks().at(0).waiting_for == "a timer");
  }
  CHECK(support::tracked::alive == 0);
  CHECK(kept->stop());  // its runtime has gone; it can still be asked
}

TEST_CASE("a timer may outlive its runtime, and never fires then", "[time][T10]") {
  std::optional<timer> kept;
  std::optional<ticker> each;
  {
    testing::deterministic_runtime rt{1};
    kept.emplace(rt.background(), 1h);
    each.emplace(rt.background(), 1h);
  }
  CHECK(kept->stop());
  CHECK_FALSE(kept->reset(1s));
  CHECK(each->reset(1s));
  CHECK_FALSE(kept->try_recv());
}

TEST_CASE("100,000 pending timers are set and stopped without leaving anything", "[time][T11]") {
  testing::deterministic_runtime rt{1};
  auto const count = static_cast<std::size_t>(support::full_size(100'000));
  std::vector<timer> timers;
  timers.reserve(count);
  for (std::size_t i = 0; i < count; ++i)
    timers.emplace_back(rt.background(), 1h + duration{(i * 7919) % count});
  std::size_t stopped = 0;
  for (std::size_t i = 0; i + 1 < count; ++i) stopped += timers[(i * 31) % count].stop() ? 1 : 0;
  for (auto& each : timers) stopped += each.stop() ? 1 : 0;
  CHECK(stopped == count);
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(rt.now() == instant{});
}

TEST_CASE("100,000 timers fire each at its time", "[time][T3][T11]") {
  testing::deterministic_runtime rt{1};
  auto const count = static_cast<std::size_t>(support::full_size(100'000));
  std::vector<timer> timers;
  timers.reserve(count);
  for (std::size_t i = 0; i < count; ++i)
    timers.emplace_back(rt.background(), duration{(i * 7919) % count});
  CHECK(rt.run() == ended::all_tasks_done);
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < count; ++i)
    if (timers[i].try_recv() != instant{duration{(i * 7919) % count}}) ++wrong;
  CHECK(wrong == 0);
}

TEST_CASE("tasks that never stop running keep no timer from firing", "[time][T12]") {
  testing::deterministic_runtime rt{simulation{.workers = 1, .slice_cost = 1us}};
  timer const t{rt.background(), 1ms};
  auto busy = [&]() -> task<int> {
    int slices = 0;
    while (!t.try_recv()) {
      co_await yield();
      ++slices;
    }
    co_return slices;
  };
  auto const slices = rt.block_on(busy());
  CHECK(*slices >= 1000);
  CHECK(*slices <= 1000 + 61);
}

TEST_CASE("a single worker that always has a task to run looks at its timers",
          "[time][T12][threads]") {
  runtime rt{{.workers = 1}};
  std::atomic<bool> fired{false};
  auto busy = [&]() -> task<void> {
    while (!fired) co_await yield();
  };
  auto waiting = [&](context ctx) -> task<void> {
    timer const t{ctx, 1ms};
    (void)co_await t.recv(ctx);
    fired = true;
  };
  auto one = rt.spawn(busy());
  auto two = rt.spawn(busy());
  auto three = rt.spawn(waiting(rt.background()));
  std::move(one).join_blocking();
  std::move(two).join_blocking();
  std::move(three).join_blocking();
  CHECK(fired);
}

TEST_CASE("a thread can receive from a timer", "[time][T6][threads]") {
  runtime rt{{.workers = 1}};
  auto const before = rt.now();
  timer const t{rt.background(), 2ms};
  auto const got = t.recv_blocking(rt.background());
  REQUIRE(got);
  CHECK(*got >= before + 2ms);
  auto const scope = with_timeout(rt.background(), 1ms);
  CHECK(t.recv_blocking(scope).error().code() == errc::deadline_exceeded);
}

TEST_CASE("receiving on a worker by blocking it is misuse", "[time][G8]") {
  testing::deterministic_runtime rt{1};
  timer const t{rt.background(), 1ms};
  auto body = [&]() -> task<void> {
    (void)t.recv_blocking(always);
    co_return;
  };
  CHECK_THROWS_AS(rt.block_on(body()), misuse);
}

TEST_CASE("timers are set, stopped and dropped from many threads at once", "[time][T5][T10][threads]") {
  runtime rt{{.workers = support::workers(2)}};
  timer const shared{rt.background(), 1ms};
  support::run_together(3, [&](unsigned who) {
    for (int i = 0; i < 300; ++i) {
      timer const own{rt.background(), duration{(i % 5) * 3'000}};
      (void)shared.reset(duration{(i % 3) * 2'000});
      if (i % 2 == 0) (void)own.stop();
      if (who == 0) (void)shared.stop();
      (void)shared.try_recv();
    }
  });
  (void)shared.stop();
  CHECK_FALSE(shared.try_recv());
}
