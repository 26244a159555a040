#include <sluice/sync/semaphore.hpp>

#include <algorithm>
#include <atomic>
#include <concepts>
#include <optional>
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

static_assert(!std::copy_constructible<semaphore> && !std::copy_constructible<permits>);
static_assert(std::movable<permits>);

namespace {

/// Takes permits, notes it, keeps them for a while.
task<void> take(context ctx, semaphore& from, std::size_t count, std::vector<int>& log, int who,
                duration span = 0ns) {
  auto const mine = co_await from.acquire(ctx, count);
  log.push_back(mine ? who : -who);
  if (mine && span > 0ns) (void)co_await sleep_for(context::background(), span);
}

}  // namespace

TEST_CASE("acquire waits until so many permits are free", "[sync][P1]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u)), 2};
  semaphore slots{3};
  std::vector<int> log;
  auto first = slots.try_acquire(2);
  REQUIRE(first);
  CHECK(first->count() == 2);
  CHECK(slots.available() == 1);
  rt.spawn(take(rt.background(), slots, 2, log, 1)).detach();
  settle(rt);
  CHECK(log.empty());
  first->release();
  first->release();  // again: harmless
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector{1});
  CHECK(slots.available() == 3);
  CHECK(slots.capacity() == 3);
}

TEST_CASE("permits never add up to more than there are", "[sync][P1]") {
  deterministic_runtime rt{GENERATE(range(0u, 32u)), 4};
  semaphore slots{5};
  std::size_t held = 0;
  std::size_t most = 0;
  auto works = [&](std::size_t who) -> task<void> {
    for (std::size_t n = 0; n < 20; ++n) {
      auto const mine = co_await slots.acquire(context::background(), (who + n) % 6);
      held += mine->count();
      most = std::max(most, held);
      co_await yield();
      held -= mine->count();
    }
  };
  for (std::size_t who = 0; who < 6; ++who) rt.spawn(works(who)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(most <= 5);
  CHECK(slots.available() == 5);
}

TEST_CASE("nobody overtakes one that waits, however little it wants", "[sync][P2]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u)), 3};
  semaphore slots{4};
  std::vector<int> log;
  auto held = slots.try_acquire(3);
  std::size_t const wants[] = {4, 3, 2, 3};
  for (int who = 1; who <= 4; ++who) {
    rt.spawn(take(rt.background(), slots, wants[who - 1], log, who, 1ms)).detach();
    settle(rt);
  }
  CHECK(log.empty());                    // one permit is free, and the first wants four
  CHECK(slots.try_acquire(1).error() == errc::would_block);
  held->release();
  settle(rt);
  CHECK(log == std::vector{1});
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector{1, 2, 3, 4});
}

TEST_CASE("more permits than there are come never, and hold up nobody", "[sync][P3][X16]") {
  deterministic_runtime rt{GENERATE(range(0u, 8u))};
  semaphore slots{2};
  std::vector<int> log;
  auto scope = with_cancel(rt.background());
  rt.spawn(take(scope.ctx(), slots, 3, log, 1)).detach();
  settle(rt);
  rt.spawn(take(rt.background(), slots, 2, log, 2)).detach();
  settle(rt);
  CHECK(log == std::vector{2});
  CHECK(slots.try_acquire(3).error() == errc::would_block);
  CHECK(slots.try_acquire(2).has_value());
  scope.cancel();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector{2, -1});
  CHECK_THROWS_AS((void)slots.acquire(context::background(), 3), misuse);
  CHECK_THROWS_AS((void)slots.acquire_blocking(context::background(), 3), misuse);
}

TEST_CASE("a context that has ended gets no permits, though they are free", "[sync][P4][X16]") {
  deterministic_runtime rt{1};
  semaphore slots{2};
  std::vector<int> log;
  auto scope = with_cancel(rt.background());
  scope.cancel();
  for (std::size_t const count : {std::size_t{0}, std::size_t{1}, std::size_t{3}})
    rt.spawn(take(scope.ctx(), slots, count, log, 1)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector{-1, -1, -1});
  CHECK(slots.available() == 2);
  CHECK(slots.acquire_blocking(scope.ctx()).error() == errc::cancelled);
  CHECK(slots.available() == 2);
}

TEST_CASE("those behind one that gives up are looked at again", "[sync][P5][C19]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u)), 2};
  semaphore slots{3};
  std::vector<int> log;
  auto held = slots.try_acquire(1);
  auto scope = with_cancel(rt.background());
  rt.spawn(take(scope.ctx(), slots, 3, log, 1)).detach();
  settle(rt);
  for (int who = 2; who <= 4; ++who) {
    rt.spawn(take(rt.background(), slots, 1, log, who, 1ms)).detach();
    settle(rt);
  }
  CHECK(log.empty());
  scope.cancel();
  settle(rt);
  CHECK(std::ranges::count(log, -1) == 1);
  std::erase(log, -1);
  CHECK(log.size() == 2);  // as many as fit beside the one that is held
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log.size() == 3);
  held->release();
  CHECK(slots.available() == 3);
}

