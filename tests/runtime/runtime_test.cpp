#include <sluice/runtime/runtime.hpp>

#include <algorithm>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <catch2/matchers/catch_matchers.hpp>

#include <sluice/channel/channel.hpp>
#include <sluice/sync/event.hpp>
#include <sluice/sync/mutex.hpp>
#include <sluice/sync/wait_group.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/sleep.hpp>
#include <tests/support/tracked.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using support::tracked;

namespace {

auto const always = context::background();

auto contains(std::string const& text, std::string_view part) -> bool {
  return text.find(part) != std::string::npos;
}

task<void> fails(std::string what) {
  co_await yield();
  throw std::runtime_error(what);
}

task<int> down(int depth) {
  if (depth == 0) co_return 0;
  co_return 1 + co_await down(depth - 1);
}

}  // namespace

TEST_CASE("block_on brings back the value of a task, or its exception", "[runtime][G1]") {
  testing::deterministic_runtime rt{1};
  CHECK(rt.block_on(down(3)) == 3);
  CHECK_THROWS_WITH(rt.block_on(fails("as it was")), "as it was");
  CHECK(rt.reports().empty());
  CHECK(rt.live_tasks().empty());
}

TEST_CASE("an exception that nobody joins is reported, with where its task came from", "[runtime][G1]") {
  testing::deterministic_runtime rt{GENERATE(range(0, 4))};
  SECTION("detached") {
    rt.spawn(fails("lost")).detach();
    CHECK(rt.run() == ended::all_tasks_done);
    REQUIRE(rt.reports().size() == 1);
    CHECK(contains(rt.reports()[0], "runtime_test.cpp:"));
    CHECK(contains(rt.reports()[0], "lost"));
  }
  SECTION("its handle dropped after the end") {
    {
      auto const dropped = rt.spawn(fails("late"));
      CHECK(rt.run() == ended::all_tasks_done);
      CHECK(rt.reports().empty());
    }
    REQUIRE(rt.reports().size() == 1);
    CHECK(contains(rt.reports()[0], "late"));
  }
  SECTION("joined: whoever joined has heard it") {
    auto joins = [&](executor& home) -> task<bool> {
      auto failing = spawn(home, fails("heard"));
      try {
        co_await std::move(failing);
      } catch (std::runtime_error const&) {
        co_return true;
      }
      co_return false;
    };
    CHECK(rt.block_on(joins(rt.home())) == true);
    CHECK(rt.reports().empty());
  }
}

TEST_CASE("when every task waits, block_on says so and names each with what it waits for",
          "[runtime][G4]") {
  channel<int> full{1};
  mutex taken;
  wait_group crew;
  REQUIRE(full.try_send(0));
  crew.add();
  auto const held = taken.try_lock();
  auto sends = [&]() -> task<void> { (void)co_await full.send(always, 1); };
  auto locks = [&]() -> task<void> { (void)co_await taken.lock(always); };
  auto waits = [&]() -> task<void> { (void)co_await crew.wait(always); };
  testing::deterministic_runtime rt{GENERATE(range(0, 4))};
  rt.spawn(sends()).detach();
  rt.spawn(locks()).detach();
  auto const line = __LINE__ + 1;
  auto const how = rt.block_on(waits());
  REQUIRE_FALSE(how);
  CHECK(how.error().code() == errc::deadlock);
  auto const text = how.error().message();
  CHECK(contains(text, "task 1, spawned at runtime_test.cpp:"));
  CHECK(contains(text, "waits for room in a channel"));
  CHECK(contains(text, "waits for a mutex"));
  CHECK(contains(text, "runtime_test.cpp:" + std::to_string(line) + ", waits for a wait group"));
  CHECK(rt.live_tasks().size() == 2);  // the one that was blocked on has been unwound
  crew.done();
}

TEST_CASE("a long deadlock report is cut, and says how much is missing", "[runtime][G4]") {
  channel<int> ch{0};
  auto waits = [&]() -> task<void> { (void)co_await ch.recv(always); };
  testing::deterministic_runtime rt{1};
  for (int i = 0; i < 29; ++i) rt.spawn(waits()).detach();
  auto const how = rt.block_on(waits());
  REQUIRE_FALSE(how);
  CHECK(contains(how.error().message(), "and 10 more"));
}

TEST_CASE("tasks that heed their context end with their runtime, and nothing is reported",
          "[runtime][G3]") {
  std::vector<std::string> reports;
  std::optional<errc> heard;
  channel<int> ch{0};
  auto waits = [&](context ctx) -> task<void> {
    auto const got = co_await ch.recv(ctx);
    if (!got) heard = got.error().code();
  };
  {
    runtime rt{simulation{.report = [&](std::string_view what) { reports.emplace_back(what); }}};
    rt.spawn(waits(rt.background())).detach();
    (void)rt.simulated()->advance(never, 0);
    CHECK(rt.live_count() == 1);
    CHECK_FALSE(heard);
  }
  CHECK(heard == errc::cancelled);
  CHECK(reports.empty());
}

