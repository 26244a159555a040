// Planted faults: each of them, in its place, and nothing else.
#include <sluice/testing/faults.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <sluice/channel/channel.hpp>
#include <sluice/platform/thread.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/testing/for_each_seed.hpp>
#include <sluice/time/sleep.hpp>
#include <tests/support/failing_new.hpp>
#include <tests/support/tracked.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using support::tracked;
using testing::deterministic_runtime;
using testing::fault_kind;
using testing::trial;

namespace {

auto const always = context::background();

/// Round robin on one worker: what happens without faults is easily told.
auto in_turn(testing::faults plant = {}) -> testing::trial_options {
  return {.workers = 1, .strategies = {schedule_strategy::round_robin}, .plant = plant};
}

}  // namespace

TEST_CASE("a cancel comes right after the suspension it is planted at, and ends what is under ctx()",
          "[testing][Z4]") {
  std::vector<int> sent_at_cancel;
  auto const program = [&](trial& t) {
    channel<int> ch{0};
    int sent = 0;
    int beside = 0;
    std::optional<errc> how;
    auto sends = [&](context ctx) -> task<void> {
      for (int i = 0; i < 3; ++i) {
        auto const done = co_await ch.send(ctx, i);
        if (!done) {
          how = done.error().why.code();
          co_return;
        }
        ++sent;
      }
    };
    auto receives = [&](context ctx) -> task<void> {
      for (int i = 0; i < 3; ++i) {
        if (!co_await ch.recv(ctx)) co_return;
      }
    };
    auto unconcerned = [&]() -> task<void> {
      for (; beside < 5; ++beside) co_await yield();
    };
    deterministic_runtime rt{t};
    rt.spawn(sends(rt.ctx())).detach();
    rt.spawn(receives(rt.ctx())).detach();
    rt.spawn(unconcerned()).detach();
    CHECK(rt.run() == ended::all_tasks_done);
    t.check(beside == 5, "who is not under ctx() goes on");
    t.check(sent == 3 || how == errc::cancelled || !how, "a send fails for no other reason");
    sent_at_cancel.push_back(sent);
  };
  auto const report = testing::for_each_fault(fault_kind::cancel, 1, in_turn(), program);
  INFO(report.text);
  CHECK(report.passed());
  CHECK(report.fault_points >= 8);
  CHECK(report.runs == report.fault_points + 1);
  CHECK(sent_at_cancel.front() == 0);
  CHECK(sent_at_cancel.back() == 3);
  CHECK(std::ranges::is_sorted(sent_at_cancel));
  CHECK(std::set<int>(sent_at_cancel.begin(), sent_at_cancel.end()).size() >= 3);
}

TEST_CASE("a task that is to throw when resumed unwinds, and whoever joins it hears",
          "[testing][G1][G2][Z4]") {
  int heard = 0;
  int unwound = 0;
  auto const program = [&](trial& t) {
    channel<int> ch{0};
    int before = tracked::alive;
    auto inner = [&](context ctx) -> task<void> {
      tracked const held{1};
      (void)co_await ch.recv(ctx);
      co_await yield();
    };
    auto victim = [&](context ctx) -> task<void> {
      tracked const held{2};
      co_await inner(ctx);
    };
    auto joins = [&](executor& home, context ctx) -> task<void> {
      auto one = spawn(home, victim(ctx));
      try {
        co_await std::move(one);
      } catch (testing::planted_fault const&) {
        ++heard;
        if (tracked::alive == before) ++unwound;
      }
    };
    deterministic_runtime rt{t};
    auto feeder = [&](context ctx) -> task<void> {
      for (int i = 0; i < 3; ++i) co_await yield();
      (void)co_await ch.send(ctx, 1);
    };
    rt.spawn(joins(rt.home(), rt.ctx())).detach();
    rt.spawn(feeder(rt.ctx())).detach();
    (void)rt.run_until(never);  // the feeder may be left alone
    t.check(tracked::alive <= before + 2, "no more than one victim");
  };
  auto const report = testing::for_each_fault(fault_kind::resumption, 1, in_turn(), program);
  INFO(report.text);
  CHECK(report.passed());
  CHECK(report.fault_points >= 6);
  CHECK(heard == 3);  // at its start, after the receive, after the yield
  CHECK(unwound == 3);
}

