#include <sluice/context/context_pool.hpp>

#include <atomic>
#include <optional>
#include <set>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/context/after_func.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/sleep.hpp>
#include <tests/support/thread_crew.hpp>

using namespace sluice;
using namespace std::chrono_literals;

TEST_CASE("a recycled context knows nothing of the one before it", "[context][pool][X10]") {
  testing::deterministic_runtime rt{1};
  context_pool pool{4};
  static constexpr context_key<int> budget;
  void const* place = nullptr;
  {
    auto scope = pool.with_timeout(with_value(rt.background(), budget, 7), 1h,
                                   error{errc::rejected, "slow"});
    place = scope.ctx().node();
    CHECK(*scope.ctx().value(budget) == 7);
    scope.cancel({errc::failed, "disk"});
  }
  CHECK(pool.idle() == 1);
  auto const next = pool.with_cancel(rt.background());
  CHECK(next.ctx().node() == place);  // the same memory
  CHECK(pool.idle() == 0);
  CHECK_FALSE(next.ctx().done());
  CHECK_FALSE(next.ctx().cause());
  CHECK(next.ctx().deadline() == never);
  CHECK(next.ctx().value(budget) == nullptr);
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(rt.now() == instant{});  // no timer of the one before
  CHECK_FALSE(next.ctx().done());
}

TEST_CASE("only the memory of contexts that nobody holds is used again", "[context][pool]") {
  context_pool pool{4};
  auto const root = with_cancel(context::background());
  std::optional<context> kept;
  {
    auto const scope = pool.with_cancel(root);
    kept = scope.ctx();
  }
  CHECK(kept->done());
  CHECK(pool.idle() == 0);
  auto const next = pool.with_cancel(root);
  CHECK(next.ctx().node() != kept->node());
  CHECK_FALSE(next.ctx().done());
  kept.reset();
  CHECK(pool.idle() == 1);
}

TEST_CASE("a pool's contexts end by their deadlines, and by their parents", "[context][pool][X7]") {
  testing::deterministic_runtime rt{1};
  context_pool pool;
  auto parent = with_cancel(rt.background());
  auto const timed = pool.with_timeout(parent, 5ms, error{errc::rejected, "slow"});
  auto const until = pool.with_deadline(parent, instant{9ms});
  auto const plain = pool.with_cancel(parent);
  (void)rt.run_until(instant{5ms});
  CHECK(timed.ctx().cause() == error{errc::rejected});
  CHECK_FALSE(until.ctx().done());
  parent.cancel();
  CHECK(until.ctx().err() == errc::cancelled);
  CHECK(plain.ctx().done());
  CHECK_THROWS_AS(pool.with_timeout(context::background(), 1s), misuse);
}

TEST_CASE("a pool keeps no more blocks than it may, and may go before its contexts",
          "[context][pool]") {
  std::optional<cancel_scope> last;
  auto const root = with_cancel(context::background());
  {
    context_pool pool{2};
    {
      std::vector<cancel_scope> scopes;
      for (int i = 0; i < 5; ++i) scopes.push_back(pool.with_cancel(root));
    }
    CHECK(pool.idle() == 2);
    last = pool.with_cancel(root);
  }
  CHECK_FALSE(last->ctx().done());
  last.reset();
  CHECK(root.ctx().node()->children() == 0);
}

TEST_CASE("handlers of one user are not called for the next", "[context][pool][X13]") {
  testing::deterministic_runtime rt{1};
  context_pool pool{1};
  int runs = 0;
  std::optional<after_handle> after;
  {
    auto const scope = pool.with_cancel(rt.background());
    after = after_func(scope, [&] { ++runs; });
    CHECK(after->stop());
    after.reset();
  }
  { auto const next = pool.with_cancel(rt.background()); }
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(runs == 0);
}

TEST_CASE("many threads share a pool, and no context is ever two people's", "[context][pool][threads]") {
  context_pool pool{8};
  auto const root = with_cancel(context::background());
  std::atomic<int> wrong{0};
  support::run_together(4, [&](unsigned who) {
    for (int i = 0; i < 500; ++i) {
      auto first = pool.with_cancel(root);
      auto const second = pool.with_cancel(first);
      if (first.ctx().done() || second.ctx().done()) ++wrong;
      first.cancel(error{who % 2 == 0 ? errc::full : errc::closed});
      if (second.ctx().cause() != error{who % 2 == 0 ? errc::full : errc::closed}) ++wrong;
    }
  });
  CHECK(wrong == 0);
  CHECK(pool.idle() <= 8);
  CHECK(root.ctx().node()->children() == 0);
  CHECK(root.ctx().node()->owners() == 1);
}
