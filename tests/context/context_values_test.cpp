#include <sluice/context/context.hpp>

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <sluice/context/context_pool.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/sleep.hpp>
#include <tests/support/tracked.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

constexpr context_key<int> budget;
constexpr context_key<int> other_budget;
constexpr context_key<long> wide_budget;
constexpr context_key<std::string> request_id;

template <class Key>
concept names_a_value = requires(context const& ctx, Key&& key) {
  with_value(ctx, std::forward<Key>(key), 1);
};

}  // namespace

TEST_CASE("a value is found under its key, from its context and all below", "[context][X1][X11]") {
  auto const ctx = with_value(context::background(), request_id, "a3");
  auto const below = with_cancel(ctx);
  auto const further = with_value(below, budget, 7);
  REQUIRE(further.value(request_id) != nullptr);
  CHECK(*further.value(request_id) == "a3");
  CHECK(*below.ctx().value(request_id) == "a3");
  CHECK(*further.value(budget) == 7);
  CHECK(ctx.value(budget) == nullptr);  // nothing travels upwards
  CHECK(context::background().value(request_id) == nullptr);
}

TEST_CASE("two keys are never the same, whatever their types and values", "[context][X11]") {
  auto const one = with_value(context::background(), budget, 1);
  auto const two = with_value(one, other_budget, 2);
  auto const three = with_value(two, wide_budget, 3);
  CHECK(*three.value(budget) == 1);
  CHECK(*three.value(other_budget) == 2);
  CHECK(*three.value(wide_budget) == 3);
}

TEST_CASE("the nearest value wins, and an empty one shadows", "[context][X11]") {
  auto const far = with_value(context::background(), request_id, "far");
  auto const near = with_value(far, request_id, "near");
  auto const blank = with_value(near, request_id, "");
  auto const none = with_value(blank, request_id, std::nullopt);
  CHECK(*far.value(request_id) == "far");
  CHECK(*near.value(request_id) == "near");
  REQUIRE(blank.value(request_id) != nullptr);
  CHECK(blank.value(request_id)->empty());
  CHECK(none.value(request_id) == nullptr);
}

TEST_CASE("values stay readable after the end of their context and of its runtime",
          "[context][X11]") {
  std::optional<context> kept;
  {
    testing::deterministic_runtime rt{1};
    auto scope = with_cancel(with_value(rt.background(), request_id, "a3"));
    kept = scope.ctx();
    scope.cancel();
    CHECK(kept->done());
    CHECK(*kept->value(request_id) == "a3");
  }
  CHECK(*kept->value(request_id) == "a3");
}

TEST_CASE("a context with a value ends with its parent", "[context][X4][X11]") {
  auto scope = with_cancel(context::background());
  auto const below = with_value(scope, budget, 1);
  auto const child = with_cancel(below);
  CHECK_FALSE(below.done());
  scope.cancel({errc::failed, "disk"});
  CHECK(below.done());
  CHECK(below.cause() == error{errc::failed});
  CHECK(child.ctx().done());
}

TEST_CASE("a value is destroyed with the last context that carries it", "[context][X11]") {
  static constexpr context_key<support::tracked> counted;
  auto const before = support::tracked::alive.load();
  {
    std::optional<context> kept;
    {
      auto const ctx = with_value(context::background(), counted, support::tracked{1});
      kept = with_value(ctx, budget, 1);
    }
    CHECK(support::tracked::alive == before + 1);
    CHECK(kept->value(counted) != nullptr);
  }
  CHECK(support::tracked::alive == before);
}

