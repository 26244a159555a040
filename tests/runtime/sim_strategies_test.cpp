// Strategies of the simulation: priorities find bugs of a given depth as often as promised.
#include <set>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/sleep.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

auto const always = context::background();

/// Two tasks of so many slices each; the order in which they ran.
auto order_of_two(simulation options, int slices) -> std::string {
  std::string order;
  auto body = [&](char who) -> task<void> {
    for (int left = slices; left > 1; --left) {
      order += who;
      co_await yield();
    }
    order += who;
  };
  testing::deterministic_runtime rt{std::move(options)};
  rt.spawn(body('a')).detach();
  rt.spawn(body('b')).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  return order;
}

auto by_priorities(std::uint64_t seed, unsigned depth, std::uint64_t slices) -> simulation {
  return {.workers = 1,
          .seed = seed,
          .strategy = schedule_strategy::priorities,
          .bug_depth = depth,
          .expected_slices = slices};
}

/// Under how many of the seeds the two tasks ran in this order.
auto how_often(std::string const& order, unsigned depth, int seeds) -> int {
  auto const slices = static_cast<int>(order.size());
  int found = 0;
  for (int seed = 1; seed <= seeds; ++seed)
    if (order_of_two(by_priorities(static_cast<std::uint64_t>(seed), depth,
                                   static_cast<std::uint64_t>(slices)),
                     slices / 2) == order)
      ++found;
  return found;
}

}  // namespace

TEST_CASE("without change points the most important task runs until it waits", "[sim][runtime][Z3]") {
  std::set<std::string> orders;
  for (std::uint64_t seed = 1; seed <= 32; ++seed)
    orders.insert(order_of_two(by_priorities(seed, 1, 8), 4));
  CHECK(orders == std::set<std::string>{"aaaabbbb", "bbbbaaaa"});
}

TEST_CASE("a bug of depth d is found at least as often as promised", "[sim][runtime][Z3]") {
  // With n tasks and k slices 1/(n * k^(d-1)) of the seeds; four standard deviations are left to chance.
  SECTION("depth 1: the one spawned last begins first, 1/2") {
    CHECK(how_often("bbbbaaaa", 1, 1000) > 500 - 4 * 16);
  }
  SECTION("depth 2: one of twenty slices in a row begins behind the first of the other, 1/80") {
    std::string const order = "b" + std::string(20, 'a') + std::string(19, 'b');
    CHECK(how_often(order, 2, 8000) > 100 - 4 * 10);
  }
  SECTION("depth 3: two switches at given places, 1/128") {
    CHECK(how_often("aabbaabb", 3, 12'800) > 100 - 4 * 10);
  }
}

TEST_CASE("where chance alone would need a million seeds, priorities need a hundred", "[sim][runtime][Z3]") {
  std::string const order = "b" + std::string(20, 'a') + std::string(19, 'b');
  int by_chance = 0;
  for (std::uint64_t seed = 1; seed <= 8000; ++seed)
    if (order_of_two({.workers = 1, .seed = seed}, 20) == order) ++by_chance;
  CHECK(by_chance == 0);
}

TEST_CASE("priorities are one schedule per seed too", "[sim][runtime][Z1][Z3]") {
  std::set<std::string> orders;
  for (std::uint64_t seed = 1; seed <= 64; ++seed) {
    auto const order = order_of_two(by_priorities(seed, 4, 16), 8);
    CHECK(order == order_of_two(by_priorities(seed, 4, 16), 8));
    orders.insert(order);
  }
  CHECK(orders.size() > 20);
}

TEST_CASE("priorities give the same schedule on every platform", "[sim][runtime][Z1]") {
  CHECK(order_of_two(by_priorities(1, 4, 16), 8) == "aaaaaabbaabbbbbb");
  CHECK(order_of_two(by_priorities(2, 4, 16), 8) == "aabbbbbbbbaaaaaa");
  CHECK(order_of_two(by_priorities(3, 4, 16), 8) == "bbbaaaaaaabbbbba");
}

TEST_CASE("priorities of a depth or length out of range are misuse", "[sim][runtime][Z3]") {
  CHECK_THROWS_AS(runtime(by_priorities(1, 0, 10)), misuse);
  CHECK_THROWS_AS(runtime(by_priorities(1, 65, 10)), misuse);
  CHECK_THROWS_AS(runtime(by_priorities(1, 3, 0)), misuse);
  CHECK(runtime(by_priorities(1, 64, 1)).workers() == 1);
}

TEST_CASE("the clock can be moved forward: what was due meanwhile is late, in its order",
          "[sim][runtime][Z4]") {
  std::vector<std::pair<int, instant>> woken;
  auto sleeper = [&](executor& home, int number) -> task<void> {
    (void)co_await sleep_for(always, number * 10ms);
    woken.emplace_back(number, home.now());
  };
  testing::deterministic_runtime rt{simulation{.workers = 1, .strategy = schedule_strategy::round_robin}};
  for (int number : {3, 1, 2}) rt.spawn(sleeper(rt.home(), number)).detach();
  CHECK(rt.run_until(rt.now()) == ended::not_yet);
  rt.jump_forward(25ms);
  CHECK(rt.now() == instant{25ms});
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(woken == std::vector<std::pair<int, instant>>{
                     {1, instant{25ms}}, {2, instant{25ms}}, {3, instant{30ms}}});
}

TEST_CASE("the clock cannot be moved backward, past its end, or by a task", "[sim][runtime][Z4]") {
  testing::deterministic_runtime rt{1};
  CHECK_THROWS_AS(rt.jump_forward(-1ns), misuse);
  rt.jump_forward(1ms);
  CHECK_THROWS_AS(rt.jump_forward(-1ns), misuse);
  CHECK_THROWS_AS(rt.jump_forward(duration::max()), misuse);
  CHECK(rt.now() == instant{1ms});
  auto jumps = [&]() -> task<void> {
    CHECK_THROWS_AS(rt.jump_forward(1ms), misuse);
    co_return;
  };
  rt.spawn(jumps()).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(rt.now() == instant{1ms});
}
