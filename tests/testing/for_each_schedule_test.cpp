// Every schedule there is, and the bounds that say when it was not every one.
#include <sluice/testing/for_each_schedule.hpp>

#include <set>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include <sluice/channel/channel.hpp>
#include <sluice/channel/select.hpp>
#include <sluice/sync/mutex.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/testing/for_each_seed.hpp>

using namespace sluice;
using testing::deterministic_runtime;
using testing::failure_kind;
using testing::for_each_schedule;
using testing::schedule_bounds;
using testing::trial;

namespace {

/// Tasks of so many slices each; notes in `orders` in which order they ran.
auto tasks(int count, int slices, std::multiset<std::string>& orders) {
  return [&orders, count, slices](trial& t) {
    std::string order;
    auto body = [&](char who) -> task<void> {
      for (int left = slices; left > 1; --left) {
        order += who;
        co_await yield();
      }
      order += who;
    };
    deterministic_runtime rt{t};
    for (int who = 0; who < count; ++who) rt.spawn(body(static_cast<char>('a' + who))).detach();
    (void)rt.run();
    orders.insert(order);
  };
}

/// Two tasks that add by reading, letting others go first, and writing.
void loses_updates(trial& t) {
  int shared = 0;
  auto adds = [&]() -> task<void> {
    auto const seen = shared;
    co_await yield();
    shared = seen + 1;
  };
  deterministic_runtime rt{t};
  rt.spawn(adds()).detach();
  rt.spawn(adds()).detach();
  (void)rt.run();
  t.check(shared == 2, "no update is lost");
}

}  // namespace

TEST_CASE("every interleaving is run, once", "[testing][sim][Z3]") {
  std::multiset<std::string> orders;
  auto const distinct = [&] { return std::set<std::string>(orders.begin(), orders.end()).size(); };
  SECTION("two tasks of three slices: 6 over 3") {
    auto const report = for_each_schedule(tasks(2, 3, orders));
    CHECK(report.passed());
    CHECK(report.complete);
    CHECK(report.runs == 20);
    CHECK(distinct() == 20);
  }
  SECTION("three tasks of two slices: 6! / 2!^3") {
    auto const report = for_each_schedule(tasks(3, 2, orders));
    CHECK(report.complete);
    CHECK(report.runs == 90);
    CHECK(distinct() == 90);
  }
  SECTION("one task: one") {
    auto const report = for_each_schedule(tasks(1, 5, orders));
    CHECK(report.complete);
    CHECK(report.runs == 1);
  }
}

TEST_CASE("a bound that was hit is named, and the report is not complete", "[testing][sim][Z3]") {
  std::multiset<std::string> orders;
  auto const hits = [&](schedule_bounds bounds) {
    auto const report = for_each_schedule(bounds, tasks(2, 4, orders));
    CHECK(report.passed());
    CHECK_FALSE(report.complete);
    return std::pair(report.bound_hit, report.runs);
  };
  CHECK(hits({.most_runs = 7}) == std::pair<std::string, std::uint64_t>{"most_runs", 7});
  CHECK(hits({.most_deviations = 0}) == std::pair<std::string, std::uint64_t>{"most_deviations", 1});
  auto const [bound, runs] = hits({.most_deviations = 1});
  CHECK(bound == "most_deviations");
  CHECK(runs > 1);
  CHECK(runs < 10);
  CHECK(hits({.most_choices = 2}).first == "most_choices");
  CHECK(hits({.most_steps = 3}).first == "most_steps");
  // Each of them just as wide as needed hits nothing: eight slices, seven of them with a choice at most.
  auto const enough =
      for_each_schedule({.most_runs = 70, .most_steps = 8, .most_choices = 7, .most_deviations = 7},
                        tasks(2, 4, orders));
  CHECK(enough.complete);
  CHECK(enough.runs == 70);
}

TEST_CASE("a lost update is found, and its schedule can be replayed", "[testing][sim][Z3][Z5]") {
  auto const report = for_each_schedule(loses_updates);
  REQUIRE(report.failure == failure_kind::check);
  CHECK(report.what.starts_with("no update is lost (for_each_schedule_test.cpp:"));
  CHECK_FALSE(report.complete);
  CHECK(testing::replay(report.replay, loses_updates).failure == failure_kind::check);
}

TEST_CASE("a deadlock of two locks is found with one deviation", "[testing][sim][Z3]") {
  auto const program = [](trial& t) {
    mutex first;
    mutex second;
    auto locks = [](mutex& one, mutex& other) -> task<void> {
      auto const a = co_await one.lock(context::background());
      co_await yield();
      auto const b = co_await other.lock(context::background());
    };
    deterministic_runtime rt{t};
    rt.spawn(locks(first, second)).detach();
    rt.spawn(locks(second, first)).detach();
    (void)rt.run();
  };
  auto const report = for_each_schedule({.most_deviations = 1}, program);
  REQUIRE(report.failure == failure_kind::deadlock);
  CHECK(report.what.find("waits for a mutex") != std::string::npos);
}

TEST_CASE("what a select takes and what the program draws are choices too", "[testing][sim][Z1][Z3]") {
  std::multiset<std::string> seen;
  auto const program = [&](trial& t) {
    channel<int> left{1};
    channel<int> right{1};
    (void)left.try_send(1);
    (void)right.try_send(2);
    auto chooses = [&]() -> task<std::size_t> {
      auto one = on_recv(left);
      auto other = on_recv(right);
      auto const chosen = co_await select(one, other);
      chosen == 0 ? (void)one.take() : (void)other.take();
      co_return chosen;
    };
    deterministic_runtime rt{t};
    auto const chosen = rt.block_on(chooses());
    seen.insert(std::to_string(*chosen) + std::to_string(t.draw(3)));
  };
  auto const report = for_each_schedule(program);
  CHECK(report.complete);
  CHECK(std::set<std::string>(seen.begin(), seen.end()) ==
        std::set<std::string>{"00", "01", "02", "10", "11", "12"});
  CHECK(report.runs == seen.size());
}

TEST_CASE("with several workers that are busy for a while the worker is a choice", "[testing][sim][Z3]") {
  std::multiset<std::string> orders;
  auto const report = for_each_schedule({.workers = 3, .slice_cost = duration{1}}, tasks(3, 1, orders));
  CHECK(report.complete);
  CHECK(report.runs == 12);  // 3! orders; the first keeps worker 0, the second has two to choose from
  CHECK(std::set<std::string>(orders.begin(), orders.end()).size() == 6);
}

TEST_CASE("a program that is guided by something else is told so", "[testing][sim][Z1]") {
  int calls = 0;
  auto const program = [&](trial& t) {
    ++calls;
    (void)t.draw(static_cast<std::uint64_t>(1 + calls));
  };
  auto const report = for_each_schedule(program);
  CHECK(report.failure == failure_kind::not_repeatable);
}

TEST_CASE("bounds that no simulation can have are misuse", "[testing][sim]") {
  std::multiset<std::string> orders;
  CHECK_THROWS_AS((void)for_each_schedule({.workers = 0}, tasks(1, 1, orders)), misuse);
  CHECK_THROWS_AS((void)for_each_schedule({.workers = 1025}, tasks(1, 1, orders)), misuse);
  CHECK_THROWS_AS((void)for_each_schedule({.slice_cost = duration{-1}}, tasks(1, 1, orders)), misuse);
}
