#include <sluice/channel/broadcast_case.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/channel/select.hpp>
#include <sluice/runtime/runtime.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/testing/for_each_seed.hpp>
#include <tests/support/settle.hpp>
#include <tests/support/thread_crew.hpp>
#include <tests/support/tracked.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using Catch::Generators::range;
using support::settle;
using support::tracked;
using testing::deterministic_runtime;

namespace {

auto const always = context::background();

/// What a listener heard that selects between its subscription and a channel.
struct heard {
  std::vector<int> values;
  std::uint64_t missed = 0;
  std::vector<int> jobs;
  bool closed = false;
};

task<void> listen(broadcast_subscriber<int>& from, channel<int>& jobs, heard& into) {
  for (;;) {
    auto news = on_recv(from);
    auto job = on_recv(jobs);
    if (co_await select(news, job) == 1) {
      into.jobs.push_back(*job.take());
      continue;
    }
    auto const next = news.take();
    if (!next) {
      CHECK(next.error() == errc::closed);
      into.closed = true;
      co_return;
    }
    into.missed += next->missed;
    into.values.push_back(next->value);
  }
}

}  // namespace

TEST_CASE("a select waits for the next value of a broadcast, and for its end", "[channel][select][S11][S6]") {
  deterministic_runtime rt{GENERATE(range(0, 16)), 2};
  broadcast<int> news{4};
  auto mine = news.subscribe();
  channel<int> jobs{1};
  heard got;
  rt.spawn(listen(mine, jobs, got)).detach();
  settle(rt);
  CHECK(news.send(1));
  settle(rt);
  CHECK(jobs.try_send(10));
  settle(rt);
  CHECK(news.send(2));
  settle(rt);
  CHECK(got.values == std::vector{1, 2});
  CHECK(got.jobs == std::vector{10});
  news.close();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(got.closed);
  CHECK(got.missed == 0);
}

TEST_CASE("a select tells how many values its subscriber missed, as a receive does", "[channel][select][S11]") {
  deterministic_runtime rt{1};
  broadcast<int> news{2};
  auto mine = news.subscribe();
  for (int n = 0; n < 5; ++n) CHECK(news.send(n));
  auto next = on_recv(mine);
  CHECK(try_select(next) == 0);
  auto const first = next.take();
  REQUIRE(first);
  CHECK(first->value == 3);
  CHECK(first->missed == 3);
  CHECK(try_select(next) == 0);
  CHECK(next.take()->value == 4);
  CHECK_FALSE(try_select(next));
  news.close();
  CHECK(try_select(next) == 0);
  CHECK(next.take().error() == errc::closed);
}

TEST_CASE("a broadcast that a select did not choose has lost nothing, and holds nobody",
          "[channel][select][S11][S1][S10]") {
  deterministic_runtime rt{GENERATE(range(0, 16)), 2};
  broadcast<int> news{4};
  auto mine = news.subscribe();
  channel<int> jobs{1};
  std::optional<std::size_t> chosen;
  auto once = [&]() -> task<void> {
    auto next = on_recv(mine);
    auto job = on_recv(jobs);
    chosen = co_await select(next, job);
  };
  rt.spawn(once()).detach();
  settle(rt);
  CHECK(jobs.try_send(1));
  SECTION("the value comes later") { CHECK(rt.run() == ended::all_tasks_done); }
  SECTION("the value comes before the select goes on") {}
  CHECK(news.send(7));
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(chosen == 1);
  CHECK(mine.len() == 1);
  CHECK(rt.block_on([](broadcast_subscriber<int>& from) -> task<int> {
    co_return (co_await from.recv(always))->value;  // one may wait on it again
  }(mine)) == 7);
}

TEST_CASE("another wait on a subscriber that a select waits on is misuse, and the select goes on",
          "[channel][select][S11]") {
  deterministic_runtime rt{1};
  broadcast<int> news{4};
  auto mine = news.subscribe();
  channel<int> jobs{0};
  heard got;
  rt.spawn(listen(mine, jobs, got)).detach();
  settle(rt);
  CHECK_THROWS_AS(mine.try_recv(), misuse);
  auto selects = [&]() -> task<void> {
    auto also = on_recv(mine);
    auto job = on_recv(jobs);
    (void)co_await select(job, also);
  };
  CHECK_THROWS_AS(rt.block_on(selects()), misuse);
  CHECK(news.send(1));
  settle(rt);
  CHECK(got.values == std::vector{1});
  news.close();
  CHECK(rt.run() == ended::all_tasks_done);
}

