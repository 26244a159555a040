#include <sluice/resilience/error_group.hpp>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/runtime/runtime.hpp>
#include <sluice/time/sleep.hpp>
#include <tests/support/workers.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {
auto const always = context::background();
}  // namespace

TEST_CASE("of errors on many threads the first kept is the answer and the cause",
          "[resilience][threads][E1][E2]") {
  runtime rt{{.workers = support::workers(4)}};
  auto round = [](executor& home) -> task<bool> {
    error_group group{home, always};
    for (int i = 0; i < 12; ++i)
      co_await group.go([i]() -> result<void> { return failure({errc::rejected, std::to_string(i)}); });
    auto const all = co_await group.wait();
    auto const errors = group.errors();
    auto const first = std::string(errors.front().operation());
    co_return errors.size() == 12 && !all && all.error().operation() == first &&
        group.ctx().cause()->operation() == first;
  };
  int right = 0;
  for (int n = 0; n < 50; ++n)
    if (rt.block_on(round(rt.home())) == true) ++right;
  CHECK(right == 50);
}

TEST_CASE("everything a function did is seen after wait, and the limit holds",
          "[resilience][threads][E1][E5][E8]") {
  runtime rt{{.workers = support::workers(4)}};
  auto everything = [](executor& home) -> task<int> {
    error_group group{home, always, {.limit = 3}};
    std::atomic<int> running{0};
    int wrong = 0;
    for (int round = 0; round < 20; ++round) {
      std::vector<int> slots(16);  // plain memory
      std::atomic<int> most{0};
      for (auto& slot : slots)
        co_await group.go([&, round]() -> task<void> {
          auto const now = ++running;
          for (auto seen = most.load(); seen < now && !most.compare_exchange_weak(seen, now);) {}
          co_await yield();
          slot = round + 1;
          --running;
        });
      (void)co_await group.wait();
      if (most > 3 || group.running() != 0) ++wrong;
      if (std::ranges::count(slots, round + 1) != 16) ++wrong;
      for (int i = 0; i < 3; ++i)
        if (!group.try_go([] {})) ++wrong;  // every slot was free
      (void)co_await group.wait();
    }
    co_return wrong;
  };
  CHECK(rt.block_on(everything(rt.home())) == 0);
}

TEST_CASE("a plain thread fills a group and waits for it", "[resilience][threads][E1][E4][E5]") {
  runtime rt{{.workers = support::workers(2)}};
  error_group group{rt.home(), rt.background(), {.limit = 2}};
  std::atomic<int> ran{0};
  for (int i = 0; i < 20; ++i)
    REQUIRE(group.go_blocking(always, [&]() -> task<void> {
      co_await yield();
      ++ran;
    }));
  CHECK(group.wait_blocking(always));
  CHECK(ran == 20);
  REQUIRE(group.go_blocking(always, [] { throw std::runtime_error("no"); }));
  CHECK_THROWS_AS(group.wait_blocking(always), std::runtime_error);
  CHECK(group.wait_blocking(always).error() == errc::failed);
}

TEST_CASE("a thread that waits for a slot or a group gives up with its context, and no worker may",
          "[resilience][threads][X16][G8]") {
  runtime rt{{.workers = support::workers(2)}};
  error_group group{rt.home(), rt.background(), {.limit = 1}};
  auto until_told = with_cancel(rt.background());
  REQUIRE(group.go_blocking(always, [ctx = until_told.ctx()]() -> task<void> {
    (void)co_await sleep_for(ctx, 1h);
  }));
  {
    auto const patience = with_timeout(rt.background(), 1ms);
    CHECK(group.go_blocking(patience.ctx(), [] {}).error() == errc::deadline_exceeded);
    CHECK(group.wait_blocking(patience.ctx()).error() == errc::deadline_exceeded);
  }
  auto blocks = [&]() -> task<void> {
    (void)group.wait_blocking(always);
    co_return;
  };
  auto goes = [&]() -> task<void> {
    (void)group.go_blocking(always, [] {});
    co_return;
  };
  CHECK_THROWS_AS(rt.block_on(blocks()), misuse);
  CHECK_THROWS_AS(rt.block_on(goes()), misuse);
  until_told.cancel();
  CHECK(group.wait_blocking(always));
}
