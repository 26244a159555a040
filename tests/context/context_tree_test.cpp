#include <chrono>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <sluice/base/cpu.hpp>
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

TEST_CASE("a cancel that comes second returns only when all below have ended, too", "[context][threads][X2][X4]") {
  int alive = 0;
  for (int round = 0; round < 30; ++round) {
    auto top = with_cancel(context::background());
    std::vector<cancel_scope> below;
    for (int n = 0; n < 2000; ++n) below.push_back(with_cancel(below.empty() ? top.ctx() : below.back().ctx()));
    auto const last = below.back().ctx();
    support::run_together(2, [&](unsigned who) {
      if (who == 0) {
        top.cancel();
      } else {
        while (!top.ctx().done()) cpu_pause();
        top.cancel();
        alive += last.done() ? 0 : 1;
      }
    });
  }
  CHECK(alive == 0);
}

TEST_CASE("what was taken out of a context that ends may wait for another one", "[context][X4][X10]") {
  struct taker : detail::context_handler {
    taker(detail::context_node& whose, detail::context_handler& other) noexcept
        : context_handler(&taker::ended), from(&whose), taken(&other) {}
    static void ended(context_handler& self) noexcept {
      auto& me = static_cast<taker&>(self);
      me.prevented = me.from->remove(*me.taken);
    }
    detail::context_node* from;
    detail::context_handler* taken;
    bool prevented = false;
  };
  struct counting : detail::context_handler {
    counting() noexcept : context_handler(&counting::ended) {}
    static void ended(context_handler& self) noexcept { ++static_cast<counting&>(self).calls; }
    int calls = 0;
  } late;
  auto first = with_cancel(context::background());
  auto second = with_cancel(context::background());
  taker early{*first.ctx().node(), late};
  REQUIRE(first.ctx().node()->add(early));
  REQUIRE(first.ctx().node()->add(late));
  first.cancel();
  CHECK(early.prevented);
  CHECK(late.sweep == nullptr);
  REQUIRE(second.ctx().node()->add(late));
  CHECK(second.ctx().node()->remove(late));
  REQUIRE(second.ctx().node()->add(late));
  second.cancel();
  CHECK(late.calls == 1);
  CHECK_FALSE(second.ctx().node()->remove(late));
  CHECK_FALSE(second.ctx().node()->add(late));
}
