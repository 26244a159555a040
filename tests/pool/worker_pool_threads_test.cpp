#include <sluice/pool/worker_pool.hpp>

#include <atomic>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/runtime/runtime.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <tests/support/workers.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {
auto const always = context::background();
}  // namespace

TEST_CASE("on real threads every accepted job has one outcome, whenever the pool stops",
          "[pool][Q1][Q3][threads]") {
  auto const mode = GENERATE(stop_mode::drain, stop_mode::abort);
  runtime rt{{.workers = GENERATE(from_range(support::each_number_of_workers()))}};
  for (int round = 0; round < 10; ++round) {
    std::atomic<std::uint64_t> ran{0};
    std::atomic<std::uint64_t> answered{0};
    std::atomic<std::uint64_t> cancelled{0};
    std::atomic<std::uint64_t> refused{0};
    auto submits = [&](worker_pool& pool, bool waits) -> task<void> {
      std::vector<job_handle<int>> handles;
      for (int i = 0; i < 50; ++i) {
        auto job = [&] {
          ++ran;
          return 1;
        };
        auto handle = waits ? co_await pool.submit(always, job) : pool.try_submit(job);
        if (handle) {
          handles.push_back(std::move(*handle));
        } else {
          ++refused;
          co_await yield();
        }
      }
      for (auto& handle : handles) ++(co_await std::move(handle) ? answered : cancelled);
    };
    auto everything = [&](executor& home) -> task<pool_metrics> {
      worker_pool pool{home, always, {.workers = 3, .queue = 4}};
      std::vector<join_handle<void>> all;
      for (int i = 0; i < 4; ++i) all.push_back(spawn(home, submits(pool, i % 2 == 0)));
      for (int i = 0; i < round; ++i) co_await yield();
      (void)co_await pool.stop(always, mode);
      for (auto& each : all) co_await std::move(each);
      co_return pool.metrics();
    };
    auto const m = rt.block_on(everything(rt.home()));
    REQUIRE(m);
    CHECK(m->completed == ran);
    CHECK(answered == ran);
    CHECK(cancelled == m->cancelled);
    CHECK(m->submitted == m->completed + m->cancelled);
    CHECK(m->submitted + m->refused == 200);
    CHECK(refused == m->refused);
    if (mode == stop_mode::drain) CHECK(m->cancelled == 0);
  }
}

TEST_CASE("a plain thread gets a job's answer, and not on a worker", "[pool][G8][threads]") {
  runtime rt{{.workers = support::workers(2)}};
  worker_pool pool{rt.home(), rt.background(), {.workers = 2, .queue = 8}};
  auto six = pool.try_submit([] { return 6; });
  REQUIRE(six);
  CHECK(std::move(*six).get_blocking() == 6);
  auto blocks = [&]() -> task<void> {
    auto handle = co_await pool.submit(always, [] { return 1; });
    (void)std::move(*handle).get_blocking();
  };
  CHECK_THROWS_AS(rt.block_on(blocks()), misuse);
  CHECK(rt.block_on(pool.stop(rt.background(), stop_mode::drain)));
}

TEST_CASE("what precedes a submit happens before the job, and the job before its answer",
          "[pool][threads]") {
  runtime rt{{.workers = support::workers(4)}};
  auto everything = [&](executor& home) -> task<int> {
    worker_pool pool{home, always, {.workers = 4, .queue = 4}};
    int right = 0;
    for (int i = 0; i < 300; ++i) {
      int given = i;  // plain memory
      int taken = -1;
      auto handle = co_await pool.submit(always, [&] { taken = given; });
      if (co_await std::move(*handle) && taken == i) ++right;
    }
    (void)co_await pool.stop(always, stop_mode::drain);
    co_return right;
  };
  CHECK(rt.block_on(everything(rt.home())) == 300);
}
