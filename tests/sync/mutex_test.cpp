#include <algorithm>
#include <atomic>
#include <concepts>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_adapters.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/runtime/runtime.hpp>
#include <sluice/sync/mutex.hpp>
#include <sluice/sync/wait_group.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/sleep.hpp>
#include <tests/support/thread_crew.hpp>
#include <tests/support/workers.hpp>
#include <tests/sync/waits.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using Catch::Generators::range;
using support::pass;
using support::settle;
using testing::deterministic_runtime;

static_assert(!std::copy_constructible<sluice::mutex>);  // [V7]

namespace {

/// Locks, notes it, holds the lock for a while, and lets go.
task<void> hold_for(context ctx, sluice::mutex& lock, duration span, std::vector<int>& log, int who) {
  auto held = co_await lock.lock(ctx);
  log.push_back(held ? who : -who);
  if (held) (void)co_await sleep_for(context::background(), span);
}

task<void> add_often(sluice::mutex& lock, std::int64_t& total, int times) {
  for (int n = 0; n < times; ++n) {
    auto const held = co_await lock.lock(context::background());
    auto const seen = total;
    if (n % 16 == 0) co_await yield();  // a suspended task may hold the lock
    total = seen + 1;
  }
}

/// Locks, notes it, and lets go without having suspended.
task<void> pass_through(context ctx, sluice::mutex& lock, std::vector<int>& log, int who) {
  auto const held = co_await lock.lock(ctx);
  log.push_back(held ? who : -who);
}

}  // namespace

TEST_CASE("one at a time holds a mutex, and a suspended task may", "[sync][M1][M6]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u)), 4};
  sluice::mutex lock;
  std::int64_t total = 0;
  wait_group crew;
  for (int who = 0; who < 4; ++who) crew.go(rt.home(), add_often(lock, total, 50));
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(total == 200);
}

TEST_CASE("tasks on threads never lose an addition made under a mutex", "[sync][threads][M1]") {
  runtime rt{runtime_options{.workers = support::workers(3)}};
  sluice::mutex lock;
  std::int64_t total = 0;
  auto const done = rt.block_on([](executor& home, sluice::mutex& m, std::int64_t& sum) -> task<bool> {
    wait_group crew;
    for (int who = 0; who < 4; ++who) crew.go(home, add_often(m, sum, 200));
    co_return (co_await crew.wait(context::background())).has_value();
  }(rt.home(), lock, total));
  CHECK(done == true);
  CHECK(total == 800);
}

TEST_CASE("try_lock succeeds exactly when the lock is free", "[sync][M2]") {
  sluice::mutex lock;
  {
    auto held = lock.try_lock();
    REQUIRE(held);
    CHECK(lock.try_lock().error() == errc::would_block);
    held->unlock();
    CHECK(lock.try_lock().has_value());
    held->unlock();  // again: harmless
  }
  CHECK(lock.try_lock().has_value());
}

TEST_CASE("unlocking what nobody holds is misuse", "[sync][M3]") {
  sluice::mutex lock;
  CHECK_THROWS_AS(lock.unlock(), misuse);
  { auto const held = lock.try_lock(); }
  CHECK_THROWS_AS(lock.unlock(), misuse);
}

TEST_CASE("the lock is handed over in the order of waiting, and nobody barges in",
          "[sync][M2][M4]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u)), 3};
  sluice::mutex lock;
  std::vector<int> log;
  for (int who = 1; who <= 5; ++who) {
    rt.spawn(hold_for(rt.background(), lock, 1ms, log, who)).detach();
    settle(rt);
  }
  CHECK(log == std::vector{1});
  CHECK_FALSE(lock.try_lock().has_value());
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector{1, 2, 3, 4, 5});
}