TEST_CASE("those behind one that is destroyed are looked at again", "[sync][P5][C19][G2]") {
  semaphore slots{3};
  std::vector<int> log;
  deterministic_runtime rt{1};
  auto held = slots.try_acquire(1);
  {
    deterministic_runtime doomed{1};
    doomed.spawn(take(context::background(), slots, 3, log, 1)).detach();
    settle(doomed);
    rt.spawn(take(rt.background(), slots, 1, log, 2)).detach();
    settle(rt);
    CHECK(log.empty());
  }
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector{2});
}

TEST_CASE("permits granted to a task that is being destroyed go back", "[sync][P6][G2]") {
  semaphore slots{2};
  std::vector<int> log;
  deterministic_runtime rt{1};
  auto held = slots.try_acquire(2);
  support::destroy_after(
      [&] {
        held->release();
        CHECK(slots.available() == 0);  // granted, but the task never runs again
      },
      [&] {
        rt.spawn(take(rt.background(), slots, 2, log, 2)).detach();
        settle(rt);
      },
      take(context::background(), slots, 2, log, 1));
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector{2});
  CHECK(slots.available() == 2);
}

TEST_CASE("a grant that comes before the end of the context stands", "[sync][P6]") {
  deterministic_runtime rt{GENERATE(range(0u, 8u))};
  semaphore slots{1};
  std::vector<int> log;
  auto scope = with_cancel(rt.background());
  auto held = slots.try_acquire();
  rt.spawn(take(scope.ctx(), slots, 1, log, 1)).detach();
  settle(rt);
  auto const granted_first = GENERATE(true, false);
  if (granted_first) held->release();
  scope.cancel();
  held->release();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector{granted_first ? 1 : -1});
  CHECK(slots.available() == 1);
}

TEST_CASE("releasing more than is held is misuse and changes nothing", "[sync][P7]") {
  semaphore slots{2};
  CHECK_THROWS_AS(slots.release(), misuse);
  auto held = slots.try_acquire(2);
  CHECK_THROWS_AS(slots.release(3), misuse);
  CHECK(slots.available() == 0);
  CHECK(held->forget() == 2);
  slots.release(1);
  slots.release(1);
  CHECK(slots.available() == 2);
  slots.release(0);
}

TEST_CASE("no permits at all are had at once when nobody waits, and in turn otherwise", "[sync][P8]") {
  deterministic_runtime rt{GENERATE(range(0u, 8u))};
  semaphore slots{1};
  std::vector<int> log;
  auto held = slots.try_acquire(1);
  CHECK(slots.try_acquire(0).has_value());
  rt.spawn(take(rt.background(), slots, 0, log, 1)).detach();
  settle(rt);
  CHECK(log == std::vector{1});
  rt.spawn(take(rt.background(), slots, 1, log, 2)).detach();
  settle(rt);
  rt.spawn(take(rt.background(), slots, 0, log, 3)).detach();
  settle(rt);
  CHECK(log == std::vector{1});
  CHECK(slots.try_acquire(0).error() == errc::would_block);
  held->release();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log.size() == 3);
}

TEST_CASE("with cancels at random moments no permit is lost or doubled", "[sync][P1][P5][P6]") {
  deterministic_runtime rt{GENERATE(range(0u, 48u)), 4};
  semaphore slots{4};
  std::size_t held = 0;
  auto works = [&](std::size_t who) -> task<void> {
    for (std::size_t n = 0; n < 30; ++n) {
      auto const scope = with_timeout(rt.background(), duration{(who * 5 + n) % 6 + 1});
      auto const mine = co_await slots.acquire(scope.ctx(), (who + n) % 5 + (n % 11 == 0 ? 1u : 0u));
      if (!mine) continue;
      held += mine->count();
      CHECK(held <= 4);
      (void)co_await sleep_for(context::background(), duration{(who + n) % 4});
      held -= mine->count();
    }
  };
  for (std::size_t who = 0; who < 6; ++who) rt.spawn(works(who)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(slots.available() == 4);
}

TEST_CASE("threads and tasks share permits", "[sync][threads][P1][P2]") {
  runtime rt{runtime_options{.workers = support::workers(2)}};
  semaphore slots{3};
  std::atomic<std::size_t> held{0};
  std::atomic<int> wrong{0};
  auto note = [&](permits const& mine) {
    if (held.fetch_add(mine.count()) + mine.count() > 3) ++wrong;
    held.fetch_sub(mine.count());
  };
  auto works = [&](std::size_t who) -> task<void> {
    for (std::size_t n = 0; n < 300; ++n) note(*co_await slots.acquire(context::background(), (who + n) % 4));
  };
  std::vector<join_handle<void>> all;
  for (std::size_t who = 0; who < 3; ++who) all.push_back(rt.spawn(works(who)));
  support::run_together(2, [&](unsigned who) {
    for (std::size_t n = 0; n < 300; ++n)
      note(*slots.acquire_blocking(context::background(), (who + n) % 3 + 1));
  });
  for (auto& each : all) std::move(each).join_blocking();
  CHECK(wrong == 0);
  CHECK(slots.available() == 3);
}

TEST_CASE("the blocking form of acquire is misuse on a worker", "[sync][G8]") {
  deterministic_runtime rt{1};
  semaphore slots{1};
  auto blocks = [&]() -> task<void> {
    (void)slots.acquire_blocking(context::background());
    co_return;
  };
  CHECK_THROWS_AS(rt.block_on(blocks()), misuse);
}
