#include <sluice/sync/barrier.hpp>

#include <atomic>
#include <concepts>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/runtime/runtime.hpp>
#include <tests/support/thread_crew.hpp>
#include <tests/sync/waits.hpp>

using namespace sluice;
using Catch::Generators::range;
using support::settle;
using testing::deterministic_runtime;

static_assert(!std::copy_constructible<sluice::barrier>);

namespace {

task<void> arrive(context ctx, sluice::barrier& at, std::vector<int>& log, int who) {
  auto const met = co_await at.arrive_and_wait(ctx);
  log.push_back(met ? who : -who);
}

}  // namespace

TEST_CASE("nobody passes a barrier before everybody is there, round after round", "[sync][barrier]") {
  deterministic_runtime rt{GENERATE(range(0u, 32u)), 4};
  constexpr int parties = 4;
  sluice::barrier rounds{parties};
  CHECK(rounds.parties() == parties);
  std::vector<int> at(parties, 0);
  int last = 0;
  auto works = [&](std::size_t who) -> task<void> {
    for (int round = 1; round <= 10; ++round) {
      at[who] = round;
      if ((who + static_cast<std::size_t>(round)) % 3 == 0) co_await yield();
      auto const met = co_await rounds.arrive_and_wait(context::background());
      for (auto const each : at) CHECK((each == round || each == round + 1));
      if (*met) ++last;
    }
  };
  for (std::size_t who = 0; who < parties; ++who) rt.spawn(works(who)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(last == 10);  // exactly one in each round
}

TEST_CASE("a barrier of one holds nobody, and one of none is misuse", "[sync][barrier]") {
  sluice::barrier alone{1};
  CHECK(alone.arrive_and_wait_blocking(context::background()) == true);
  CHECK(alone.arrive_and_wait_blocking(context::background()) == true);
  CHECK_THROWS_AS(sluice::barrier{0}, misuse);
}

TEST_CASE("one that gives up or is destroyed has not arrived", "[sync][barrier][X16][C19][G2]") {
  sluice::barrier rounds{3};
  std::vector<int> log;
  deterministic_runtime rt{GENERATE(range(0u, 8u)), 2};
  {
    deterministic_runtime doomed{1};
    doomed.spawn(arrive(context::background(), rounds, log, 9)).detach();
    settle(doomed);
  }
  auto scope = with_cancel(rt.background());
  rt.spawn(arrive(scope.ctx(), rounds, log, 1)).detach();
  rt.spawn(arrive(rt.background(), rounds, log, 2)).detach();
  settle(rt);
  scope.cancel();
  settle(rt);
  CHECK(log == std::vector{-1});
  rt.spawn(arrive(rt.background(), rounds, log, 3)).detach();
  rt.spawn(arrive(scope.ctx(), rounds, log, 4)).detach();  // has ended: does not arrive
  settle(rt);
  CHECK(log == std::vector{-1, -4});
  rt.spawn(arrive(rt.background(), rounds, log, 5)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log.size() == 5);
}

TEST_CASE("what each party did is seen by all behind a barrier", "[sync][threads][barrier]") {
  sluice::barrier rounds{3};
  std::vector<int> at(3, 0);  // plain
  std::atomic<int> wrong{0};
  std::atomic<int> last{0};
  support::run_together(3, [&](unsigned who) {
    for (int round = 1; round <= 100; ++round) {
      at[who] = round;
      if (*rounds.arrive_and_wait_blocking(context::background())) ++last;
      for (auto const each : at)
        if (each != round) ++wrong;
      (void)rounds.arrive_and_wait_blocking(context::background());
    }
  });
  CHECK(wrong == 0);
  CHECK(last == 100);
}

TEST_CASE("the blocking form of a barrier is misuse on a worker", "[sync][barrier][G8]") {
  deterministic_runtime rt{1};
  sluice::barrier alone{1};
  auto blocks = [&]() -> task<void> {
    (void)alone.arrive_and_wait_blocking(context::background());
    co_return;
  };
  CHECK_THROWS_AS(rt.block_on(blocks()), misuse);
}