TEST_CASE("tasks left behind are named and unwound when their runtime ends", "[runtime][G2][G3]") {
  std::vector<std::string> reports;
  channel<int> ch{0};
  auto ignores = [&](int inner) -> task<void> {
    tracked const outer{inner};
    auto deeper = [&]() -> task<void> {
      tracked const guard{inner};
      (void)co_await ch.recv(always);
    };
    co_await deeper();
  };
  {
    runtime rt{simulation{.report = [&](std::string_view what) { reports.emplace_back(what); }}};
    rt.spawn(ignores(1)).detach();
    auto const kept = rt.spawn(ignores(2));
    (void)rt.simulated()->advance(never, 0);
    CHECK(tracked::alive == 4);
  }
  CHECK(tracked::alive == 0);
  REQUIRE(reports.size() == 1);
  CHECK(contains(reports[0], "2 live tasks"));
  CHECK(contains(reports[0], "runtime_test.cpp:"));
  CHECK(contains(reports[0], "a value from a channel"));
  CHECK(ch.try_send(1).error().code() == errc::would_block);  // nobody is queued any more
}

TEST_CASE("what unwinding wakes is not run any more", "[runtime][G2]") {
  bool ran = false;
  mutex first;
  event held_by_other;
  auto holds = [&]() -> task<void> {
    auto const held = co_await first.lock(always);
    channel<int> null;
    (void)co_await null.recv(always);
  };
  auto wants = [&]() -> task<void> {
    (void)co_await held_by_other.wait(always);
    auto const held = co_await first.lock(always);
    ran = held.has_value();
  };
  {
    testing::deterministic_runtime rt{1};
    rt.spawn(wants()).detach();  // the older, so unwound after the one that holds the lock
    rt.spawn(holds()).detach();
    CHECK(rt.run() == ended::deadlock);
    held_by_other.set();
    CHECK(rt.run() == ended::deadlock);
  }
  CHECK_FALSE(ran);
  CHECK(first.try_lock());  // and the lock it was handed has gone back
}

TEST_CASE("what a task has spawned is unwound before what lies in the frame of that task", "[runtime][G2][G3]") {
  struct noting {
    std::vector<int>& order;
    int who;
    ~noting() { order.push_back(who); }
  };
  std::vector<int> order;
  auto child = [&](mutex& in_frame, int who) -> task<void> {
    noting const at_end{order, who};
    (void)co_await in_frame.lock(always);
  };
  auto parent = [&](executor& home, event& in_frame) -> task<void> {
    noting const at_end{order, 1};
    mutex own;
    auto const held = own.try_lock();
    for (int who = 2; who < 20; ++who) spawn(home, child(own, who)).detach();
    (void)co_await in_frame.wait(always);
  };
  auto grandparent = [&](executor& home) -> task<void> {
    noting const at_end{order, 0};
    event own;
    co_await spawn(home, parent(home, own));
  };
  {
    runtime rt{simulation{.report = [](std::string_view) {}}};
    rt.spawn(grandparent(rt.home())).detach();
    CHECK(rt.simulated()->advance(never, 0) == ended::deadlock);
  }
  CHECK(order.size() == 20);
  CHECK(std::ranges::is_sorted(order, std::greater{}));
}

TEST_CASE("a runtime that is ending takes no new tasks", "[runtime]") {
  std::optional<bool> refused;
  auto spawns_late = [&](context ctx, executor& home) -> task<void> {
    (void)co_await sleep_for(ctx, 1h);
    try {
      spawn(home, down(1)).detach();
      refused = false;
    } catch (misuse const&) {
      refused = true;
    }
  };
  {
    testing::deterministic_runtime rt{1};
    rt.spawn(spawns_late(rt.background(), rt.home())).detach();
    (void)rt.step();
  }
  CHECK(refused == true);
}

TEST_CASE("block_on inside a task is misuse, not a hang", "[runtime][G8]") {
  testing::deterministic_runtime rt{1};
  auto nested = [&]() -> task<void> {
    (void)rt.block_on(down(1));
    co_return;
  };
  CHECK_THROWS_AS(rt.block_on(nested()), misuse);
}

TEST_CASE("live tasks are listed by number, with what they wait for", "[runtime][G4]") {
  channel<int> ch{0};
  auto waits = [&]() -> task<void> { (void)co_await ch.recv(always); };
  testing::deterministic_runtime rt{1};
  auto const first = rt.spawn(waits());
  CHECK(rt.live_tasks().at(0).waiting_for.empty());  // runnable
  auto const second = rt.spawn(waits());
  CHECK(rt.run() == ended::deadlock);
  auto const live = rt.live_tasks();
  REQUIRE(live.size() == 2);
  CHECK(live[0].id == first.id());
  CHECK(live[1].id == second.id());
  CHECK(live[1].id > live[0].id);
  CHECK(live[0].waiting_for == "a value from a channel");
  ch.close();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(rt.live_tasks().empty());
  CHECK(first.done());
}

TEST_CASE("long chains of tasks run in constant stack", "[runtime][G7]") {
  testing::deterministic_runtime rt{1};
  SECTION("a million awaits one after another") {
    auto many = []() -> task<int> {
      int sum = 0;
      for (int i = 0; i < 1'000'000; ++i) sum += co_await down(1);
      co_return sum;
    };
    CHECK(rt.block_on(many()) == 1'000'000);
  }
  SECTION("200,000 awaits one inside the other") { CHECK(rt.block_on(down(200'000)) == 200'000); }
  SECTION("100,000 tasks, each woken by the end of the one before") {
    auto after = [](std::optional<join_handle<int>> before) -> task<int> {
      co_return before ? 1 + co_await std::move(*before) : 0;
    };
    std::optional<join_handle<int>> last;
    for (int i = 0; i <= 100'000; ++i) last = rt.spawn(after(std::move(last)));
    CHECK(rt.run() == ended::all_tasks_done);
    CHECK(std::move(*last).join_blocking() == 100'000);
  }
}