TEST_CASE("a task that is destroyed in a select leaves the broadcast", "[channel][select][S11][C19][G2]") {
  broadcast<int> news{4};
  auto mine = news.subscribe();
  channel<int> jobs{0};
  heard got;
  {
    deterministic_runtime doomed{1};
    doomed.spawn(listen(mine, jobs, got)).detach();
    settle(doomed);
  }
  CHECK(news.send(7));  // wakes nobody
  CHECK(mine.try_recv()->value == 7);
}

TEST_CASE("heard by selects and missed add up to what was sent, in every schedule", "[channel][select][S11][S1]") {
  auto const report = testing::for_each_seed(200, [](testing::trial& t) {
    constexpr int sends = 12;
    broadcast<int> news{3};
    channel<int> jobs{2};
    std::vector<broadcast_subscriber<int>> subscribed;
    std::vector<heard> all(3);
    deterministic_runtime rt{t};
    for (std::size_t n = 0; n < all.size(); ++n) subscribed.push_back(news.subscribe());
    for (std::size_t n = 0; n < all.size(); ++n) rt.spawn(listen(subscribed[n], jobs, all[n])).detach();
    rt.spawn([](broadcast<int>& into, channel<int>& work) -> task<void> {
        for (int n = 0; n < sends; ++n) {
          (void)into.send(n);
          (void)co_await work.send(always, n);
        }
        co_await yield();
        into.close();
      }(news, jobs)).detach();
    (void)rt.run();
    std::size_t jobs_done = jobs.len();
    for (auto const& each : all) {
      t.check(each.closed, "everybody heard the end");
      t.check(each.values.size() + each.missed == sends, "heard and missed add up");
      t.check(std::ranges::is_sorted(each.values), "in order");
      jobs_done += each.jobs.size();
    }
    t.check(jobs_done == sends, "each job once");
  });
  INFO(report.text);
  CHECK(report.passed());
}

TEST_CASE("two subscriptions of one broadcast are two cases, of which one wins", "[channel][select][S11][S7]") {
  deterministic_runtime rt{GENERATE(range(0, 32)), 2};
  broadcast<int> news{4};
  auto one = news.subscribe();
  auto other = news.subscribe();
  auto both = [&]() -> task<int> {
    auto a = on_recv(one);
    auto b = on_recv(other);
    auto const chosen = co_await select(a, b);
    co_return (chosen == 0 ? a : b).take()->value;
  };
  auto selecting = rt.spawn(both());
  settle(rt);
  CHECK(news.send(7));
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(std::move(selecting).join_blocking() == 7);
  CHECK(one.len() + other.len() == 1);
}

TEST_CASE("on threads everybody who selects hears every value that is not missed",
          "[channel][select][threads][S11]") {
  runtime rt{runtime_options{.workers = 2}};
  constexpr int sends = 500;
  broadcast<int> news{16};
  channel<int> jobs{0};
  std::vector<broadcast_subscriber<int>> subscribed;
  std::vector<heard> all(3);
  for (std::size_t n = 0; n < all.size(); ++n) subscribed.push_back(news.subscribe());
  std::vector<join_handle<void>> listening;
  for (std::size_t n = 0; n < all.size(); ++n)
    listening.push_back(rt.spawn(listen(subscribed[n], jobs, all[n])));
  support::run_together(2, [&](unsigned who) {
    for (int n = 0; n < sends; ++n) {
      if (who == 0) (void)news.send(n);
      else (void)jobs.try_send(int{n});
    }
  });
  news.close();
  for (auto& each : listening) std::move(each).join_blocking();
  for (auto const& each : all) {
    CHECK(each.values.size() + each.missed == sends);
    CHECK(std::ranges::is_sorted(each.values));
  }
}

TEST_CASE("a select on a subscriber that was moved from is misuse", "[channel][select][S11]") {
  broadcast<int> news{1};
  auto mine = news.subscribe();
  auto const elsewhere = std::move(mine);
  CHECK_THROWS_AS(on_recv(mine), misuse);
}
