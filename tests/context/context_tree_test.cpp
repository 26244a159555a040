#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/context/context.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/sleep.hpp>
#include <tests/support/thread_crew.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using testing::deterministic_runtime;

TEST_CASE("the static background never ends and has nothing", "[context][X1]") {
  auto const ctx = context::background();
  CHECK_FALSE(ctx.done());
  CHECK_FALSE(ctx.err().has_value());
  CHECK_FALSE(ctx.cause().has_value());
  CHECK(ctx.deadline() == never);
}

TEST_CASE("a context ends once: later cancels and causes are ignored", "[context][X2][X6]") {
  auto scope = with_cancel(context::background());
  CHECK_FALSE(scope.ctx().done());
  scope.cancel({errc::failed, "the first reason"});
  scope.cancel({errc::closed, "another reason"});
  scope.cancel();
  CHECK(scope.ctx().done());
  CHECK(scope.ctx().err() == errc::cancelled);
  CHECK(scope.ctx().cause()->operation() == "the first reason");
}

TEST_CASE("without a cause the error is the cause", "[context][X6]") {
  auto scope = with_cancel(context::background());
  scope.cancel();
  CHECK(scope.ctx().err() == errc::cancelled);
  CHECK(scope.ctx().cause() == error{errc::cancelled});
}

TEST_CASE("cancelling ends everything below and nothing above or beside", "[context][X4][X6]") {
  auto top = with_cancel(context::background());
  auto left = with_cancel(top);
  auto right = with_cancel(top);
  auto below = with_cancel(left);
  auto deeper = with_cancel(below);
  below.cancel({errc::failed, "own reason"});
  left.cancel({errc::stopped, "from above"});
  CHECK_FALSE(top.ctx().done());
  CHECK_FALSE(right.ctx().done());
  CHECK(left.ctx().done());
  CHECK(deeper.ctx().done());
  CHECK(below.ctx().cause()->operation() == "own reason");  // it ended first and keeps its own
  CHECK(deeper.ctx().cause()->operation() == "own reason");
  CHECK(left.ctx().cause()->operation() == "from above");
}

TEST_CASE("a child of an ended parent is born ended, with its error and cause", "[context][X5]") {
  auto parent = with_cancel(context::background());
  parent.cancel({errc::failed, "why"});
  auto const child = with_cancel(parent);
  CHECK(child.ctx().done());
  CHECK(child.ctx().err() == errc::cancelled);
  CHECK(child.ctx().cause()->operation() == "why");
}

TEST_CASE("a scope that goes cancels what it owns", "[context][X2]") {
  auto const kept = [] { return with_cancel(context::background()).ctx(); }();
  CHECK(kept.done());
  auto scope = with_cancel(context::background());
  auto const first = scope.ctx();
  scope = with_cancel(context::background());
  CHECK(first.done());
  CHECK_FALSE(scope.ctx().done());
}

