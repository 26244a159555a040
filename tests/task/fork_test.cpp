#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <sluice/context/context.hpp>
#include <sluice/runtime/runtime.hpp>
#include <sluice/task/frame_pool.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/testing/for_each_seed.hpp>
#include <tests/support/workers.hpp>

using namespace sluice;

namespace {

auto fib(executor& home, unsigned n) -> task<unsigned> {
  if (n < 2) co_return n;
  auto larger = co_await fork(home, fib(home, n - 1));
  auto const smaller = co_await fib(home, n - 2);
  co_return smaller + co_await std::move(larger);
}

}  // namespace

TEST_CASE("what is forked goes first, and the caller when that one waits or has ended", "[task][fork][threads]") {
  std::vector<int> order;
  auto child = [&](int who) -> task<void> {
    order.push_back(who);
    co_await yield();
    order.push_back(-who);
  };
  auto parent = [&](executor& home) -> task<void> {
    auto one = co_await fork(home, child(1));
    order.push_back(10);
    auto two = co_await fork(home, child(2));
    order.push_back(20);
    co_await std::move(one);
    co_await std::move(two);
  };
  {
    runtime rt{{.workers = 1}};
    REQUIRE(rt.block_on(parent(rt.home())));
  }
  REQUIRE(order.size() == 6);
  CHECK(order[0] == 1);
  CHECK(order[1] == 10);
  CHECK(std::ranges::count(order, -1) + std::ranges::count(order, -2) == 2);
}

TEST_CASE("a loop that forks has few tasks alive, however many there are", "[task][fork][threads]") {
  std::uint64_t most = 0;
  auto child = [&](runtime& on) -> task<void> {
    most = std::max(most, on.live_count());
    co_return;
  };
  auto parent = [&](runtime& on) -> task<void> {
    for (int i = 0; i < 10'000; ++i) (co_await on.fork(child(on))).detach();
  };
  {
    runtime rt{{.workers = 1}};
    REQUIRE(rt.block_on(parent(rt)));
  }
  CHECK(most <= 8);  // every so often the oldest goes first
}

TEST_CASE("a recursion of forks comes out right on any number of workers", "[task][fork][threads]") {
  for (auto const workers : support::each_number_of_workers()) {
    runtime rt{{.workers = workers}};
    CHECK(rt.block_on(fib(rt.home(), 18)).value() == 2584);
    CHECK(rt.live_count() == 0);
  }
}

TEST_CASE("a recursion of forks comes out right in every schedule", "[task][fork][G1]") {
  auto const report = testing::for_each_seed(200, [](testing::trial& t) {
    testing::deterministic_runtime rt{t};
    t.check(rt.block_on(fib(rt.home(), 6)).value() == 8, "fib(6)");
  });
  INFO(report.text);
  CHECK(report.passed());
}

TEST_CASE("a fork that is never awaited has started nothing", "[task][fork]") {
  testing::deterministic_runtime rt{1};
  auto const before = count_frames().alive();
  bool ran = false;
  auto child = [&]() -> task<void> {
    ran = true;
    co_return;
  };
  { auto const never_awaited = rt.fork(child()); }
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK_FALSE(ran);
  CHECK(count_frames().alive() == before);
}

TEST_CASE("whoever goes away while its fork has the turn has let go of it", "[task][fork][G2]") {
  auto held = std::make_shared<int>(1);
  bool ran = false;
  auto child = [&ran](std::shared_ptr<int> kept) -> task<void> {
    ran = *kept == 1;
    co_return;
  };
  auto parent = [&](executor& home) -> task<void> {
    auto const own = held;
    co_await co_await fork(home, child(held));
  };
  {
    testing::deterministic_runtime rt{1};
    rt.spawn(parent(rt.home())).detach();
    CHECK(rt.step() == ended::not_yet);  // it has forked, and both may go on
  }
  CHECK(held.use_count() == 1);
}

TEST_CASE("an exception of a forked task reaches its joiner", "[task][fork][G6][threads]") {
  auto child = []() -> task<int> {
    throw std::runtime_error("child");
    co_return 1;
  };
  auto parent = [&](executor& home) -> task<bool> {
    auto handle = co_await fork(home, child());
    try {
      (void)co_await std::move(handle);
    } catch (std::runtime_error const&) {
      co_return true;
    }
    co_return false;
  };
  runtime rt{{.workers = support::workers(2)}};
  CHECK(rt.block_on(parent(rt.home())).value());
}

TEST_CASE("nothing is forked on a runtime that is ending", "[task][fork][G3][threads]") {
  auto const before = count_frames().alive();
  bool refused = false;
  auto child = []() -> task<void> { co_return; };
  auto stays = [&](executor& home, context ctx) -> task<void> {
    (void)co_await ctx.ended();
    for (int i = 0; i < 1000 && !refused; ++i) {
      try {
        (co_await fork(home, child())).detach();
      } catch (misuse const&) {
        refused = true;
      }
      co_await yield();
    }
  };
  {
    runtime rt{{.workers = 1}};
    rt.spawn(stays(rt.home(), rt.background())).detach();
  }
  CHECK(refused);
  CHECK(count_frames().alive() == before);
}

TEST_CASE("a fork that is awaited twice says so, and the task is the first one's", "[task][fork][threads]") {
  auto child = []() -> task<int> { co_return 7; };
  auto parent = [&](executor& home) -> task<int> {
    auto operation = fork(home, child());
    auto first = co_await operation;
    auto told = 0;
    try {
      (void)co_await operation;
    } catch (misuse const&) {
      told = 1;
    }
    co_return told * 10 + co_await std::move(first);
  };
  runtime rt{{.workers = 1}};
  CHECK(rt.block_on(parent(rt.home())).value() == 17);
}

TEST_CASE("a task may fork onto another runtime, and goes on on its own", "[task][fork][threads]") {
  std::atomic<executor*> ran_on{nullptr};
  auto child = [&]() -> task<void> {
    ran_on = detail::worker_of;
    co_return;
  };
  auto parent = [&](executor& other) -> task<bool> {
    auto const mine = detail::worker_of;
    auto forked = co_await fork(other, child());
    auto const still = detail::worker_of == mine;
    co_await std::move(forked);
    co_return still && detail::worker_of == mine;
  };
  runtime there{{.workers = 1}};
  runtime here{{.workers = 1}};
  runtime::keep_alive const from_there{here};  // who waits for another runtime is not deadlocked
  CHECK(here.block_on(parent(there.home())).value());
  CHECK(ran_on == &there.home());
}

TEST_CASE("a task that was woken before a long chain of forks has its turn beside them", "[task][fork][G5][threads]") {
  constexpr int length = 1'000;
  int begun = 0;
  int begun_before = -1;
  auto woken = [&]() -> task<void> {
    begun_before = begun;
    co_return;
  };
  std::function<task<void>(executor&, int)> chain = [&](executor& home, int left) -> task<void> {
    ++begun;
    if (left == 0) co_return;
    auto inner = co_await fork(home, chain(home, left - 1));
    co_await std::move(inner);
  };
  auto parent = [&](executor& home) -> task<void> {
    auto first = spawn(home, woken());
    auto all = co_await fork(home, chain(home, length));
    co_await std::move(first);
    co_await std::move(all);
  };
  {
    runtime rt{{.workers = 1}};
    REQUIRE(rt.block_on(parent(rt.home())));
  }
  CHECK(begun == length + 1);
  CHECK(begun_before >= 0);
  CHECK(begun_before <= 2 * 61);  // every 61st slice the oldest goes first, every other time the injector's
}