TEST_CASE("a task that locks again and again cannot keep another out", "[sync][M4]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u)), 2};
  sluice::mutex lock;
  bool done = false;
  int rounds = 0;
  rt.spawn([](sluice::mutex& m, bool const& stop, int& count) -> task<void> {
      while (!stop) {
        auto const held = co_await m.lock(context::background());
        ++count;
        co_await yield();
      }
    }(lock, done, rounds)).detach();
  rt.spawn([](sluice::mutex& m, bool& stop) -> task<void> {
      auto const held = co_await m.lock(context::background());
      stop = true;
    }(lock, done)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(rounds < 100);
}

TEST_CASE("a wait for a lock that is cancelled leaves the queue intact", "[sync][M5][X16]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u))};
  sluice::mutex lock;
  std::vector<int> log;
  auto scope = with_cancel(rt.background());
  for (int who = 1; who <= 4; ++who) {
    rt.spawn(hold_for(who == 2 ? scope.ctx() : rt.background(), lock, 1ms, log, who)).detach();
    settle(rt);
  }
  scope.cancel();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector{1, -2, 3, 4});
  CHECK(lock.try_lock().has_value());
}

TEST_CASE("a context that has ended gets no lock, though it is free", "[sync][X16]") {
  deterministic_runtime rt{1};
  sluice::mutex lock;
  std::vector<int> log;
  auto scope = with_cancel(rt.background());
  scope.cancel();
  rt.spawn(hold_for(scope.ctx(), lock, 0ns, log, 1)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector{-1});
  CHECK(lock.try_lock().has_value());
}

TEST_CASE("threads and tasks may share a mutex", "[sync][threads][M1]") {
  sluice::mutex lock;
  std::int64_t total = 0;
  support::run_together(3, [&](unsigned) {
    for (int n = 0; n < 300; ++n) {
      auto const held = lock.lock_blocking(context::background());
      if (held) ++total;
    }
  });
  CHECK(total == 900);
}

TEST_CASE("whoever comes while a mutex is free takes it, others waiting or not", "[sync][M2][M4]") {
  deterministic_runtime rt{GENERATE(range(0u, 4u))};
  sluice::mutex lock;
  std::vector<int> log;
  auto held = lock.try_lock();
  rt.spawn(pass_through(rt.background(), lock, log, 1)).detach();
  settle(rt);
  held->unlock();  // wakes the waiter, which has yet to run
  held = lock.try_lock();
  REQUIRE(held);
  settle(rt);  // it has tried, in vain
  CHECK(log.empty());
  held->unlock();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector{1});
}

TEST_CASE("a waiter that 64 others have passed is handed the lock", "[sync][M4]") {
  deterministic_runtime rt{GENERATE(range(0u, 4u))};
  auto const waiter_runs = GENERATE(true, false);  // and tries again each time, or never has its turn
  sluice::mutex lock;
  std::vector<int> log;
  auto held = lock.try_lock();
  rt.spawn(pass_through(rt.background(), lock, log, 1)).detach();
  settle(rt);
  held->unlock();
  int passed = 0;
  for (; passed < 1000; ++passed) {
    auto const barged = lock.try_lock();
    if (!barged) break;
    if (waiter_runs) settle(rt);
  }
  CHECK(passed == 64);
  CHECK(log.empty());
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector{1});
}

TEST_CASE("a waiter that has waited for a millisecond is handed the lock", "[sync][M4]") {
  deterministic_runtime rt{GENERATE(range(0u, 4u))};
  auto const waited = GENERATE(as<duration>{}, 999'999ns, 1'000'000ns);
  sluice::mutex lock;
  std::vector<int> log;
  auto held = lock.try_lock();
  rt.spawn(pass_through(rt.background(), lock, log, 1)).detach();
  settle(rt);
  pass(rt, waited);
  held->unlock();
  CHECK(lock.try_lock().has_value() == (waited < 1ms));
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector{1});
}

TEST_CASE("one that is awake to try and has waited for a millisecond is handed the lock", "[sync][M4]") {
  deterministic_runtime rt{1, 1};
  sluice::mutex lock;
  std::vector<int> log;
  auto held = lock.try_lock();
  rt.spawn(pass_through(rt.background(), lock, log, 1)).detach();
  settle(rt);
  rt.spawn([](deterministic_runtime& home, sluice::mutex& m, mutex_guard mine) -> task<void> {
      auto& me = co_await this_task();
      mine.unlock();                 // the other is awake now, but the only worker is busy here
      auto again = m.try_lock();
      CHECK(again.has_value());
      struct busy {
        task_control& running;
        [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
        void await_suspend(std::coroutine_handle<> here) const noexcept {
          running.suspend_at(here, "its own work");
          (void)running.home().occupy(running, 1ms);
        }
        void await_resume() const noexcept {}
      };
      co_await busy{me};
      CHECK(home.now() >= instant{1ms});
      again->unlock();
      CHECK_FALSE(m.try_lock().has_value());
    }(rt, lock, std::move(*held))).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector{1});
}