TEST_CASE("a task that is to be destroyed where it waits unwinds there", "[testing][G2][C19][Z4]") {
  std::vector<int> who_got_it;
  auto const program = [&](trial& t) {
    channel<int> ch{0};
    int got_by = 0;
    auto receives = [&](int who) -> task<void> {
      tracked const held{who};
      if (co_await ch.recv(always)) got_by = who;
    };
    auto sends = [&]() -> task<void> {
      for (int i = 0; i < 4; ++i) co_await yield();
      (void)ch.try_send(1);
      ch.close();
    };
    deterministic_runtime rt{t};
    for (int who = 1; who <= 2; ++who) rt.spawn(receives(who)).detach();
    rt.spawn(sends()).detach();
    (void)rt.run_until(never);
    if (!rt.live_tasks().empty()) ch.close();  // it was the sender
    (void)rt.run();
    who_got_it.push_back(got_by);
  };
  auto const report = testing::for_each_fault(fault_kind::destruction, 1, in_turn(), program);
  INFO(report.text);
  CHECK(report.passed());
  CHECK(report.fault_points == 6);
  CHECK(who_got_it == std::vector{2, 1, 0, 0, 0, 0, 1});  // the place in the queue goes with the task
}

TEST_CASE("a throw planted at a point can be caught by the task itself", "[testing][Z4]") {
  int retried = 0;
  auto const program = [&](trial& t) {
    int steps_done = 0;
    auto job = [&]() -> task<void> {
      for (int step = 0; step < 4; ++step) {
        for (bool done = false; !done;) {
          try {
            testing::fault_point();
            ++steps_done;
            done = true;
          } catch (testing::planted_fault const& thrown) {
            CHECK(std::string(thrown.what()) == "a planted fault");
            ++retried;
          }
          co_await yield();
        }
      }
    };
    deterministic_runtime rt{t};
    CHECK(rt.block_on(job()).has_value());
    t.check(steps_done == 4, "each step is done once");
  };
  auto const report = testing::for_each_fault(fault_kind::point, 1, in_turn(), program);
  INFO(report.text);
  CHECK(report.passed());
  // Five calls when one of them throws; with none left that is due the fifth place is never reached.
  CHECK(report.fault_points == 4);
  CHECK(retried == 4);
  CHECK_NOTHROW(testing::fault_point());  // outside a trial it is nothing
}

TEST_CASE("a wake-up that is late lets so many others go first", "[testing][Z4]") {
  auto const order_with = [](testing::late_wake_up delay) {
    std::string order;
    auto body = [&](char who, executor& home) -> task<void> {
      order += who;
      co_await yield();
      order += static_cast<char>(who - 'a' + 'A');
      CHECK(home.now() == instant{});
    };
    auto const report = testing::for_each_seed(1, in_turn({.delay = delay}), [&](trial& t) {
      deterministic_runtime rt{t};
      for (char const who : {'a', 'b', 'c'}) rt.spawn(body(who, rt.home())).detach();
      (void)rt.run();
    });
    CHECK(report.passed());
    return order;
  };
  CHECK(order_with({}) == "abcABC");
  CHECK(order_with({.wake_up = 1, .slices = 1}) == "bcBaCA");  // a's start, behind what is runnable by then
  CHECK(order_with({.wake_up = 1, .slices = 4}) == "bcBCaA");
  CHECK(order_with({.wake_up = 4, .slices = 3}) == "abcBCA");  // a's yield
  CHECK(order_with({.wake_up = 6, .slices = 1000}) == "abcABC");  // not after all others are done
  CHECK(order_with({.wake_up = 2, .slices = 1000}) == "acACbB");
}

TEST_CASE("time does not pass while a late wake-up is held back", "[testing][Z4]") {
  auto const program = [](trial& t) {
    instant ran{never};
    auto body = [&](executor& home) -> task<void> {
      ran = home.now();
      co_return;
    };
    auto sleeper = []() -> task<void> { (void)co_await sleep_for(always, 1s); };
    deterministic_runtime rt{t};
    rt.spawn(sleeper()).detach();
    rt.spawn(body(rt.home())).detach();
    (void)rt.run();
    t.check(ran == instant{}, "it ran before time went on");
  };
  CHECK(testing::for_each_seed(1, in_turn({.delay = {2, 1'000'000}}), program).passed());
}

