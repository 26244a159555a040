#include <sluice/sync/condition_variable.hpp>

#include <algorithm>
#include <atomic>
#include <concepts>
#include <deque>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/runtime/runtime.hpp>
#include <tests/support/thread_crew.hpp>
#include <tests/support/workers.hpp>
#include <tests/sync/waits.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using Catch::Generators::range;
using support::settle;
using testing::deterministic_runtime;

static_assert(!std::copy_constructible<condition_variable>);  // [V7]

namespace {

auto const always = context::background();

/// A mutex, a condition, and who got past it.
struct meeting {
  sluice::mutex lock;
  condition_variable changed;
  std::vector<int> log;

  auto waits(context ctx, int who) -> task<void> {
    auto held = co_await lock.lock(always);
    auto const waited = co_await changed.wait(ctx, *held);
    CHECK(held->owns_lock());
    CHECK_FALSE(lock.try_lock().has_value());
    log.push_back(waited ? who : -who);
  }
};

}  // namespace

TEST_CASE("waiting lets go of the mutex and has it again when it returns", "[sync][V1]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u)), 3};
  meeting m;
  rt.spawn(m.waits(rt.background(), 1)).detach();
  settle(rt);
  auto held = m.lock.try_lock();
  REQUIRE(held);  // it has been let go
  m.changed.signal();
  settle(rt);
  CHECK(m.log.empty());  // signalled, and waiting for the mutex
  held->unlock();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(m.log == std::vector{1});
  CHECK(m.lock.try_lock().has_value());
}

TEST_CASE("no signal falls between the letting go and the waiting", "[sync][V1]") {
  deterministic_runtime rt{GENERATE(range(0u, 64u)), 4};
  meeting m;
  std::deque<int> queue;
  int taken = 0;
  auto produces = [&]() -> task<void> {
    for (int n = 0; n < 20; ++n) {
      auto held = co_await m.lock.lock(always);
      queue.push_back(n);
      if (n % 2 == 0) held->unlock();  // [V5] with and without it
      m.changed.signal();
      if (n % 3 == 0) co_await yield();
    }
  };
  auto consumes = [&]() -> task<void> {
    for (int n = 0; n < 10; ++n) {
      auto held = co_await m.lock.lock(always);
      auto const waited = co_await m.changed.wait(always, *held, [&] { return !queue.empty(); });
      CHECK(waited.has_value());
      REQUIRE_FALSE(queue.empty());
      queue.pop_front();
      ++taken;
    }
  };
  for (int who = 0; who < 4; ++who) rt.spawn(consumes()).detach();
  for (int who = 0; who < 2; ++who) rt.spawn(produces()).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(taken == 40);
}

TEST_CASE("a signal wakes the one that has waited longest, and nobody if nobody waits", "[sync][V2][V6]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u)), 3};
  meeting m;
  m.changed.signal();  // is not kept
  for (int who = 1; who <= 3; ++who) {
    rt.spawn(m.waits(rt.background(), who)).detach();
    settle(rt);
  }
  CHECK(m.log.empty());
  for (int who = 1; who <= 3; ++who) {
    m.changed.signal();
    settle(rt);
    CHECK(static_cast<int>(m.log.size()) == who);
  }
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(m.log == std::vector{1, 2, 3});
}

TEST_CASE("as many go on as were signalled, and no more", "[sync][V2][V6]") {
  deterministic_runtime rt{GENERATE(range(0u, 64u)), 4};
  meeting m;
  auto const waiters = 6;
  auto const signals = GENERATE(0, 1, 4);
  for (int who = 1; who <= waiters; ++who) rt.spawn(m.waits(rt.background(), who)).detach();
  settle(rt);
  auto sends = [&](int count) -> task<void> {
    for (int n = 0; n < count; ++n) {
      m.changed.signal();
      co_await yield();
    }
  };
  rt.spawn(sends(signals / 2)).detach();
  rt.spawn(sends(signals - signals / 2)).detach();
  support::pass(rt, 1h);
  CHECK(m.log.size() == static_cast<std::size_t>(signals));
  m.changed.broadcast();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(m.log.size() == waiters);
}

