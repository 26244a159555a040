#include <sluice/sync/lazy.hpp>

#include <atomic>
#include <concepts>
#include <memory>
#include <stdexcept>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/runtime/runtime.hpp>
#include <tests/support/thread_crew.hpp>
#include <tests/support/tracked.hpp>
#include <tests/sync/waits.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using Catch::Generators::range;
using support::settle;
using support::tracked;
using testing::deterministic_runtime;

static_assert(!std::copy_constructible<lazy<int>>);

namespace {

auto const always = context::background();

lazy<int> answer{[] { return 42; }};  // one for the program

}  // namespace

TEST_CASE("a lazy value is made once, by the first that asks", "[sync][O1]") {
  deterministic_runtime rt{GENERATE(range(0u, 32u)), 4};
  auto const suspends = GENERATE(true, false);
  int made = 0;
  auto slow = [&]() -> task<tracked> {
    auto const mine = ++made;
    (void)co_await sleep_for(always, 1ms);
    co_return tracked{mine};
  };
  auto quick = [&] { return tracked{++made}; };
  auto value = suspends ? std::make_unique<lazy<tracked>>(slow) : std::make_unique<lazy<tracked>>(quick);
  CHECK(value->peek() == nullptr);
  std::vector<tracked*> seen;
  auto asks = [&]() -> task<void> {
    co_await yield();
    seen.push_back(*co_await value->get(always));
  };
  for (int who = 0; who < 5; ++who) rt.spawn(asks()).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(made == 1);
  REQUIRE(seen.size() == 5);
  for (auto const* each : seen) CHECK((each == value->peek() && each->value() == 1));
}

TEST_CASE("a lazy value of the program is there for everybody", "[sync][O1]") {
  CHECK(**answer.get_blocking(always) == 42);
  deterministic_runtime rt{1};
  auto asks = [&]() -> task<int> { co_return **co_await answer.get(always); };
  CHECK(rt.block_on(asks()) == 42);
}

TEST_CASE("a kept failure is the same for everybody, and making is not tried again", "[sync][O2]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u)), 3};
  int tried = 0;
  lazy<int> value{[&]() -> task<int> {
    ++tried;
    co_await yield();
    throw std::runtime_error("first");
  }};
  std::vector<void const*> seen;
  auto asks = [&]() -> task<void> {
    try {
      (void)co_await value.get(always);
    } catch (std::runtime_error const& failed) {
      seen.push_back(&failed);
    }
  };
  for (int who = 0; who < 4; ++who) rt.spawn(asks()).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  rt.spawn(asks()).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(tried == 1);
  CHECK(seen == std::vector<void const*>(5, seen.at(0)));
  CHECK(value.peek() == nullptr);
  CHECK_THROWS_AS(value.get_blocking(always), std::runtime_error);
}

TEST_CASE("a failure that is not kept is its caller's, and the next one tries", "[sync][O2]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u)), 3};
  int tried = 0;
  lazy<int> value{[&]() -> task<int> {
                    auto const mine = ++tried;
                    co_await yield();
                    if (mine < 3) throw std::runtime_error("not yet");
                    co_return mine;
                  },
                  on_failure::retry};
  int threw = 0;
  int got = 0;
  auto asks = [&]() -> task<void> {
    try {
      auto const found = co_await value.get(always);
      CHECK(**found == 3);
      ++got;
    } catch (std::runtime_error const&) {
      ++threw;
    }
  };
  for (int who = 0; who < 5; ++who) rt.spawn(asks()).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(tried == 3);
  CHECK(threw == 2);
  CHECK(got == 3);
  int thread_tried = 0;
  lazy<int> by_thread{[&] {
                        if (++thread_tried == 1) throw std::runtime_error("not yet");
                        return thread_tried;
                      },
                      on_failure::retry};
  CHECK_THROWS_AS(by_thread.get_blocking(always), std::runtime_error);
  CHECK(**by_thread.get_blocking(always) == 2);
}

