#include <concepts>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/runtime/runtime.hpp>
#include <sluice/sync/mutex.hpp>
#include <sluice/sync/wait_group.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/sleep.hpp>
#include <tests/support/thread_crew.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using Catch::Generators::range;
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

void settle(deterministic_runtime& rt) { (void)rt.run_until(rt.now()); }

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
  runtime rt{runtime_options{.workers = 3}};
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

TEST_CASE("a lock granted to a task that is being destroyed is let go again", "[sync][M5][G2]") {
  sluice::mutex lock;
  {
    deterministic_runtime rt{1};
    auto held = lock.try_lock();
    std::vector<int> log;
    auto waiting = rt.spawn([](sluice::mutex& m) -> task<void> {
      auto const mine = co_await m.lock(context::background());
    }(lock));
    settle(rt);
    held->unlock();  // handed over, but the task never runs again
    waiting.detach();
  }
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
