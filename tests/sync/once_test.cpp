#include <sluice/sync/once.hpp>

#include <atomic>
#include <concepts>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/runtime/runtime.hpp>
#include <tests/support/thread_crew.hpp>
#include <tests/support/tracked.hpp>
#include <tests/support/workers.hpp>
#include <tests/sync/waits.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using Catch::Generators::range;
using support::settle;
using support::tracked;
using testing::deterministic_runtime;

static_assert(!std::copy_constructible<sluice::once>);  // [V7]

namespace {

auto const always = context::background();

}  // namespace

TEST_CASE("a function runs once over all callers, and each returns after it has ended", "[sync][O1]") {
  deterministic_runtime rt{GENERATE(range(0u, 32u)), 4};
  auto const suspends = GENERATE(true, false);
  sluice::once first;
  int runs = 0;
  bool over = false;
  int returned = 0;
  auto slow = [&]() -> task<void> {
    ++runs;
    (void)co_await sleep_for(always, 1ms);
    over = true;
  };
  auto calls = [&]() -> task<void> {
    co_await yield();
    auto const called = suspends ? co_await first.call(always, slow)
                                 : co_await first.call(always, [&] { ++runs, over = true; });
    CHECK(called.has_value());
    CHECK(over);
    ++returned;
  };
  for (int who = 0; who < 6; ++who) rt.spawn(calls()).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(runs == 1);
  CHECK(returned == 6);
  CHECK(first.done());
}

TEST_CASE("a function that throws has run, and the exception is its caller's", "[sync][O2]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u)), 3};
  auto const suspends = GENERATE(true, false);
  sluice::once first;
  int runs = 0;
  int threw = 0;
  int passed = 0;
  auto fails_later = [&]() -> task<void> {
    ++runs;
    co_await yield();
    throw std::runtime_error("no");
  };
  auto fails = [&] {
    ++runs;
    throw std::runtime_error("no");
  };
  auto calls = [&]() -> task<void> {
    try {
      if (suspends) (void)co_await first.call(fails_later);
      else (void)co_await first.call(fails);
      ++passed;
    } catch (std::runtime_error const&) {
      ++threw;
    }
  };
  for (int who = 0; who < 4; ++who) rt.spawn(calls()).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(runs == 1);
  CHECK(threw == 1);
  CHECK(passed == 3);
  CHECK(first.call_blocking([&] { ++runs; }).has_value());
  CHECK(runs == 1);
}

TEST_CASE("calling a once from inside its function is misuse, not a hang", "[sync][O3]") {
  sluice::once first;
  SECTION("in a task") {
    deterministic_runtime rt{1};
    auto nested = [&]() -> task<void> { (void)co_await first.call([] {}); };
    auto calls = [&]() -> task<void> { (void)co_await first.call(nested); };
    CHECK_THROWS_AS(rt.block_on(calls()), misuse);
  }
  SECTION("in a thread") {
    CHECK_THROWS_AS(first.call_blocking([&] { (void)first.call_blocking([] {}); }), misuse);
  }
  CHECK(first.done());
}

TEST_CASE("a function and what it captured are gone before anybody goes on", "[sync][O4]") {
  sluice::once first;
  int gone = 0;
  auto held = std::shared_ptr<int>(new int{1}, [&](int* was) {
    delete was;
    ++gone;
    CHECK_FALSE(first.done());
  });
  SECTION("a task") {
    deterministic_runtime rt{1};
    auto calls = [&](std::shared_ptr<int> mine) -> task<void> {
      (void)co_await first.call([mine = std::move(mine)]() -> task<void> { co_await yield(); });
      CHECK(gone == 1);
    };
    CHECK(rt.block_on(calls(std::move(held))));
  }
  SECTION("a plain function") {
    deterministic_runtime rt{1};
    auto calls = [&](std::shared_ptr<int> mine) -> task<void> {
      (void)co_await first.call([mine = std::move(mine)] {});
      CHECK(gone == 1);
    };
    CHECK(rt.block_on(calls(std::move(held))));
  }
  SECTION("on a thread") {
    (void)first.call_blocking([mine = std::move(held)] {});
    CHECK(gone == 1);
  }
  CHECK(first.done());
}

TEST_CASE("a once that has run costs neither a frame nor a suspension", "[sync][O5]") {
  deterministic_runtime rt{1};
  sluice::once first;
  (void)first.call_blocking([] {});
  auto calls = [&]() -> task<std::uint64_t> {
    auto const before = count_frames().made;
    for (int n = 0; n < 100; ++n) (void)co_await first.call([]() -> task<void> { co_return; });
    co_return count_frames().made - before;
  };
  CHECK(rt.block_on(calls()) == 0);
}

