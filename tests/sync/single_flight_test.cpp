#include <sluice/sync/single_flight.hpp>

#include <algorithm>
#include <atomic>
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

namespace {

auto const always = context::background();

using loader = single_flight<std::string, int>;

}  // namespace

TEST_CASE("calls for one key that overlap are one call", "[sync][single_flight]") {
  deterministic_runtime rt{GENERATE(range(0u, 32u)), 4};
  loader loading;
  int calls = 0;
  std::vector<int> got;
  auto asks = [&](std::string key) -> task<void> {
    auto const found = co_await loading.run(always, key, [&]() -> task<int> {
      auto const mine = ++calls;
      (void)co_await sleep_for(always, 1ms);
      co_return mine;
    });
    got.push_back(*found);
  };
  for (int who = 0; who < 5; ++who) rt.spawn(asks("a")).detach();
  settle(rt);
  CHECK(loading.in_flight() == 1);
  rt.spawn(asks("b")).detach();
  settle(rt);
  CHECK(loading.in_flight() == 2);
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(calls == 2);
  std::ranges::sort(got);
  CHECK(got == std::vector{1, 1, 1, 1, 1, 2});
  CHECK(loading.in_flight() == 0);
  rt.spawn(asks("a")).detach();  // nothing is remembered
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(got.back() == 3);
}

TEST_CASE("what a shared call throws, all who waited for it get", "[sync][single_flight]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u)), 3};
  loader loading;
  int calls = 0;
  std::vector<void const*> seen;
  auto asks = [&]() -> task<void> {
    try {
      (void)co_await loading.run(always, "a", [&]() -> task<int> {
        ++calls;
        (void)co_await sleep_for(always, 1ms);
        throw std::runtime_error("no");
      });
    } catch (std::runtime_error const& failed) {
      seen.push_back(&failed);
    }
  };
  for (int who = 0; who < 4; ++who) rt.spawn(asks()).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(calls == 1);
  CHECK(seen == std::vector<void const*>(4, seen.at(0)));
  CHECK(loading.in_flight() == 0);
}

TEST_CASE("an asker whose context ends leaves the call to the others", "[sync][single_flight][X16]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u)), 3};
  loader loading;
  event go;
  int calls = 0;
  std::vector<int> log;
  auto scope = with_cancel(rt.background());
  auto asks = [&](context ctx, int who) -> task<void> {
    auto const found = co_await loading.run(ctx, "a", [&]() -> task<int> {
      ++calls;
      (void)co_await go.wait(always);
      co_return 1;
    });
    log.push_back(found ? who : -who);
  };
  rt.spawn(asks(rt.background(), 1)).detach();
  settle(rt);
  rt.spawn(asks(scope.ctx(), 2)).detach();
  settle(rt);
  scope.cancel();
  settle(rt);
  CHECK(log == std::vector{-2});
  rt.spawn(asks(scope.ctx(), 3)).detach();
  settle(rt);
  CHECK(log == std::vector{-2, -3});
  go.set();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(calls == 1);
  CHECK(log == std::vector{-2, -3, 1});
  CHECK(loading.run_blocking(scope.ctx(), "a", [] { return 1; }).error() == errc::cancelled);
}

TEST_CASE("when the one that runs a shared call is destroyed the next runs its own",
          "[sync][single_flight][G2][C19]") {
  loader loading;
  event shut;
  std::vector<int> log;
  deterministic_runtime rt{1};
  auto const others = GENERATE(0, 1, 2);
  auto asks = [&](int who, bool ends) -> task<void> {
    tracked const guard{who};
    auto const found = co_await loading.run(always, "a", [&]() -> task<int> {
      if (!ends) (void)co_await shut.wait(always);
      co_return who;
    });
    log.push_back(*found);
  };
  {
    deterministic_runtime doomed{1};
    doomed.spawn(asks(1, false)).detach();
    settle(doomed);
    for (int who = 2; who < 2 + others; ++who) {
      rt.spawn(asks(who, true)).detach();
      settle(rt);
    }
    CHECK(loading.in_flight() == 1);
  }
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector<int>(static_cast<std::size_t>(others), 2));
  CHECK(loading.in_flight() == 0);
}

