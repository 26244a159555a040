#include <sluice/channel/broadcast.hpp>

#include <algorithm>
#include <concepts>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/runtime/runtime.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/sleep.hpp>
#include <tests/support/thread_crew.hpp>
#include <tests/support/tracked.hpp>
#include <tests/support/workers.hpp>
#include <tests/support/settle.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using Catch::Generators::range;
using support::settle;
using support::tracked;
using testing::deterministic_runtime;

static_assert(!std::copy_constructible<broadcast<int>>);
static_assert(!std::copy_constructible<broadcast_subscriber<int>> &&
              std::movable<broadcast_subscriber<int>>);

namespace {

auto const always = context::background();

/// What one subscriber heard: the values, and how many it was told it missed.
struct heard {
  std::vector<int> values;
  std::uint64_t missed = 0;
  std::optional<errc> ended;
};

task<void> listen(context ctx, broadcast_subscriber<int> from, heard& into, duration pause = {}) {
  for (;;) {
    auto const next = co_await from.recv(ctx);
    if (!next) {
      into.ended = next.error().code();
      co_return;
    }
    into.missed += next->missed;
    into.values.push_back(next->value);
    if (pause.count() > 0) (void)co_await sleep_for(always, pause);
  }
}

auto drain(broadcast_subscriber<int>& from) -> heard {
  heard all;
  for (;;) {
    auto const next = from.try_recv();
    if (!next) {
      all.ended = next.error().code();
      return all;
    }
    all.missed += next->missed;
    all.values.push_back(next->value);
  }
}

}  // namespace

TEST_CASE("every subscriber hears every value sent after it subscribed, in order", "[channel][C4]") {
  broadcast<int> news{8};
  REQUIRE(news.send(0));  // nobody is there
  auto early = news.subscribe();
  REQUIRE(news.send(1));
  REQUIRE(news.send(2));
  auto late = news.subscribe();
  REQUIRE(news.send(3));
  CHECK(news.subscribers() == 2);
  CHECK(early.len() == 3);
  CHECK(late.len() == 1);
  auto const first = drain(early);
  CHECK(first.values == std::vector{1, 2, 3});
  CHECK(first.missed == 0);
  CHECK(first.ended == errc::would_block);
  CHECK(drain(late).values == std::vector{3});
  CHECK(early.len() == 0);
}

TEST_CASE("subscribers that wait are all woken by a value", "[channel][C4]") {
  std::vector<heard> all(4);
  deterministic_runtime rt{GENERATE(range(0, 16)), 3};
  broadcast<int> news{2};
  for (auto& each : all) rt.spawn(listen(rt.background(), news.subscribe(), each)).detach();
  CHECK(rt.run() == ended::deadlock);
  for (int value = 1; value <= 3; ++value) {
    REQUIRE(news.send(value));
    settle(rt);
  }
  news.close();
  CHECK(rt.run() == ended::all_tasks_done);
  for (auto const& each : all) {
    CHECK(each.values == std::vector{1, 2, 3});
    CHECK(each.missed == 0);
    CHECK(each.ended == errc::closed);
  }
}

TEST_CASE("a slow subscriber is told how many it missed, and stops nobody", "[channel]") {
  broadcast<int> news{3};
  auto slow = news.subscribe();
  auto fast = news.subscribe();
  heard quick;
  for (int value = 0; value < 10; ++value) {
    REQUIRE(news.send(value));
    auto const next = fast.try_recv();
    REQUIRE(next);
    CHECK(next->missed == 0);
    quick.values.push_back(next->value);
  }
  CHECK(quick.values.size() == 10);
  CHECK(slow.len() == 3);
  auto const first = slow.try_recv();
  CHECK(first->missed == 7);
  CHECK(first->value == 7);
  REQUIRE(news.send(10));  // it has fallen behind by as much as is kept, and no further
  auto const rest = drain(slow);
  CHECK(rest.missed == 0);
  CHECK(rest.values == std::vector{8, 9, 10});
}