TEST_CASE("a broadcast wakes everybody who waits, once", "[sync][V3][V6]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u)), 3};
  meeting m;
  auto twice = [&](int who) -> task<void> {
    co_await m.waits(rt.background(), who);
    co_await m.waits(rt.background(), who);
  };
  for (int who = 1; who <= 4; ++who) rt.spawn(twice(who)).detach();
  settle(rt);
  m.changed.broadcast();
  settle(rt);
  CHECK(m.log.size() == 4);  // and each waits again, for the next
  m.changed.broadcast();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(m.log.size() == 8);
  for (int who = 1; who <= 4; ++who) CHECK(std::ranges::count(m.log, who) == 2);
}

TEST_CASE("a signal is never taken by one that came after it", "[sync][V4]") {
  deterministic_runtime rt{GENERATE(range(0u, 32u)), 4};
  meeting m;
  rt.spawn(m.waits(rt.background(), 1)).detach();
  settle(rt);
  m.changed.signal();
  rt.spawn(m.waits(rt.background(), 2)).detach();  // maybe before the first has run
  settle(rt);
  CHECK(m.log == std::vector{1});
  m.changed.signal();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(m.log == std::vector{1, 2});
}

TEST_CASE("signals are sent with the mutex and without it", "[sync][V5]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u)), 2};
  meeting m;
  for (int who = 1; who <= 2; ++who) {
    rt.spawn(m.waits(rt.background(), who)).detach();
    settle(rt);
  }
  {
    auto const held = m.lock.try_lock();
    m.changed.signal();
    settle(rt);
    CHECK(m.log.empty());
  }
  m.changed.broadcast();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(m.log.size() == 2);
}

TEST_CASE("a wait that is cancelled has the mutex again, and the others wait on", "[sync][V1][V2][X16][C19]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u)), 2};
  meeting m;
  auto scope = with_cancel(rt.background());
  for (int who = 1; who <= 3; ++who) {
    rt.spawn(m.waits(who == 1 ? scope.ctx() : rt.background(), who)).detach();
    settle(rt);
  }
  auto held = m.lock.try_lock();
  scope.cancel();
  settle(rt);
  CHECK(m.log.empty());  // it waits for the mutex, whatever its context says
  held->unlock();
  settle(rt);
  CHECK(m.log == std::vector{-1});
  m.changed.signal();
  settle(rt);
  CHECK(m.log == std::vector{-1, 2});  // no signal was wasted on the one that left
  m.changed.signal();
  CHECK(rt.run() == ended::all_tasks_done);
}

TEST_CASE("a context that has ended does not let go of the mutex", "[sync][X16]") {
  deterministic_runtime rt{1};
  meeting m;
  auto scope = with_cancel(rt.background());
  scope.cancel();
  auto asks = [&]() -> task<void> {
    auto held = co_await m.lock.lock(always);
    auto stands = rt.spawn([](sluice::mutex& lock, std::vector<int>& log) -> task<void> {
      auto const mine = co_await lock.lock(always);
      log.push_back(7);
    }(m.lock, m.log));
    auto const waited = co_await m.changed.wait(scope.ctx(), *held);
    CHECK(waited.error() == errc::cancelled);
    CHECK(m.log.empty());
    auto const enough = co_await m.changed.wait(scope.ctx(), *held, [] { return true; });
    CHECK(enough.error() == errc::cancelled);
    held->unlock();
    co_await std::move(stands);
  };
  CHECK(rt.block_on(asks()));
  auto held = m.lock.try_lock();
  CHECK(m.changed.wait_blocking(scope.ctx(), *held).error() == errc::cancelled);
  CHECK(held->owns_lock());
}

