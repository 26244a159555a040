#include <chrono>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <sluice/context/context.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <tests/support/thread_crew.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using testing::deterministic_runtime;

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

TEST_CASE("a timeout beyond the end of time never fires", "[context][T2]") {
  deterministic_runtime rt{1};
  auto const scope = with_timeout(rt.background(), duration::max());
  CHECK(scope.ctx().deadline() == never);
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK_FALSE(scope.ctx().done());
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