TEST_CASE("heard and missed add up to what was sent, at every speed and in every schedule",
          "[channel][C8]") {
  constexpr int count = 60;
  std::vector<heard> all(4);
  auto sends = [](broadcast<int>& to) -> task<void> {
    for (int value = 0; value < count; ++value) {
      (void)to.send(value);
      if (value % 3 == 0) (void)co_await sleep_for(always, 1ms);
    }
    to.close();
  };
  deterministic_runtime rt{GENERATE(range(0, 16)), 3};
  broadcast<int> news{GENERATE(std::size_t{1}, std::size_t{2}, std::size_t{5})};
  for (std::size_t i = 0; i < all.size(); ++i)
    rt.spawn(listen(rt.background(), news.subscribe(), all[i], i * 1ms)).detach();
  rt.spawn(sends(news)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  for (auto const& each : all) {
    CHECK(each.values.size() + each.missed == count);
    CHECK(std::ranges::is_sorted(each.values));
    CHECK(each.values.back() == count - 1);  // the last is never missed
    CHECK(each.ended == errc::closed);
  }
  CHECK(all[3].missed > 0);
}

TEST_CASE("subscribers come and go at any time, and the others do not notice", "[channel][C8]") {
  std::vector<heard> stays(2);
  int wrong = 0;
  auto visits = [&wrong](context ctx, broadcast<int>& to, int when) -> task<void> {
    (void)co_await sleep_for(always, when * 1ms);
    auto mine = to.subscribe();
    std::optional<int> before;
    for (int n = 0; n < when % 4; ++n) {
      auto const next = co_await mine.recv(ctx);
      if (!next) co_return;
      if (before && next->value != *before + 1 + static_cast<int>(next->missed)) ++wrong;
      before = next->value;
    }
  };
  auto sends = [](broadcast<int>& to) -> task<void> {
    for (int value = 0; value < 50; ++value) {
      (void)to.send(value);
      (void)co_await sleep_for(always, 1ms);
    }
    to.close();
  };
  deterministic_runtime rt{GENERATE(range(0, 16)), 3};
  broadcast<int> news{2};
  for (auto& each : stays) rt.spawn(listen(rt.background(), news.subscribe(), each)).detach();
  for (int when = 0; when < 40; ++when) rt.spawn(visits(rt.background(), news, when)).detach();
  rt.spawn(sends(news)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(news.subscribers() == 0);
  CHECK(wrong == 0);
  for (auto const& each : stays) CHECK(each.values.size() == 50);
}

TEST_CASE("after close what was sent can still be heard, then closed for ever", "[channel][C10][C12]") {
  broadcast<int> news{4};
  auto mine = news.subscribe();
  REQUIRE(news.send(1));
  REQUIRE(news.send(2));
  news.close();
  CHECK(news.closed());
  auto too_late = news.subscribe();
  CHECK(too_late.try_recv().error() == errc::closed);
  auto const all = drain(mine);
  CHECK(all.values == std::vector{1, 2});
  CHECK(all.ended == errc::closed);
  CHECK(mine.recv_blocking(always).error() == errc::closed);
}

TEST_CASE("a send on a closed broadcast gives its value back, and closing twice is misuse",
          "[channel][C9][C11]") {
  broadcast<std::string> news{4};
  auto mine = news.subscribe();
  news.close();
  auto const sent = news.send("late");
  REQUIRE_FALSE(sent);
  CHECK(sent.error().why == errc::closed);
  CHECK(sent.error().value == "late");
  CHECK(mine.try_recv().error() == errc::closed);
  CHECK_THROWS_AS(news.close(), misuse);
}

TEST_CASE("a broadcast that goes closes, and its subscribers hear the rest", "[channel][C12]") {
  heard waiting;
  deterministic_runtime rt{GENERATE(range(0, 8))};
  std::optional<broadcast<int>> news{std::in_place, 4U};
  auto mine = news->subscribe();
  rt.spawn(listen(rt.background(), news->subscribe(), waiting)).detach();
  settle(rt);
  REQUIRE(news->send(1));
  news.reset();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(waiting.values == std::vector{1});
  CHECK(waiting.ended == errc::closed);
  CHECK(drain(mine).values == std::vector{1});
  CHECK(mine.try_recv().error() == errc::closed);
}

TEST_CASE("a capacity of 0, or one that memory cannot hold, is misuse", "[channel][C1]") {
  CHECK_THROWS_AS(broadcast<int>{0}, misuse);
  CHECK_THROWS_AS(broadcast<int>{std::numeric_limits<std::size_t>::max()}, misuse);
  CHECK(broadcast<int>{7}.cap() == 7);
}

TEST_CASE("a value is kept until all concerned have heard it, and no longer", "[channel][C8]") {
  auto const value = std::make_shared<int>(5);
  broadcast<std::shared_ptr<int>> news{2};
  REQUIRE(news.send(value));
  CHECK(value.use_count() == 1);  // nobody was there
  auto first = news.subscribe();
  auto second = news.subscribe();
  std::optional<broadcast_subscriber<std::shared_ptr<int>>> third{news.subscribe()};
  REQUIRE(news.send(value));
  CHECK(value.use_count() == 2);
  CHECK(first.try_recv()->value == value);
  CHECK(value.use_count() == 2);
  third.reset();  // it will not hear it
  CHECK(value.use_count() == 2);
  CHECK(second.try_recv()->value == value);
  CHECK(value.use_count() == 1);

  for (int n = 0; n < 5; ++n) REQUIRE(news.send(value));
  CHECK(value.use_count() == 3);  // the last two
  CHECK(first.try_recv()->missed == 3);
  CHECK(second.len() == 2);
  { auto const gone = std::move(second); }
  CHECK(value.use_count() == 2);
  { auto const gone = std::move(first); }
  CHECK(value.use_count() == 1);
}

TEST_CASE("a value whose copy throws can still be heard, one whose move throws is not sent",
          "[channel][C8]") {
  struct fragile {
    int value;
    bool* breaks;
    fragile(int v, bool* when) : value(v), breaks(when) {}
    fragile(fragile const& other) : value(other.value), breaks(other.breaks) {
      if (*breaks) throw std::runtime_error("copy");
    }
  };
  bool breaks = false;
  broadcast<fragile> news{1};
  auto first = news.subscribe();
  auto second = news.subscribe();
  REQUIRE(news.send({1, &breaks}));
  breaks = true;
  CHECK_THROWS_AS(first.try_recv(), std::runtime_error);
  CHECK_THROWS_AS(news.send({2, &breaks}), std::runtime_error);
  breaks = false;
  CHECK(first.try_recv()->value.value == 1);
  CHECK(second.try_recv()->value.value == 1);
  REQUIRE(news.send({3, &breaks}));
  auto const next = first.try_recv();
  CHECK(next->value.value == 3);
  CHECK(next->missed == 0);
}

TEST_CASE("a wait that gives up hears nothing and misses nothing", "[channel][C19][X16]") {
  heard gave_up;
  heard later;
  deterministic_runtime rt{GENERATE(range(0, 16))};
  broadcast<int> news{4};
  auto mine = news.subscribe();
  auto once = [](context ctx, broadcast_subscriber<int>& from, heard& into) -> task<void> {
    auto const next = co_await from.recv(ctx);
    if (next) into.values.push_back(next->value);
    else into.ended = next.error().code();
  };
  auto const patience = with_timeout(rt.background(), 1ms);
  rt.spawn(once(patience.ctx(), mine, gave_up)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(gave_up.ended == errc::deadline_exceeded);
  REQUIRE(news.send(1));
  rt.spawn(once(patience.ctx(), mine, gave_up)).detach();  // ended on entry, though a value is there
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(gave_up.values.empty());
  CHECK(mine.recv_blocking(patience.ctx()).error() == errc::deadline_exceeded);
  CHECK(mine.len() == 1);
  rt.spawn(once(rt.background(), mine, later)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(later.values == std::vector{1});
}

TEST_CASE("a subscriber keeps a value that came before the cancel", "[channel][C8][X16]") {
  heard got;
  deterministic_runtime rt{GENERATE(range(0, 16))};
  broadcast<int> news{1};
  auto scope = with_cancel(rt.background());
  rt.spawn(listen(scope.ctx(), news.subscribe(), got)).detach();
  settle(rt);
  REQUIRE(news.send(5));
  scope.cancel();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(got.values == std::vector{5});
  CHECK(got.ended == errc::cancelled);
}

TEST_CASE("destroying a task that waits takes it out of the queue and its subscription away",
          "[channel][C19][G2]") {
  broadcast<int> news{2};
  auto stays = news.subscribe();
  auto forever = [](broadcast_subscriber<int>* borrowed, broadcast_subscriber<int> own) -> task<void> {
    tracked const guard{1};
    (void)co_await (borrowed != nullptr ? *borrowed : own).recv(always);
  };
  {
    deterministic_runtime rt{1};
    rt.spawn(forever(&stays, news.subscribe())).detach();
    for (int i = 0; i < 3; ++i) rt.spawn(forever(nullptr, news.subscribe())).detach();
    CHECK(rt.run() == ended::deadlock);
    CHECK(news.subscribers() == 5);
  }
  CHECK(tracked::alive == 0);
  CHECK(news.subscribers() == 1);
  REQUIRE(news.send(4));
  CHECK(stays.recv_blocking(always)->value == 4);  // it may be waited on again
}

TEST_CASE("two that wait on one subscriber, and one that was moved from, are misuse", "[channel]") {
  heard got;
  deterministic_runtime rt{GENERATE(range(0, 4))};
  broadcast<int> news{2};
  auto mine = news.subscribe();
  bool refused = false;
  auto waits = [&refused](context ctx, broadcast_subscriber<int>& from, heard& into) -> task<void> {
    try {
      auto const next = co_await from.recv(ctx);
      if (next) into.values.push_back(next->value);
    } catch (misuse const&) {
      refused = true;
    }
  };
  rt.spawn(waits(rt.background(), mine, got)).detach();
  settle(rt);
  auto scope = with_cancel(rt.background());
  scope.cancel();
  rt.spawn(waits(scope.ctx(), mine, got)).detach();  // does not wait, and does not disturb
  settle(rt);
  CHECK_FALSE(refused);
  rt.spawn(waits(rt.background(), mine, got)).detach();
  settle(rt);
  CHECK(refused);
  CHECK_THROWS_AS(mine.try_recv(), misuse);
  REQUIRE(news.send(1));
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(got.values == std::vector{1});

  auto const moved = std::move(mine);
  CHECK_THROWS_AS(mine.try_recv(), misuse);   // NOLINT: on purpose
  CHECK_THROWS_AS(mine.recv(always), misuse);  // NOLINT
  CHECK(mine.len() == 0);                      // NOLINT
}

TEST_CASE("a subscriber that is assigned to gives up what it had", "[channel]") {
  broadcast<int> news{2};
  broadcast<int> weather{2};
  auto mine = news.subscribe();
  mine = weather.subscribe();
  CHECK(news.subscribers() == 0);
  REQUIRE(news.send(1));
  REQUIRE(weather.send(2));
  CHECK(mine.try_recv()->value == 2);
}

TEST_CASE("on threads heard and missed add up, and what precedes a send is seen",
          "[channel][threads][C8][C13]") {
  constexpr int count = 2000;
  constexpr unsigned listeners = 3;
  broadcast<int> news{16};
  std::vector<int> plain(count);
  std::vector<broadcast_subscriber<int>> ears;
  for (unsigned i = 0; i < listeners; ++i) ears.push_back(news.subscribe());
  std::vector<int> wrong(listeners + 1);
  std::vector<std::uint64_t> sums(listeners);
  support::run_together(listeners + 1, [&](unsigned who) {
    if (who == listeners) {
      for (int value = 0; value < count; ++value) {
        plain[static_cast<std::size_t>(value)] = value + 1;
        if (!news.send(value)) ++wrong[who];
      }
      news.close();
      return;
    }
    int next = 0;
    while (auto const got = ears[who].recv_blocking(always)) {
      next += static_cast<int>(got->missed);
      if (got->value != next || plain[static_cast<std::size_t>(next)] != next + 1) ++wrong[who];
      ++next;
    }
    sums[who] = static_cast<std::uint64_t>(next);
  });
  CHECK(wrong == std::vector<int>(listeners + 1, 0));
  CHECK(sums == std::vector<std::uint64_t>(listeners, count));
}

TEST_CASE("a value sent at the moment somebody begins to wait wakes it", "[channel][threads][G6]") {
  constexpr int rounds = 2000;
  runtime rt{{.workers = 1}};
  auto const patience = with_timeout(rt.background(), 60s);
  broadcast<int> there{1};
  broadcast<int> back{1};
  auto from_there = there.subscribe();
  auto from_back = back.subscribe();
  int echoed = 0;
  support::run_together(2, [&](unsigned who) {
    for (int round = 0; round < rounds; ++round) {
      if (who == 0) {
        if (!there.send(round) || !from_back.recv_blocking(patience.ctx())) return;
        ++echoed;
      } else if (!from_there.recv_blocking(patience.ctx()) || !back.send(round)) {
        return;
      }
    }
  });
  CHECK(echoed == rounds);
}

TEST_CASE("on threads subscribers come and go while others send", "[channel][threads][C8]") {
  broadcast<std::shared_ptr<int>> news{4};
  auto const value = std::make_shared<int>(1);
  support::run_together(4, [&](unsigned who) {
    for (int round = 0; round < 300; ++round) {
      if (who == 0) {
        (void)news.send(value);
        continue;
      }
      auto mine = news.subscribe();
      for (unsigned n = 0; n < who; ++n) (void)mine.try_recv();
    }
  });
  CHECK(news.subscribers() == 0);
  CHECK(value.use_count() == 1);
}

TEST_CASE("on a runtime's threads every task hears the end", "[channel][threads][C10]") {
  runtime rt{{.workers = support::workers(3)}};
  auto everything = [](executor& home) -> task<int> {
    broadcast<int> news{8};
    std::vector<join_handle<int>> all;
    for (int i = 0; i < 6; ++i)
      all.push_back(spawn(home, [](broadcast_subscriber<int> from) -> task<int> {
        int next = 0;
        while (auto const got = co_await from.recv(always))
          next += static_cast<int>(got->missed) + 1;
        co_return next;
      }(news.subscribe())));
    for (int value = 0; value < 500; ++value) {
      (void)news.send(value);
      if (value % 16 == 0) co_await yield();
    }
    news.close();
    int right = 0;
    for (auto& each : all) right += co_await std::move(each) == 500 ? 1 : 0;
    co_return right;
  };
  CHECK(rt.block_on(everything(rt.home())) == 6);
}

TEST_CASE("a thread that listens gives up with its context, and no worker may block",
          "[channel][threads][X16][G8]") {
  runtime rt{{.workers = support::workers(2)}};
  broadcast<int> news{1};
  auto mine = news.subscribe();
  {
    auto const patience = with_timeout(rt.background(), 1ms);
    CHECK(mine.recv_blocking(patience.ctx()).error() == errc::deadline_exceeded);
  }
  auto blocks = [](broadcast_subscriber<int>& from) -> task<void> {
    (void)from.recv_blocking(always);
    co_return;
  };
  CHECK_THROWS_AS(rt.block_on(blocks(mine)), misuse);
}