TEST_CASE("a wait with a predicate goes on until it holds", "[sync][V6]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u)), 2};
  meeting m;
  int value = 0;
  auto waits = [&](context ctx) -> task<void> {
    auto held = co_await m.lock.lock(always);
    auto const waited = co_await m.changed.wait(ctx, *held, [&] { return value >= 3; });
    m.log.push_back(waited ? value : -1);
  };
  auto scope = with_cancel(rt.background());
  rt.spawn(waits(rt.background())).detach();
  rt.spawn(waits(scope.ctx())).detach();
  for (int n = 0; n < 2; ++n) {
    settle(rt);
    ++value;
    m.changed.broadcast();
  }
  settle(rt);
  CHECK(m.log.empty());
  scope.cancel();
  settle(rt);
  CHECK(m.log == std::vector{-1});
  ++value;
  m.changed.broadcast();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(m.log == std::vector{-1, 3});
}

TEST_CASE("waiting with a guard that holds nothing is misuse", "[sync][V1]") {
  deterministic_runtime rt{1};
  meeting m;
  auto asks = [&]() -> task<void> {
    auto held = co_await m.lock.lock(always);
    held->unlock();
    (void)co_await m.changed.wait(always, *held);
  };
  CHECK_THROWS_AS(rt.block_on(asks()), misuse);
  auto held = m.lock.try_lock();
  held->unlock();
  CHECK_THROWS_AS(m.changed.wait_blocking(always, *held), misuse);
}

TEST_CASE("the signal of a task that is being destroyed passes to one that waited then", "[sync][V2][V4][G2]") {
  meeting m;
  deterministic_runtime rt{1};
  auto const came_later = GENERATE(false, true);
  auto second = [&] {
    rt.spawn(m.waits(rt.background(), 2)).detach();
    settle(rt);
  };
  support::destroy_after(
      [&] {
        m.changed.signal();
        if (came_later) second();
      },
      [&] {
        if (!came_later) second();
      },
      m.waits(always, 1));
  settle(rt);
  CHECK(m.log == (came_later ? std::vector<int>{} : std::vector{2}));
  m.changed.signal();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(m.log == std::vector{2});
}

TEST_CASE("a waiter that is destroyed takes no signal and holds no mutex", "[sync][V2][G2][C19]") {
  meeting m;
  deterministic_runtime rt{1};
  {
    deterministic_runtime doomed{1};
    doomed.spawn(m.waits(always, 1)).detach();
    settle(doomed);
    rt.spawn(m.waits(rt.background(), 2)).detach();
    settle(rt);
  }
  CHECK(m.lock.try_lock().has_value());
  m.changed.signal();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(m.log == std::vector{2});
}

TEST_CASE("threads and tasks wait for the same condition", "[sync][threads][V1][V2]") {
  runtime rt{runtime_options{.workers = support::workers(2)}};
  sluice::mutex lock;
  condition_variable filled;
  std::deque<int> queue;
  std::atomic<int> taken{0};
  auto consumes = [&]() -> task<void> {
    for (int n = 0; n < 100; ++n) {
      auto held = co_await lock.lock(always);
      (void)co_await filled.wait(always, *held, [&] { return !queue.empty(); });
      queue.pop_front();
      ++taken;
    }
  };
  std::vector<join_handle<void>> all;
  for (int who = 0; who < 2; ++who) all.push_back(rt.spawn(consumes()));
  support::run_together(3, [&](unsigned who) {
    for (int n = 0; n < (who == 0 ? 100 : 150); ++n) {
      auto held = *lock.lock_blocking(always);
      if (who == 0) {
        (void)filled.wait_blocking(always, held, [&] { return !queue.empty(); });
        queue.pop_front();
        ++taken;
      } else {
        queue.push_back(n);
        held.unlock();
        filled.signal();
      }
    }
  });
  for (auto& each : all) std::move(each).join_blocking();
  CHECK(taken == 300);
  CHECK(queue.empty());
}

TEST_CASE("the blocking form of a condition is misuse on a worker", "[sync][G8]") {
  deterministic_runtime rt{1};
  meeting m;
  auto blocks = [&]() -> task<void> {
    auto held = co_await m.lock.lock(always);
    (void)m.changed.wait_blocking(always, *held);
  };
  CHECK_THROWS_AS(rt.block_on(blocks()), misuse);
}