TEST_CASE("asking for a lazy value while making it is misuse", "[sync][O3]") {
  deterministic_runtime rt{1};
  lazy<int>* self = nullptr;
  lazy<int> value{[&]() -> task<int> { co_return **co_await self->get(always); }};
  self = &value;
  auto asks = [&]() -> task<void> { (void)co_await value.get(always); };
  CHECK_THROWS_AS(rt.block_on(asks()), misuse);
}

TEST_CASE("what made a lazy value is gone once it is there", "[sync][O4]") {
  auto held = std::make_shared<int>(7);
  std::weak_ptr<int> const seen = held;
  auto const fails = GENERATE(false, true);
  lazy<int> value{[fails, mine = std::move(held)] {
    if (fails) throw std::runtime_error("kept");
    return *mine;
  }};
  CHECK_FALSE(seen.expired());
  if (fails) CHECK_THROWS(value.get_blocking(always));
  else CHECK(**value.get_blocking(always) == 7);
  CHECK(seen.expired());
}

TEST_CASE("a lazy value that is there costs no frame", "[sync][O5]") {
  deterministic_runtime rt{1};
  auto asks = [&]() -> task<std::uint64_t> {
    (void)co_await answer.get(always);
    auto const before = count_frames().made;
    for (int n = 0; n < 100; ++n) (void)co_await answer.get(always);
    co_return count_frames().made - before;
  };
  CHECK(rt.block_on(asks()) == 0);
}

TEST_CASE("one whose context ends while another makes the value stops waiting", "[sync][O1][X16]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u)), 2};
  event go;
  lazy<int> value{[&]() -> task<int> {
    (void)co_await go.wait(always);
    co_return 1;
  }};
  auto scope = with_cancel(rt.background());
  std::vector<int> log;
  auto asks = [&](context ctx, int who) -> task<void> {
    log.push_back(co_await value.get(ctx) ? who : -who);
  };
  rt.spawn(asks(rt.background(), 1)).detach();
  settle(rt);
  rt.spawn(asks(scope.ctx(), 2)).detach();
  settle(rt);
  scope.cancel();
  settle(rt);
  CHECK(log == std::vector{-2});
  go.set();
  CHECK(rt.run() == ended::all_tasks_done);
  rt.spawn(asks(scope.ctx(), 3)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector{-2, 1, -3});
  CHECK(value.get_blocking(scope.ctx()).error() == errc::cancelled);
}

TEST_CASE("a task that is destroyed while it makes a lazy value has not made it", "[sync][O1][G2]") {
  event go;
  int tried = 0;
  lazy<int> value{[&]() -> task<int> {
    ++tried;
    tracked const guard{1};
    (void)co_await go.wait(always);
    co_return tried;
  }};
  auto asks = [&]() -> task<int> { co_return **co_await value.get(always); };
  {
    deterministic_runtime doomed{1};
    doomed.spawn(asks()).detach();
    settle(doomed);
    CHECK(tried == 1);
  }
  CHECK(value.peek() == nullptr);
  go.set();
  deterministic_runtime rt{1};
  CHECK(rt.block_on(asks()) == 2);
}

TEST_CASE("a thread cannot run the task that makes a lazy value, but may ask for it", "[sync][O1][G8]") {
  lazy<int> value{[]() -> task<int> { co_return 5; }};
  CHECK_THROWS_AS(value.get_blocking(always), misuse);
  deterministic_runtime rt{1};
  auto asks = [&]() -> task<int> { co_return **co_await value.get(always); };
  CHECK(rt.block_on(asks()) == 5);
  CHECK(**value.get_blocking(always) == 5);
  auto blocks = [&]() -> task<void> {
    (void)value.get_blocking(always);
    co_return;
  };
  CHECK_THROWS_AS(rt.block_on(blocks()), misuse);
}

TEST_CASE("threads that ask together see one whole value", "[sync][threads][O1]") {
  for (int round = 0; round < 100; ++round) {
    std::atomic<int> made{0};
    std::atomic<int> wrong{0};
    lazy<std::vector<int>> value{[&] {
      ++made;
      return std::vector(100, round);
    }};
    support::run_together(3, [&](unsigned) {
      auto const found = value.get_blocking(always);
      if (!found || **found != std::vector(100, round)) ++wrong;
    });
    REQUIRE(made == 1);
    REQUIRE(wrong == 0);
  }
}