TEST_CASE("those who have been passed over are served in the order in which they came", "[sync][M4]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u)), 3};
  sluice::mutex lock;
  std::vector<int> log;
  auto held = lock.try_lock();
  for (int who = 1; who <= 4; ++who) {
    rt.spawn(pass_through(rt.background(), lock, log, who)).detach();
    settle(rt);
  }
  held->unlock();
  auto const passed = GENERATE(0, 1, 63, 64);
  for (int n = 0; n < passed; ++n) {
    auto const barged = lock.try_lock();
    REQUIRE(barged);
    if (n % 3 == 0) settle(rt);  // the first in turn tries in vain and keeps its place
  }
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector{1, 2, 3, 4});
}

TEST_CASE("nobody waits for more than 64 others, whatever the schedule", "[sync][M4]") {
  deterministic_runtime rt{GENERATE(range(0u, 32u)), 3};
  sluice::mutex lock;
  int taken = 0;
  int most = 0;
  wait_group crew;
  auto greedy = [&]() -> task<void> {
    for (int n = 0; n < 400; ++n) {
      auto const held = co_await lock.lock(context::background());
      ++taken;
      if (n % 5 == 0) co_await yield();
    }
  };
  auto modest = [&]() -> task<void> {
    for (int n = 0; n < 20; ++n) {
      auto const before = taken;
      auto const held = co_await lock.lock(context::background());
      most = std::max(most, taken - before);
      ++taken;
      co_await yield();
    }
  };
  for (int who = 0; who < 2; ++who) crew.go(rt.home(), greedy());
  for (int who = 0; who < 3; ++who) crew.go(rt.home(), modest());
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(taken == 860);
  CHECK(most <= 64 + 5);  // and those who stood before it
}

TEST_CASE("one that is about to try and gives up leaves its turn to the next", "[sync][M5][X16]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u))};
  sluice::mutex lock;
  std::vector<int> log;
  auto scope = with_cancel(rt.background());
  auto held = lock.try_lock();
  for (int who = 1; who <= 3; ++who) {
    rt.spawn(pass_through(who == 1 ? scope.ctx() : rt.background(), lock, log, who)).detach();
    settle(rt);
  }
  held->unlock();
  scope.cancel();
  SECTION("while the lock is free") {}
  SECTION("while another has taken it") {
    held = lock.try_lock();
    REQUIRE(held);
    settle(rt);
    CHECK(log == std::vector{-1});
    held->unlock();
  }
  SECTION("while others that have waited too long are behind it") {
    for (int n = 0; n < 64; ++n) CHECK(lock.try_lock().has_value());
    CHECK_FALSE(lock.try_lock().has_value());
  }
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(std::ranges::count(log, -1) == 1);
  std::erase(log, -1);
  CHECK(log == std::vector{2, 3});
  CHECK(lock.try_lock().has_value());
}

TEST_CASE("a waiter that is destroyed before its try leaves its turn to the next", "[sync][M5][G2][C19]") {
  std::vector<int> log;
  sluice::mutex lock;
  deterministic_runtime rt{1};
  auto held = lock.try_lock();
  auto const handed = GENERATE(false, true);
  support::destroy_after(
      [&] {
        held->unlock();  // it is awake, and will never run
        if (!handed) return;
        for (int n = 0; n < 64; ++n) CHECK(lock.try_lock().has_value());
        CHECK_FALSE(lock.try_lock().has_value());  // it has been handed the lock
      },
      [&] {
        rt.spawn(pass_through(rt.background(), lock, log, 2)).detach();
        settle(rt);
      },
      pass_through(context::background(), lock, log, 1));
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector{2});
  CHECK(lock.try_lock().has_value());
}