TEST_CASE("a jump of the clock planted at a step makes timers late, never early", "[testing][Z4]") {
  std::set<std::int64_t> ends;
  auto const program = [&](trial& t) {
    std::vector<int> woken;
    auto sleeper = [&](executor& home, int number) -> task<void> {
      auto const due = home.now() + number * 10ms;
      (void)co_await sleep_for(always, number * 10ms);
      t.check(home.now() >= due, "no sleep is short");
      woken.push_back(number);
    };
    deterministic_runtime rt{t};
    for (int number : {3, 1, 2}) rt.spawn(sleeper(rt.home(), number)).detach();
    (void)rt.run();
    t.check(woken.size() == 3, "all wake");
    ends.insert(rt.now().time_since_epoch().count());
  };
  auto const options = in_turn({.jump = {0, 15ms}});
  auto const report = testing::for_each_fault(fault_kind::clock_jump, 1, options, program);
  INFO(report.text);
  CHECK(report.passed());
  CHECK(report.fault_points >= 9);
  CHECK(ends.size() >= 3);  // before any sleep, between two of them, after all
  CHECK_THROWS_AS((void)testing::for_each_seed(1, in_turn({.jump = {1, -1ns}}), program), misuse);
}

namespace {

/// By a call that no compiler leaves out: a `new` whose object nobody needs may be.
[[gnu::noinline]] auto allocated(int value) -> std::unique_ptr<int> {
  auto made = std::make_unique<int>(value);
  static std::atomic<int*> seen;
  seen.store(made.get(), std::memory_order_relaxed);
  return made;
}

}  // namespace

TEST_CASE("an allocation that is to fail fails, once, and is counted", "[testing][Z4]") {
  support::skip_unless_allocations_fail();
  {
    testing::failing_allocation const second{2};
    auto const first = allocated(1);
    CHECK_FALSE(second.failed());
    {
      testing::spared_allocations const spare;
      auto const between = allocated(2);
      CHECK(*between == 2);
    }
    bool thrown = false;
    try {
      auto const fails = allocated(3);
    } catch (std::bad_alloc const&) {
      thrown = true;
    }
    auto const third = allocated(4);
    auto const counted = second.count();
    testing::spared_allocations const spare;
    CHECK(thrown);
    CHECK(second.failed());
    CHECK(counted == 3);
  }
  std::vector<bool> seen;
  auto const needs = testing::for_each_allocation(
      [] {
        auto const one = allocated(1);
        auto const two = allocated(2);
      },
      [&](bool failed) { seen.push_back(failed); });
  CHECK(needs == 2);
  CHECK(seen == std::vector{true, true, false});
}

TEST_CASE("whatever allocation of a run fails, nothing is left behind", "[testing][G3][G9][Z4]") {
  support::skip_unless_allocations_fail();
  auto const program = [](trial& t) {
    channel<tracked> ch{1};
    auto sends = [&](context ctx) -> task<void> {
      for (int i = 0; i < 3; ++i)
        if (!co_await ch.send(ctx, tracked{i})) co_return;
      ch.close();
    };
    auto receives = [&](context ctx) -> task<int> {
      int got = 0;
      while (co_await ch.recv(ctx)) ++got;
      co_return got;
    };
    deterministic_runtime rt{t};
    rt.spawn(sends(rt.ctx())).detach();
    auto const got = rt.block_on(receives(rt.ctx()));
    t.check(got == 3, "all arrive where nothing fails");
  };
  auto const report = testing::for_each_fault(fault_kind::allocation, program);
  INFO(report.text);
  CHECK(report.passed());
  CHECK(report.fault_points >= 6);
}

TEST_CASE("a thread that cannot be had is reported, and none is left behind", "[testing][threads][G9][Z4]") {
  for (std::uint32_t which = 1; which <= 3; ++which) {
    testing::failing_thread_start const fails{which};
    CHECK_THROWS_AS(runtime(runtime_options{.workers = 3}), std::system_error);
    CHECK(fails.failed());
    CHECK(runtime(runtime_options{.workers = 3}).workers() == 3);  // once, and not again
  }
  testing::failing_thread_start const later{4};
  CHECK(runtime(runtime_options{.workers = 3}).workers() == 3);
  CHECK_FALSE(later.failed());
  auto const refused = platform::start_thread([] {});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == errc::resource);
  CHECK(later.failed());
}

TEST_CASE("the start of a thread can be planted in a run", "[testing][threads][Z4]") {
  auto const program = [](trial& t) {
    runtime const rt{runtime_options{.workers = 2}};
    t.check(rt.workers() == 2, "both are there");
  };
  auto const report = testing::for_each_fault(fault_kind::thread_start, program);
  INFO(report.text);
  CHECK(report.passed());
  CHECK(report.fault_points == 2);
}
