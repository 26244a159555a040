#include <sluice/sync/lock_all.hpp>

#include <array>
#include <optional>
#include <utility>
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

namespace {

auto const always = context::background();

}  // namespace

TEST_CASE("all of several mutexes are locked, and come in the order of the arguments", "[sync][lock_all][M1]") {
  deterministic_runtime rt{1};
  std::array<sluice::mutex, 3> locks;
  auto asks = [&]() -> task<void> {
    auto const frames = count_frames().made;
    auto all = co_await lock_all(always, locks[2], locks[0], locks[1]);
    CHECK(count_frames().made == frames);  // they were free
    REQUIRE(all);
    auto& [first, second, third] = *all;
    CHECK(first.mutex() == &locks[2]);
    CHECK(second.mutex() == &locks[0]);
    CHECK(third.mutex() == &locks[1]);
    for (auto& each : locks) CHECK_FALSE(each.try_lock().has_value());
  };
  CHECK(rt.block_on(asks()));
  for (auto& each : locks) CHECK(each.try_lock().has_value());
}

TEST_CASE("several mutexes are let go in the reverse of the order in which they were locked",
          "[sync][lock_all][Z1]") {
  deterministic_runtime rt{simulation{.strategy = schedule_strategy::round_robin}};
  std::array<sluice::mutex, 3> locks;
  std::vector<std::size_t> free;  // in the order in which those who wait for one got it
  std::optional<mutex_guards<3>> held;
  auto take = [&]() -> task<void> {
    auto all = co_await lock_all(always, locks[1], locks[2], locks[0]);
    held.emplace(std::move(*all));
  };
  REQUIRE(rt.block_on(take()));
  for (std::size_t i : {1u, 0u, 2u}) {
    rt.spawn([](sluice::mutex& lock, std::vector<std::size_t>& into, std::size_t me) -> task<void> {
        auto const mine = co_await lock.lock(always);
        into.push_back(me);
      }(locks[i], free, i)).detach();
  }
  settle(rt);
  SECTION("by the end of a scope") { held.reset(); }
  SECTION("on purpose") { held->unlock(); }
  SECTION("by what takes their place") { *held = mutex_guards<3>{}; }
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(free == std::vector<std::size_t>{2, 1, 0});
}

TEST_CASE("those who lock the same mutexes in different orders do not deadlock", "[sync][lock_all][M1]") {
  deterministic_runtime rt{GENERATE(range(0u, 64u)), 3};
  std::array<sluice::mutex, 3> locks;
  int inside = 0;
  int rounds = 0;
  auto works = [&](std::size_t a, std::size_t b, std::size_t c) -> task<void> {
    for (int n = 0; n < 10; ++n) {
      auto const all = co_await lock_all(always, locks[a], locks[b], locks[c]);
      CHECK(++inside == 1);
      co_await yield();
      --inside;
      ++rounds;
    }
  };
  rt.spawn(works(0, 1, 2)).detach();
  rt.spawn(works(2, 1, 0)).detach();
  rt.spawn(works(1, 2, 0)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(rounds == 30);
}

TEST_CASE("one of several that cannot be had leaves none locked", "[sync][lock_all][M5][X16]") {
  deterministic_runtime rt{GENERATE(range(0u, 8u)), 2};
  std::array<sluice::mutex, 3> locks;
  auto const taken = GENERATE(std::size_t{0}, std::size_t{1}, std::size_t{2});
  auto scope = with_cancel(rt.background());
  auto held = locks[taken].try_lock();
  bool failed = false;
  auto asks = [&](context ctx) -> task<void> {
    failed = !(co_await lock_all(ctx, locks[0], locks[1], locks[2])).has_value();
  };
  rt.spawn(asks(scope.ctx())).detach();
  settle(rt);
  SECTION("its context ends") {
    scope.cancel();
    settle(rt);
    CHECK(failed);
    for (std::size_t i = 0; i < 3; ++i) CHECK(locks[i].try_lock().has_value() == (i != taken));
    held->unlock();
  }
  SECTION("it comes free") {
    held->unlock();
    CHECK(rt.run() == ended::all_tasks_done);
    CHECK_FALSE(failed);
  }
  SECTION("its context had ended") {
    held->unlock();
    settle(rt);
    scope.cancel();
    rt.spawn(asks(scope.ctx())).detach();
    settle(rt);
    CHECK(failed);
    CHECK(lock_all_blocking(scope.ctx(), locks[0], locks[1]).error() == errc::cancelled);
  }
  CHECK(rt.run() == ended::all_tasks_done);
  for (auto& each : locks) CHECK(each.try_lock().has_value());
}

TEST_CASE("a task that is destroyed among several mutexes leaves none locked", "[sync][lock_all][G2]") {
  std::array<sluice::mutex, 2> locks;
  auto held = locks[1].try_lock();
  {
    deterministic_runtime doomed{1};
    doomed.spawn([](std::array<sluice::mutex, 2>& all) -> task<void> {
      (void)co_await lock_all(always, all[1], all[0]);
    }(locks)).detach();
    settle(doomed);
    CHECK_FALSE(locks[0].try_lock().has_value());
  }
  CHECK(locks[0].try_lock().has_value());
  held->unlock();
  CHECK(locks[1].try_lock().has_value());
}

TEST_CASE("naming a mutex twice is misuse", "[sync][lock_all]") {
  sluice::mutex a;
  sluice::mutex b;
  CHECK_THROWS_AS(lock_all_blocking(always, a, b, a), misuse);
  CHECK_THROWS_AS((void)lock_all(always, a, a), misuse);
  CHECK(a.try_lock().has_value());
}

TEST_CASE("threads and tasks lock the same mutexes in different orders", "[sync][threads][lock_all][M1]") {
  runtime rt{runtime_options{.workers = support::workers(2)}};
  std::array<sluice::mutex, 3> locks;
  int total = 0;  // plain
  auto works = [&](std::size_t a, std::size_t b) -> task<void> {
    for (int n = 0; n < 200; ++n) {
      auto const all = co_await lock_all(always, locks[a], locks[1], locks[b]);
      ++total;
    }
  };
  std::vector<join_handle<void>> all;
  all.push_back(rt.spawn(works(0, 2)));
  all.push_back(rt.spawn(works(2, 0)));
  support::run_together(2, [&](unsigned who) {
    for (int n = 0; n < 200; ++n) {
      auto const mine = who == 0 ? lock_all_blocking(always, locks[2], locks[1])
                                 : lock_all_blocking(always, locks[1], locks[0]);
      ++total;
    }
  });
  for (auto& each : all) std::move(each).join_blocking();
  CHECK(total == 800);
}
