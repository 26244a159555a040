#include <sluice/flow/pipeline.hpp>

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/sleep.hpp>
#include <tests/support/tracked.hpp>
#include <tests/support/workers.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using support::tracked;

namespace {

auto const always = context::background();

/// Feeds 0 … count - 1 and closes; returns how many were taken.
template <class In>
task<int> feed(context ctx, send_only<In> into, int count) {
  int sent = 0;
  for (; sent < count; ++sent)
    if (!co_await into.send(ctx, In{sent})) co_return sent;
  into.close();
  co_return sent;
}

template <class Out>
task<std::vector<Out>> collect(recv_only<Out> from) {
  std::vector<Out> all;
  while (auto value = co_await from.recv(always)) all.push_back(std::move(*value));
  co_return all;
}

auto numbers(int count) {
  std::vector<int> all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

}  // namespace

TEST_CASE("every value passes every stage once, in order", "[flow][F1][F3]") {
  auto const width = GENERATE(1U, 4U);
  auto const buffer = GENERATE(std::size_t{0}, std::size_t{3});
  // Later values take less time, so that they would overtake if they could.
  auto const plan = pipeline<int>()
                        .transform(
                            [](context const& ctx, int v) -> task<int> {
                              (void)co_await sleep_for(ctx, duration{(40 - v) % 7});
                              co_return v * 2;
                            },
                            {.parallelism = width, .buffer = buffer})
                        .transform([](int v) { return v + 1; }, {.parallelism = width});
  auto everything = [&](executor& home, context ctx) -> task<std::vector<int>> {
    auto run = plan.start(home, ctx, buffer);
    auto feeding = spawn(home, feed<int>(run.ctx(), run.in(), 40));
    auto all = co_await collect<int>(run.out());
    auto const sent = co_await std::move(feeding);
    CHECK(sent == 40);
    auto const report = co_await run.finish();
    CHECK(report.discarded == 0);
    CHECK(report.filtered == 0);
    co_return all;
  };
  testing::deterministic_runtime rt{GENERATE(range(0, 8)), 3};
  auto const all = rt.block_on(everything(rt.home(), rt.background()));
  REQUIRE(all);
  auto expected = numbers(40);
  for (auto& v : expected) v = v * 2 + 1;
  CHECK(*all == expected);
}

TEST_CASE("an unordered stage lets values overtake, and loses none", "[flow][F3]") {
  auto const plan = pipeline<int>().transform(
      [](context const& ctx, int v) -> task<int> {
        (void)co_await sleep_for(ctx, v == 0 ? duration{100} : duration{1});
        co_return v;
      },
      {.parallelism = 3, .ordered = false});
  auto everything = [&](executor& home, context ctx) -> task<std::vector<int>> {
    auto run = plan.start(home, ctx);
    spawn(home, feed<int>(run.ctx(), run.in(), 12)).detach();
    auto all = co_await collect<int>(run.out());
    (void)co_await run.finish();
    co_return all;
  };
  testing::deterministic_runtime rt{GENERATE(range(0, 8)), 3};
  auto all = rt.block_on(everything(rt.home(), rt.background()));
  REQUIRE(all);
  CHECK(all->front() != 0);
  std::ranges::sort(*all);
  CHECK(*all == numbers(12));
}

TEST_CASE("a filter leaves out what it refuses, and counts it", "[flow][F3]") {
  auto const width = GENERATE(1U, 3U);
  auto const plan = pipeline<int>()
                        .filter([](int v) { return v % 3 == 0; }, {.parallelism = width})
                        .transform([](int v) { return std::to_string(v); }, {.parallelism = width});
  auto everything = [&](executor& home, context ctx) -> task<std::string> {
    auto run = plan.start(home, ctx);
    spawn(home, feed<int>(run.ctx(), run.in(), 10)).detach();
    std::string text;
    for (auto const& one : co_await collect<std::string>(run.out())) text += one + " ";
    auto const report = co_await run.finish();
    co_return text + "| " + std::to_string(report.filtered) + " " + std::to_string(report.discarded);
  };
  testing::deterministic_runtime rt{GENERATE(range(0, 8)), 3};
  CHECK(rt.block_on(everything(rt.home(), rt.background())) == "0 3 6 9 | 6 0");
}

TEST_CASE("a wide stage works on as many values at once as it has workers", "[flow][F4]") {
  auto const width = GENERATE(1U, 2U, 5U);
  unsigned now = 0;
  unsigned most = 0;
  auto const plan = pipeline<int>().transform(
      [&](context const& ctx, int v) -> task<int> {
        most = std::max(most, ++now);
        (void)co_await sleep_for(ctx, 1ms);
        --now;
        co_return v;
      },
      {.parallelism = width});
  auto everything = [&](executor& home, context ctx) -> task<duration> {
    auto run = plan.start(home, ctx);
    spawn(home, feed<int>(run.ctx(), run.in(), 10)).detach();
    (void)co_await collect<int>(run.out());
    (void)co_await run.finish();
    co_return home.now() - instant{};
  };
  testing::deterministic_runtime rt{GENERATE(range(0, 8)), 3};
  CHECK(rt.block_on(everything(rt.home(), rt.background())) == 10ms / width);
  CHECK(most == width);
}

TEST_CASE("a stage holds back those before it: what is inside is bounded", "[flow][F4]") {
  constexpr std::size_t first = 2;
  constexpr std::size_t between = 3;
  int taken = 0;
  auto const plan = pipeline<int>()
                        .transform([](int v) { return v; }, {.parallelism = 2, .buffer = between})
                        .transform([](int v) { return v; });
  auto counts = [&](context ctx, send_only<int> into) -> task<void> {
    while (co_await into.send(ctx, int{taken})) ++taken;
  };
  auto everything = [&](executor& home, context ctx) -> task<void> {
    auto run = plan.start(home, ctx, first);
    auto feeding = spawn(home, counts(run.ctx(), run.in()));
    (void)co_await sleep_for(ctx, 1s);  // nobody takes anything out
    run.leave();
    co_await std::move(feeding);
    auto const report = co_await run.finish();
    CHECK(report.discarded == static_cast<std::uint64_t>(taken));
  };
  testing::deterministic_runtime rt{GENERATE(range(0, 8))};
  CHECK(rt.block_on(everything(rt.home(), rt.background())));
  CHECK(taken == static_cast<int>(first + 2 + between + 1));  // the buffers, and one per worker
}

TEST_CASE("a consumer that leaves early ends every stage, and the counts add up", "[flow][F1][F2]") {
  auto const wanted = GENERATE(0, 1, 5);
  auto const width = GENERATE(1U, 3U);
  auto const ordered = GENERATE(true, false);
  auto const plan =
      pipeline<tracked>()
          .transform([](tracked v) { return v; },
                     {.parallelism = width, .buffer = 2, .ordered = ordered})
          .filter([](tracked const& v) { return v.value() % 4 != 0; })
          .transform(
              [](context const& ctx, tracked v) -> task<tracked> {
                (void)co_await sleep_for(ctx, 1us);
                co_return v;
              },
              {.parallelism = width, .buffer = 1, .ordered = ordered});
  auto everything = [&](executor& home, context ctx) -> task<std::int64_t> {
    auto run = plan.start(home, ctx, 1);
    auto feeding = spawn(home, feed<tracked>(run.ctx(), run.in(), 1'000'000));
    int received = 0;
    while (received < wanted && co_await run.out().recv(always)) ++received;
    run.leave();
    auto const sent = co_await std::move(feeding);
    auto const report = co_await run.finish();
    co_return sent - received - static_cast<std::int64_t>(report.discarded + report.filtered);
  };
  testing::deterministic_runtime rt{GENERATE(range(0, 4)), 3};
  CHECK(rt.block_on(everything(rt.home(), rt.background())) == 0);
  CHECK(rt.live_tasks().empty());
  CHECK(tracked::alive == 0);
}

TEST_CASE("the end of the context ends a pipeline whose input is never closed", "[flow][F1][F2]") {
  auto const plan = pipeline<int>().transform([](int v) { return v; }, {.parallelism = 2});
  auto everything = [&](executor& home, context ctx) -> task<instant> {
    auto const scope = with_timeout(ctx, 1s);
    auto run = plan.start(home, scope);
    auto const all = co_await collect<int>(run.out());
    CHECK(all.empty());
    (void)co_await run.finish();
    co_return home.now();
  };
  testing::deterministic_runtime rt{GENERATE(range(0, 8))};
  CHECK(rt.block_on(everything(rt.home(), rt.background())) == instant{1s});
}

TEST_CASE("a stage that throws ends the pipeline, and finish throws the first exception", "[flow][F5]") {
  auto const waits = GENERATE(true, false);
  auto const width = GENERATE(1U, 3U);
  std::uint64_t passed = 0;
  auto const plan =
      pipeline<int>()
          .transform([](int v) { return v; }, {.parallelism = width, .buffer = 2})
          .transform(
              [waits](context const& ctx, int v) -> task<int> {
                if (waits) (void)co_await sleep_for(ctx, duration{1});
                if (v >= 5) throw std::runtime_error("at " + std::to_string(v));
                co_return v;
              },
              {.buffer = 2});
  auto everything = [&](executor& home, context ctx) -> task<std::string> {
    auto run = plan.start(home, ctx);
    auto feeding = spawn(home, feed<int>(run.ctx(), run.in(), 1000));
    passed = (co_await collect<int>(run.out())).size();
    auto const cause = run.ctx().cause();
    (void)co_await std::move(feeding);
    try {
      (void)co_await run.finish();
    } catch (std::runtime_error const& thrown) {
      co_return thrown.what() + std::string(cause == error{errc::failed} ? "" : " for another cause");
    }
    co_return "nothing";
  };
  testing::deterministic_runtime rt{GENERATE(range(0, 8))};
  CHECK(rt.block_on(everything(rt.home(), rt.background())) == "at 5");
  CHECK(passed <= 5);
  CHECK(rt.live_tasks().empty());
}

TEST_CASE("of several exceptions the first in time is what finish throws", "[flow][F5]") {
  auto const plan = pipeline<int>().transform(
      [](context const& ctx, int v) -> task<int> {
        (void)co_await sleep_for(ctx, duration{10 + v});  // the end of the pipeline wakes the others
        throw std::runtime_error("at " + std::to_string(v));
      },
      {.parallelism = 4});
  auto everything = [&](executor& home, context ctx) -> task<std::string> {
    auto run = plan.start(home, ctx);
    auto feeding = spawn(home, feed<int>(run.ctx(), run.in(), 4));
    (void)co_await std::move(feeding);
    try {
      (void)co_await run.finish();
    } catch (std::runtime_error const& thrown) {
      co_return thrown.what();
    }
    co_return "nothing";
  };
  testing::deterministic_runtime rt{GENERATE(range(0, 8))};
  CHECK(rt.block_on(everything(rt.home(), rt.background())) == "at 0");
}

TEST_CASE("a plan can be started again and again", "[flow]") {
  auto const plan = pipeline<int>().transform([](int v) { return v * v; });
  auto everything = [&](executor& home, context ctx) -> task<int> {
    int sum = 0;
    for (int round = 0; round < 3; ++round) {
      auto run = plan.start(home, ctx);
      spawn(home, feed<int>(run.ctx(), run.in(), 4)).detach();
      for (int const v : co_await collect<int>(run.out())) sum += v;
      (void)co_await run.finish();
    }
    co_return sum;
  };
  testing::deterministic_runtime rt{1};
  CHECK(rt.block_on(everything(rt.home(), rt.background())) == 3 * (0 + 1 + 4 + 9));
}

TEST_CASE("a pipeline without stages is its own channel", "[flow]") {
  auto everything = [&](executor& home, context ctx) -> task<std::vector<int>> {
    auto run = pipeline<int>().start(home, ctx, 2);
    spawn(home, feed<int>(run.ctx(), run.in(), 5)).detach();
    auto all = co_await collect<int>(run.out());
    (void)co_await run.finish();
    co_return all;
  };
  testing::deterministic_runtime rt{1};
  CHECK(rt.block_on(everything(rt.home(), rt.background())).value() == numbers(5));
}

TEST_CASE("a stage without workers is misuse", "[flow]") {
  CHECK_THROWS_AS(pipeline<int>().transform([](int v) { return v; }, {.parallelism = 0}), misuse);
  CHECK_THROWS_AS(pipeline<int>().filter([](int) { return true; }, {.parallelism = 0}), misuse);
}

TEST_CASE("on real threads a pipeline keeps order and loses nothing", "[flow][F3][threads]") {
  constexpr int count = 500;
  auto const plan = pipeline<int>()
                        .transform([](int v) { return v + 1; }, {.parallelism = 3, .buffer = 4})
                        .filter([](int v) { return v % 2 == 0; }, {.parallelism = 2})
                        .transform([](int v) { return std::to_string(v); }, {.parallelism = 3, .buffer = 2});
  auto everything = [&](executor& home, context ctx) -> task<int> {
    auto run = plan.start(home, ctx, 4);
    auto feeding = spawn(home, feed<int>(run.ctx(), run.in(), count));
    int next = 2;
    while (auto value = co_await run.out().recv(always)) {
      if (*value != std::to_string(next)) break;
      next += 2;
    }
    run.leave();
    (void)co_await std::move(feeding);
    (void)co_await run.finish();
    co_return next;
  };
  runtime rt{{.workers = GENERATE(from_range(support::each_number_of_workers()))}};
  CHECK(rt.block_on(everything(rt.home(), rt.background())) == count + 2);
}

TEST_CASE("on real threads a consumer that leaves early leaves nothing behind", "[flow][F2][threads]") {
  auto const plan = pipeline<tracked>()
                        .transform([](tracked v) { return v; }, {.parallelism = 3, .buffer = 4})
                        .transform([](tracked v) { return v; }, {.parallelism = 2, .ordered = false});
  auto everything = [&](executor& home, context ctx, int wanted) -> task<std::int64_t> {
    auto run = plan.start(home, ctx, 4);
    auto feeding = spawn(home, feed<tracked>(run.ctx(), run.in(), 1'000'000));
    int received = 0;
    while (received < wanted && co_await run.out().recv(always)) ++received;
    run.leave();
    auto const sent = co_await std::move(feeding);
    auto const report = co_await run.finish();
    co_return sent - received - static_cast<std::int64_t>(report.discarded);
  };
  runtime rt{{.workers = GENERATE(from_range(support::each_number_of_workers()))}};
  for (int wanted = 0; wanted < 20; ++wanted)
    CHECK(rt.block_on(everything(rt.home(), rt.background(), wanted)) == 0);
  CHECK(tracked::alive == 0);
}