TEST_CASE("a hundred thousand contexts in a chain end and go without recursion",
          "[context][X4][G7]") {
  auto top = with_cancel(context::background());
  std::vector<cancel_scope> chain;
  chain.push_back(with_cancel(top));
  for (int n = 1; n < 100'000; ++n) chain.push_back(with_cancel(chain.back()));
  top.cancel();
  CHECK(chain.back().ctx().done());
  auto const last = chain.back().ctx();
  chain.clear();
  CHECK(last.done());
}

TEST_CASE("a deadline ends the context with deadline_exceeded, not before", "[context][X7]") {
  deterministic_runtime rt{1};
  auto const scope = with_timeout(rt.background(), 10ms);
  CHECK(scope.ctx().deadline() == rt.now() + 10ms);
  (void)rt.run_until(rt.now() + 9ms);
  CHECK_FALSE(scope.ctx().done());
  (void)rt.run_until(rt.now() + 10ms);
  CHECK(scope.ctx().err() == errc::deadline_exceeded);
  CHECK(scope.ctx().cause() == error{errc::deadline_exceeded});
}

TEST_CASE("a child's deadline is the earlier of its own and its parent's", "[context][X7]") {
  deterministic_runtime rt{1};
  auto const parent = with_timeout(rt.background(), 5ms);
  auto const patient = with_timeout(parent, 50ms);
  auto const hasty = with_timeout(parent, 1ms, error{errc::failed, "too slow for me"});
  CHECK(patient.ctx().deadline() == parent.ctx().deadline());
  (void)rt.run_until(instant{2ms});
  CHECK_FALSE(parent.ctx().done());
  CHECK(hasty.ctx().err() == errc::deadline_exceeded);
  CHECK(hasty.ctx().cause()->operation() == "too slow for me");
  (void)rt.run_until(instant{6ms});
  CHECK(patient.ctx().err() == errc::deadline_exceeded);
}

TEST_CASE("a cancel before the deadline gives cancelled and does not use the timeout's cause",
          "[context][X7]") {
  deterministic_runtime rt{1};
  auto scope = with_timeout(rt.background(), 10ms, error{errc::failed, "late"});
  scope.cancel();
  (void)rt.run();
  CHECK(scope.ctx().err() == errc::cancelled);
  CHECK(scope.ctx().cause() == error{errc::cancelled});
}

TEST_CASE("a deadline that is not in the future has passed at construction", "[context][X8]") {
  deterministic_runtime rt{1};
  CHECK(with_timeout(rt.background(), 0ns).ctx().err() == errc::deadline_exceeded);
  CHECK(with_timeout(rt.background(), -5ms).ctx().err() == errc::deadline_exceeded);
  CHECK(with_deadline(rt.background(), rt.now()).ctx().err() == errc::deadline_exceeded);
}

TEST_CASE("a timeout beyond the end of time never fires", "[context][T2]") {
  deterministic_runtime rt{1};
  auto const scope = with_timeout(rt.background(), duration::max());
  CHECK(scope.ctx().deadline() == never);
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK_FALSE(scope.ctx().done());
}

TEST_CASE("a deadline needs a clock: under the static background it is misuse", "[context][X17]") {
  CHECK_THROWS_AS(with_timeout(context::background(), 1ms), misuse);
  CHECK_THROWS_AS(with_deadline(context::background(), instant{}), misuse);
  auto const scope = with_cancel(context::background());
  CHECK_THROWS_AS(with_timeout(scope, 1ms), misuse);
}

TEST_CASE("a long-lived parent keeps nothing of children that have gone", "[context][X10]") {
  deterministic_runtime rt{1};
  for (int n = 0; n < 100'000; ++n) {
    auto child = with_timeout(rt.background(), 1h);
    if (n % 2 == 0) child.cancel();
  }
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(rt.now() == instant{});  // no timer was left to jump to
}

TEST_CASE("the context of a runtime ends when the runtime does", "[context][X2]") {
  auto const kept = [] {
    deterministic_runtime rt{1};
    CHECK_FALSE(rt.background().done());
    return rt.background();
  }();
  CHECK(kept.done());
}

TEST_CASE("a waiting operation fails with the context's error when the context ends",
          "[context][X16]") {
  deterministic_runtime rt{GENERATE(Catch::Generators::range(0u, 16u))};
  std::vector<errc> seen;
  auto const sleeper = [](context ctx, std::vector<errc>& into) -> task<void> {
    auto const slept = co_await sleep_for(ctx, 1h);
    if (!slept) into.push_back(slept.error().code());
  };
  auto cancelled = with_cancel(rt.background());
  auto const late = with_timeout(rt.background(), 3ms);
  rt.spawn(sleeper(cancelled.ctx(), seen)).detach();
  rt.spawn(sleeper(late.ctx(), seen)).detach();
  (void)rt.run_until(instant{1ms});
  CHECK(seen.empty());
  cancelled.cancel();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(seen == std::vector{errc::cancelled, errc::deadline_exceeded});
  CHECK(rt.now() == instant{3ms});
}

TEST_CASE("no child stays alive through a concurrent cancel of its parent", "[context][threads][X5][X15]") {
  int alive = 0;
  for (int round = 0; round < 100; ++round) {
    auto parent = with_cancel(context::background());
    std::vector<context> children;
    support::run_together(2, [&](unsigned who) {
      if (who == 0) {
        parent.cancel();
      } else {
        std::vector<cancel_scope> scopes;
        for (int n = 0; n < 20; ++n) scopes.push_back(with_cancel(parent));
        while (!parent.ctx().done()) std::this_thread::yield();
        // Done is set node by node; the cancel call itself returns only when all are.
        for (auto& scope : scopes) children.push_back(scope.ctx());
        for (backoff wait; !children.back().done();) wait();
      }
    });
    for (auto const& child : children) alive += child.done() ? 0 : 1;
  }
  CHECK(alive == 0);
}

TEST_CASE("cancels of one tree from several threads end without deadlock, and one wins",
          "[context][threads][X2][X15]") {
  for (int round = 0; round < 60; ++round) {
    auto top = with_cancel(context::background());
    auto middle = with_cancel(top);
    auto bottom = with_cancel(middle);
    support::run_together(3, [&](unsigned who) {
      if (who == 0) top.cancel({errc::failed, "top"});
      else if (who == 1) middle.cancel({errc::failed, "middle"});
      else bottom.cancel({errc::failed, "bottom"});
    });
    CHECK(top.ctx().cause()->operation() == "top");
    auto const in_the_middle = middle.ctx().cause()->operation();
    CHECK((in_the_middle == "middle" || in_the_middle == "top"));
    CHECK(bottom.ctx().done());
  }
}