TEST_CASE("a chain of 100,000 values is searched and freed without recursion", "[context][X11][G7]") {
  auto ctx = with_value(context::background(), request_id, "far");
  for (int i = 0; i < 100'000; ++i) ctx = with_value(ctx, budget, i);
  CHECK(*ctx.value(request_id) == "far");
  CHECK(*ctx.value(budget) == 99'999);
}

TEST_CASE("values cost no look at what lies between", "[context][X11]") {
  auto const ctx = with_value(context::background(), request_id, "a3");
  std::vector<cancel_scope> scopes;
  scopes.push_back(with_cancel(ctx));
  for (int i = 0; i < 1000; ++i) scopes.push_back(with_cancel(scopes.back()));
  CHECK(scopes.back().ctx().value(request_id) == ctx.value(request_id));  // shared, never copied
}

TEST_CASE("without cancel: the values alone, and no end", "[context][X12]") {
  testing::deterministic_runtime rt{1};
  auto scope = with_timeout(with_value(rt.background(), request_id, "a3"), 1s,
                            error{errc::rejected, "slow"});
  auto const free = without_cancel(scope);
  CHECK(*free.value(request_id) == "a3");
  CHECK(free.deadline() == never);
  scope.cancel();
  CHECK(scope.ctx().done());
  CHECK_FALSE(free.done());
  CHECK_FALSE(free.err());
  CHECK_FALSE(free.cause());
  CHECK_FALSE(without_cancel(scope).done());  // of a context that has ended, too
}

TEST_CASE("below without cancel there may be a deadline again", "[context][X12][X7]") {
  testing::deterministic_runtime rt{1};
  auto scope = with_timeout(rt.background(), 1ms);
  auto const cleanup = with_timeout(without_cancel(scope), 1s);
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(scope.ctx().err() == errc::deadline_exceeded);
  CHECK(cleanup.ctx().err() == errc::deadline_exceeded);
  CHECK(rt.now() == instant{1s});
}

TEST_CASE("without cancel where there is no runtime keeps the values and nothing else",
          "[context][X12]") {
  auto scope = with_cancel(with_value(context::background(), request_id, "a3"));
  auto const free = without_cancel(scope);
  scope.cancel();
  CHECK_FALSE(free.done());
  CHECK(*free.value(request_id) == "a3");
  CHECK_THROWS_AS(with_timeout(free, 1s), misuse);
}

TEST_CASE("what was made without cancel goes with its runtime at the latest", "[context][X12]") {
  std::optional<cancel_scope> kept;
  std::optional<context> free;
  {
    testing::deterministic_runtime rt{1};
    free = without_cancel(rt.background());
    kept = with_timeout(*free, 1h);  // its timer must not outlive the clock
    CHECK_FALSE(kept->ctx().done());
  }
  CHECK(kept->ctx().err() == errc::cancelled);
  CHECK(free->done());
  CHECK(with_timeout(*kept, 1h).ctx().done());  // nobody asks a clock that is gone
  CHECK(with_cancel(*free).ctx().done());
  CHECK_FALSE(without_cancel(*kept).done());
}

TEST_CASE("a parent that was moved from is misuse", "[context][X17]") {
  testing::deterministic_runtime rt{1};
  auto from = rt.background();
  auto const to = std::move(from);
  CHECK_THROWS_AS(with_cancel(from), misuse);
  CHECK_THROWS_AS(with_deadline(from, instant{1s}), misuse);
  CHECK_THROWS_AS(with_timeout(from, 1s), misuse);
  CHECK_THROWS_AS(with_value(from, budget, 1), misuse);
  CHECK_THROWS_AS(without_cancel(from), misuse);
  CHECK_THROWS_AS(context_pool{}.with_cancel(from), misuse);
  CHECK_FALSE(from.done());
  CHECK(from.value(budget) == nullptr);

  auto scope = with_cancel(to);
  auto const taken = std::move(scope);
  CHECK_THROWS_AS(with_cancel(scope), misuse);  // NOLINT: that is the point
  from = to;  // given a new one, it is a parent again
  CHECK_FALSE(with_cancel(from).ctx().done());
}

TEST_CASE("a key is an object: no null, and none that goes at once", "[context][X17]") {
  STATIC_CHECK(names_a_value<context_key<int> const&>);
  STATIC_CHECK_FALSE(names_a_value<context_key<int>>);
  STATIC_CHECK_FALSE(names_a_value<std::nullptr_t>);
  STATIC_CHECK_FALSE(names_a_value<context_key<int> const*>);
  STATIC_CHECK_FALSE(std::copy_constructible<context_key<int>>);
}