TEST_CASE("asking for a key inside its own call is misuse, for another key it is not", "[sync][single_flight]") {
  deterministic_runtime rt{1};
  loader loading;
  auto asks = [&](std::string inner) -> task<int> {
    auto const found = co_await loading.run(always, "a", [&]() -> task<int> {
      auto const deeper = co_await loading.run(always, inner, [] { return 5; });
      co_return *deeper + 1;
    });
    co_return *found;
  };
  CHECK(rt.block_on(asks("b")) == 6);
  CHECK_THROWS_AS(rt.block_on(asks("a")), misuse);
  CHECK(loading.in_flight() == 0);
}

TEST_CASE("who asks after a call has ended begins the next, though others have yet to return",
          "[sync][single_flight]") {
  deterministic_runtime rt{GENERATE(range(0u, 8u)), 2};
  loader loading;
  event go;
  int calls = 0;
  auto call = [&]() -> task<int> {
    auto const mine = ++calls;
    (void)co_await go.wait(always);
    co_return mine;
  };
  std::vector<int> got;
  auto asks = [&](int times) -> task<void> {
    for (int n = 0; n < times; ++n) got.push_back(*co_await loading.run(always, "a", call));
  };
  rt.spawn(asks(2)).detach();
  settle(rt);
  rt.spawn(asks(1)).detach();
  settle(rt);
  go.set();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(calls == 2);
  std::ranges::sort(got);
  CHECK(got == std::vector{1, 1, 2});
}

TEST_CASE("who asks after forget begins a call of its own", "[sync][single_flight]") {
  deterministic_runtime rt{GENERATE(range(0u, 8u)), 2};
  loader loading;
  event first_may_end;
  event second_may_end;
  std::vector<int> got;
  auto asks = [&](int who, event& may_end) -> task<void> {
    auto const found = co_await loading.run(always, "a", [&]() -> task<int> {
      (void)co_await may_end.wait(always);
      co_return who;
    });
    got.push_back(*found);
  };
  rt.spawn(asks(1, first_may_end)).detach();
  settle(rt);
  loading.forget("a");
  loading.forget("b");
  CHECK(loading.in_flight() == 0);
  rt.spawn(asks(2, second_may_end)).detach();
  settle(rt);
  first_may_end.set();
  settle(rt);
  CHECK(got == std::vector{1});
  CHECK(loading.in_flight() == 1);  // the end of the forgotten one has not closed it
  rt.spawn(asks(3, second_may_end)).detach();
  settle(rt);
  second_may_end.set();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(got == std::vector{1, 2, 2});
}

TEST_CASE("threads and tasks share one call", "[sync][threads][single_flight]") {
  runtime rt{runtime_options{.workers = support::workers(2)}};
  single_flight<int, int> loading;
  std::atomic<int> calls{0};
  std::atomic<int> running{0};
  std::atomic<int> wrong{0};
  auto asks = [&]() -> task<void> {
    for (int n = 0; n < 100; ++n) {
      auto const found = co_await loading.run(always, n % 3, [&, n]() -> task<int> {
        if (n % 3 == 0 && ++running != 1) ++wrong;
        ++calls;
        co_await yield();
        if (n % 3 == 0) --running;
        co_return n % 3;
      });
      if (*found != n % 3) ++wrong;
    }
  };
  std::vector<join_handle<void>> all;
  for (int who = 0; who < 3; ++who) all.push_back(rt.spawn(asks()));
  support::run_together(2, [&](unsigned) {
    for (int n = 0; n < 100; ++n)
      if (*loading.run_blocking(always, n % 3, [&] { return ++calls, n % 3; }) != n % 3) ++wrong;
  });
  for (auto& each : all) std::move(each).join_blocking();
  CHECK(wrong == 0);
  CHECK(calls <= 500);
  CHECK(loading.in_flight() == 0);
}

TEST_CASE("the blocking form of a shared call is misuse on a worker", "[sync][single_flight][G8]") {
  deterministic_runtime rt{1};
  loader loading;
  auto blocks = [&]() -> task<void> {
    (void)loading.run_blocking(always, "a", [] { return 1; });
    co_return;
  };
  CHECK_THROWS_AS(rt.block_on(blocks()), misuse);
}
