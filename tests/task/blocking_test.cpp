#include <atomic>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <sluice/channel/channel.hpp>
#include <sluice/task/blocking.hpp>
#include <sluice/task/when_all.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <tests/support/workers.hpp>

using namespace sluice;

TEST_CASE("a blocking call runs beside the workers, and its value comes back", "[task][G8][threads]") {
  runtime rt{{.workers = 1}};
  auto body = [&]() -> task<void> {
    auto const worker = std::this_thread::get_id();
    auto const other = co_await blocking([] { return std::this_thread::get_id(); });
    CHECK(other != worker);
    CHECK(std::this_thread::get_id() == worker);
    CHECK(*co_await blocking([] { return std::make_unique<int>(7); }) == 7);
    co_await blocking([] {});
    CHECK_THROWS_AS(co_await blocking([]() -> int { throw std::runtime_error("from the call"); }), std::runtime_error);
  };
  CHECK(rt.block_on(body()).has_value());
}

TEST_CASE("a blocking form may be called inside a blocking call, and the worker goes on meanwhile",
          "[task][G8][threads]") {
  runtime rt{{.workers = 1}};
  channel<int> there{0};
  channel<int> back{0};
  auto echo = [&](context ctx) -> task<void> {
    while (auto const value = co_await there.recv(ctx)) (void)co_await back.send(ctx, *value + 1);
  };
  auto body = [&](context ctx) -> task<int> {
    co_return co_await blocking([&, ctx] {
      int value = 0;
      for (int round = 0; round < 100; ++round) {
        REQUIRE(there.send_blocking(ctx, value).has_value());
        value = back.recv_blocking(ctx).value();
      }
      there.close();
      return value;
    });
  };
  auto echoing = rt.spawn(echo(rt.background()));
  CHECK(rt.block_on(body(rt.background())).value() == 100);  // while it waits outside, that is no deadlock
  std::move(echoing).join_blocking();
}

TEST_CASE("more calls than threads wait their turn, and all are made", "[task][threads]") {
  runtime rt{{.workers = support::workers(2), .blocking_threads = 3}};
  std::atomic<int> at_once{0};
  std::atomic<int> most{0};
  std::atomic<int> made{0};
  auto call = [&]() -> task<void> {
    co_await blocking([&] {
      auto const now = at_once.fetch_add(1) + 1;
      for (auto seen = most.load(); seen < now && !most.compare_exchange_weak(seen, now);) {
      }
      std::this_thread::sleep_for(std::chrono::microseconds{200});
      at_once.fetch_sub(1);
      made.fetch_add(1);
    });
  };
  auto body = [&]() -> task<void> {
    std::vector<task<void>> calls;
    for (int i = 0; i < 100; ++i) calls.push_back(call());
    (void)co_await when_all_of(std::move(calls));
  };
  CHECK(rt.block_on(body()).has_value());
  CHECK(made == 100);
  CHECK(most <= 3);
}

TEST_CASE("a runtime that ends waits for the calls, and frees those who waited for them", "[task][G3][threads]") {
  std::atomic<bool> returned{false};
  {
    runtime rt{{.workers = 1}};
    std::atomic<bool> begun{false};
    auto body = [&]() -> task<void> {
      co_await blocking([&] {
        begun = true;
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
        returned = true;
      });
    };
    rt.spawn(body()).detach();
    while (!begun) std::this_thread::yield();
  }
  CHECK(returned);
}

TEST_CASE("no blocking threads at all is misuse", "[task]") {
  CHECK_THROWS_AS(runtime(runtime_options{.workers = 1, .blocking_threads = 0}), misuse);
}

TEST_CASE("in simulation a blocking call takes no time, and may block on what is ready", "[task][Z1]") {
  testing::deterministic_runtime rt{1};
  channel<int> ready{1};
  auto body = [&](context ctx) -> task<int> {
    REQUIRE(ready.try_send(7).has_value());
    co_return co_await blocking([&] { return ready.recv_blocking(ctx).value(); });
  };
  CHECK(rt.block_on(body(rt.background())).value() == 7);
  CHECK(rt.now() == instant{});
}