TEST_CASE("a waiter that is destroyed in the queue leaves it as it was", "[sync][M5][G2][C19]") {
  std::vector<int> log;
  sluice::mutex lock;
  deterministic_runtime rt{1};
  auto held = lock.try_lock();
  {
    deterministic_runtime doomed{1};
    doomed.spawn(pass_through(context::background(), lock, log, 1)).detach();
    settle(doomed);
    rt.spawn(pass_through(rt.background(), lock, log, 2)).detach();
    settle(rt);
  }
  held->unlock();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector{2});
}

TEST_CASE("a lock that is left by release is unlocked by another", "[sync][M1][M3]") {
  sluice::mutex lock;
  auto held = lock.try_lock();
  REQUIRE(held->owns_lock());
  CHECK(held->release() == &lock);
  CHECK_FALSE(held->owns_lock());
  held->unlock();  // holds nothing any more
  CHECK_FALSE(lock.try_lock().has_value());
  lock.unlock();
  CHECK(lock.try_lock().has_value());
}

TEST_CASE("with cancels at random moments a mutex stays a mutex", "[sync][M1][M4][M5]") {
  deterministic_runtime rt{GENERATE(range(0u, 48u)), 4};
  sluice::mutex lock;
  int inside = 0;
  int done = 0;
  auto works = [&](int who) -> task<void> {
    for (int n = 0; n < 30; ++n) {
      auto const scope = with_timeout(rt.background(), duration{(who * 7 + n) % 5 + 1});
      auto held = co_await lock.lock(scope.ctx());
      if (!held) continue;
      CHECK(++inside == 1);
      if (n % 3 == 0) co_await yield();
      if (n % 4 == 0) (void)co_await sleep_for(context::background(), 2ns);
      --inside;
    }
    ++done;
  };
  for (int who = 0; who < 6; ++who) rt.spawn(works(who)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(done == 6);
  CHECK(lock.try_lock().has_value());
}

TEST_CASE("a greedy task and patient threads all get the lock", "[sync][threads][M1][M4]") {
  runtime rt{runtime_options{.workers = support::workers(2)}};
  sluice::mutex lock;
  std::int64_t total = 0;
  std::atomic<bool> stop{false};
  auto greedy = [&]() -> task<void> {
    while (!stop) {
      auto const held = co_await lock.lock(context::background());
      ++total;
    }
  };
  std::vector<join_handle<void>> all;
  for (int who = 0; who < 2; ++who) all.push_back(rt.spawn(greedy()));
  std::int64_t got = 0;
  support::run_together(2, [&](unsigned) {
    for (int n = 0; n < 50; ++n) {
      auto const held = lock.lock_blocking(context::background());
      if (held) ++total, ++got;
    }
  });
  stop = true;
  for (auto& each : all) std::move(each).join_blocking();
  CHECK(got == 100);
  CHECK(total >= 100);
}

TEST_CASE("waits on threads that end by their context leave the mutex whole", "[sync][threads][M5][X16]") {
  runtime rt{runtime_options{.workers = support::workers(2)}};
  sluice::mutex lock;
  std::int64_t total = 0;
  std::atomic<std::int64_t> got{0};
  auto works = [&](int who) -> task<void> {
    for (int n = 0; n < 200; ++n) {
      auto const scope = with_timeout(rt.background(), duration{(who + n) % 7 * 1000});
      auto const held = co_await lock.lock(scope.ctx());
      if (held) ++total, ++got;
    }
  };
  std::vector<join_handle<void>> all;
  for (int who = 0; who < 4; ++who) all.push_back(rt.spawn(works(who)));
  for (auto& each : all) std::move(each).join_blocking();
  CHECK(total == got);
  CHECK(lock.try_lock().has_value());
}

TEST_CASE("the blocking form of a lock is misuse on a worker", "[sync][G8]") {
  deterministic_runtime rt{1};
  sluice::mutex lock;
  auto blocks = [&]() -> task<void> {
    (void)lock.lock_blocking(context::background());
    co_return;
  };
  CHECK_THROWS_AS(rt.block_on(blocks()), misuse);
  auto scope = with_cancel(context::background());
  scope.cancel();
  CHECK(lock.lock_blocking(scope.ctx()).error() == errc::cancelled);
  CHECK(lock.try_lock().has_value());
}
