#include <sluice/sync/limited.hpp>

#include <algorithm>
#include <stdexcept>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <tests/support/tracked.hpp>
#include <tests/sync/waits.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using Catch::Generators::range;
using support::settle;
using support::tracked;
using testing::deterministic_runtime;

TEST_CASE("no more run at a time than there are permits", "[sync][limited][P1]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u)), 4};
  semaphore slots{3};
  std::size_t running = 0;
  std::size_t most = 0;
  int done = 0;
  auto body = [&](std::size_t weight) -> task<int> {
    running += weight;
    most = std::max(most, running);
    (void)co_await sleep_for(context::background(), 1ms);
    running -= weight;
    co_return 1;
  };
  auto asks = [&](std::size_t weight) -> task<void> {
    done += *co_await limited(rt.background(), slots, body(weight), weight);
  };
  for (std::size_t n = 0; n < 12; ++n) rt.spawn(asks(n % 3 + 1)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(most == 3);
  CHECK(done == 12);
  CHECK(slots.available() == 3);
}

TEST_CASE("what has no permits is not begun, and what throws gives them back", "[sync][limited][P4][P5]") {
  deterministic_runtime rt{1};
  semaphore slots{1};
  bool began = false;
  auto body = [&](tracked) -> task<void> {
    began = true;
    co_return;
  };
  auto throws = []() -> task<result<int>> {
    co_await yield();
    throw std::runtime_error("no");
  };
  auto fails = []() -> task<result<int>> { co_return failure(errc::full); };
  auto held = slots.try_acquire();
  auto scope = with_cancel(rt.background());
  auto waiting = rt.spawn(limited(scope.ctx(), slots, body(tracked{1})));
  settle(rt);
  scope.cancel();
  CHECK(rt.block_on([](join_handle<result<void>> each) -> task<bool> {
    co_return (co_await std::move(each)).error() == errc::cancelled;
  }(std::move(waiting))) == true);
  CHECK_FALSE(began);
  held->release();
  CHECK_THROWS_AS(rt.block_on(limited(rt.background(), slots, throws())), std::runtime_error);
  CHECK(slots.available() == 1);
  CHECK(rt.block_on(limited(rt.background(), slots, fails()))->error() == errc::full);
  CHECK(slots.available() == 1);
}