TEST_CASE("a caller whose context ends stops waiting, and the run goes on", "[sync][O1][X16]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u)), 3};
  sluice::once first;
  auto scope = with_cancel(rt.background());
  event go;
  std::vector<int> log;
  auto calls = [&](context ctx, int who) -> task<void> {
    auto const called = co_await first.call(ctx, [&]() -> task<void> { (void)co_await go.wait(always); });
    log.push_back(called ? who : -who);
  };
  rt.spawn(calls(rt.background(), 1)).detach();
  settle(rt);
  rt.spawn(calls(scope.ctx(), 2)).detach();
  rt.spawn(calls(rt.background(), 3)).detach();
  settle(rt);
  scope.cancel();
  settle(rt);
  CHECK(log == std::vector{-2});
  go.set();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log.size() == 3);
  rt.spawn(calls(scope.ctx(), 4)).detach();  // ended before: fails although it has run
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log.back() == -4);
  CHECK(first.call_blocking(scope.ctx(), [] {}).error() == errc::cancelled);
}

TEST_CASE("a context that has ended starts no run", "[sync][O1][X16]") {
  deterministic_runtime rt{1};
  sluice::once first;
  auto scope = with_cancel(rt.background());
  scope.cancel();
  int runs = 0;
  auto calls = [&]() -> task<bool> {
    co_return (co_await first.call(scope.ctx(), [&] { ++runs; })).has_value();
  };
  CHECK(rt.block_on(calls()) == false);
  CHECK(runs == 0);
  CHECK_FALSE(first.done());
}

TEST_CASE("when a task is destroyed inside its run the next caller runs its own", "[sync][O1][G2][C19]") {
  sluice::once first;
  event shut;
  std::vector<int> log;
  deterministic_runtime rt{1};
  auto waits = GENERATE(0, 1, 2);
  auto runs = [&](int who, bool ends) -> task<void> {
    tracked const guard{who};
    (void)co_await first.call([&]() -> task<void> {
      log.push_back(who);
      if (!ends) (void)co_await shut.wait(always);
    });
    log.push_back(10 * who);
  };
  {
    deterministic_runtime doomed{1};
    doomed.spawn(runs(1, false)).detach();
    settle(doomed);
    for (int who = 2; who < 2 + waits; ++who) {
      rt.spawn(runs(who, true)).detach();
      settle(rt);
    }
  }
  CHECK(rt.run() == ended::all_tasks_done);
  if (waits == 0) CHECK(log == std::vector{1});
  if (waits == 1) CHECK(log == std::vector{1, 2, 20});
  if (waits == 2) CHECK(log == std::vector{1, 2, 20, 30});
  CHECK(first.done() == (waits > 0));
  CHECK(first.call_blocking([] {}).has_value());
}

TEST_CASE("a turn that passes to a task that is being destroyed passes on", "[sync][O1][G2]") {
  sluice::once first;
  event shut;
  std::vector<int> log;
  deterministic_runtime rt{1};
  std::optional<deterministic_runtime> other{std::in_place, 1};
  auto calls = [&](int who, bool ends) -> task<void> {
    (void)co_await first.call([&]() -> task<void> {
      log.push_back(who);
      if (!ends) (void)co_await shut.wait(always);
    });
  };
  other->spawn(calls(1, false)).detach();
  settle(*other);
  support::destroy_after([&] { other.reset(); },
                         [&] {
                           rt.spawn(calls(3, true)).detach();
                           settle(rt);
                         },
                         calls(2, true));
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector{1, 3});
}

TEST_CASE("threads and tasks that call a once together run it once", "[sync][threads][O1]") {
  runtime rt{runtime_options{.workers = support::workers(2)}};
  for (int round = 0; round < 50; ++round) {
    sluice::once first;
    int runs = 0;  // plain
    std::atomic<int> wrong{0};
    auto calls = [&]() -> task<void> {
      (void)co_await first.call([&]() -> task<void> {
        co_await yield();
        ++runs;
      });
      if (runs != 1) ++wrong;
    };
    std::vector<join_handle<void>> all;
    for (int who = 0; who < 3; ++who) all.push_back(rt.spawn(calls()));
    support::run_together(2, [&](unsigned) {
      (void)first.call_blocking([&] { ++runs; });
      if (runs != 1) ++wrong;
    });
    for (auto& each : all) std::move(each).join_blocking();
    REQUIRE(runs == 1);
    REQUIRE(wrong == 0);
  }
}

TEST_CASE("the blocking form of a once is misuse on a worker", "[sync][O3][G8]") {
  deterministic_runtime rt{1};
  sluice::once first;
  auto blocks = [&]() -> task<void> {
    (void)first.call_blocking([] {});
    co_return;
  };
  CHECK_THROWS_AS(rt.block_on(blocks()), misuse);
}
