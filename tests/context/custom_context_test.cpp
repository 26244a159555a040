#include <sluice/context/custom_context.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/context/after_func.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/sleep.hpp>
#include <tests/support/thread_crew.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

constexpr context_key<std::string> peer;
constexpr context_key<int> budget;

/// Ends when somebody says so.
class window final : public custom_context {
 public:
  void close(errc how = errc::cancelled) {
    how_.store(how);
    ended_.store(true);
    announce_end();
  }
  auto err() const noexcept -> std::optional<errc> override {
    return ended_.load() ? std::optional{how_.load()} : std::nullopt;
  }
  auto cause() const -> std::optional<error> override { return why; }
  auto deadline() const noexcept -> instant override { return until; }
  auto value(any_context_key const& key) const noexcept -> void const* override {
    return &key == &peer ? &name : nullptr;
  }

  std::optional<error> why;
  instant until = never;
  std::string name = "window";

 private:
  std::atomic<bool> ended_{false};
  std::atomic<errc> how_{errc::cancelled};
};

}  // namespace

TEST_CASE("a child of a user-defined context ends with it, at once and all below", "[context][X14]") {
  testing::deterministic_runtime rt{1};
  auto const parent = std::make_shared<window>();
  parent->why = error{errc::closed, "by the user"};
  auto const scope = with_custom(rt.background(), parent);
  auto const below = with_cancel(scope);
  CHECK_FALSE(below.ctx().done());
  CHECK(parent->watchers() == 1);
  parent->close();
  CHECK(scope.ctx().err() == errc::cancelled);
  CHECK(below.ctx().cause()->operation() == "by the user");
  CHECK(parent->watchers() == 0);
}

TEST_CASE("a user-defined parent's error is a timeout or a cancellation", "[context][X14][X2]") {
  auto const late = std::make_shared<window>();
  auto const broken = std::make_shared<window>();
  auto const first = with_custom(context::background(), late);
  auto const second = with_custom(context::background(), broken);
  late->close(errc::deadline_exceeded);
  broken->close(errc::failed);
  CHECK(first.ctx().err() == errc::deadline_exceeded);
  CHECK(first.ctx().cause() == error{errc::deadline_exceeded});
  CHECK(second.ctx().err() == errc::cancelled);
}

TEST_CASE("a child that ends first stops watching, and its parent lives on", "[context][X14]") {
  testing::deterministic_runtime rt{1};
  auto const parent = std::make_shared<window>();
  SECTION("by being cancelled") {
    auto scope = with_custom(rt.background(), parent);
    scope.cancel();
    CHECK(parent->watchers() == 0);
  }
  SECTION("by being dropped") {
    { auto const scope = with_custom(rt.background(), parent); }
    CHECK(parent->watchers() == 0);
  }
  SECTION("by its other parent") {
    auto other = with_cancel(rt.background());
    auto const scope = with_custom(other, parent);
    other.cancel();
    CHECK(parent->watchers() == 0);
    CHECK(scope.ctx().done());
  }
  CHECK_FALSE(parent->err());
  CHECK(parent.use_count() == 1);
  CHECK_FALSE(with_custom(rt.background(), parent).ctx().done());
}

TEST_CASE("a child of a user-defined context that has ended is done from the start",
          "[context][X14][X5]") {
  auto const parent = std::make_shared<window>();
  parent->why = error{errc::closed, "before"};
  parent->close();
  auto const scope = with_custom(context::background(), parent);
  CHECK(scope.ctx().err() == errc::cancelled);
  CHECK(scope.ctx().cause()->operation() == "before");
  CHECK(parent->watchers() == 0);
}

TEST_CASE("a user-defined parent lends values and a deadline", "[context][X14][X7][X11]") {
  testing::deterministic_runtime rt{1};
  auto const parent = std::make_shared<window>();
  parent->until = instant{2s};
  auto const under = with_value(with_value(rt.background(), peer, "under"), budget, 7);
  auto const scope = with_custom(under, parent);
  CHECK(*scope.ctx().value(peer) == "window");
  CHECK(*scope.ctx().value(budget) == 7);
  CHECK(scope.ctx().deadline() == instant{2s});
  CHECK(with_timeout(scope, 1h).ctx().deadline() == instant{2s});
  CHECK(with_timeout(scope, 1s).ctx().deadline() == instant{1s});
  CHECK(*without_cancel(scope.ctx()).value(peer) == "window");
}

TEST_CASE("whoever waits below a user-defined context hears of its end", "[context][X14][X16]") {
  testing::deterministic_runtime rt{GENERATE(range(0, 16))};
  auto const parent = std::make_shared<window>();
  auto const scope = with_custom(rt.background(), parent);
  std::optional<result<void>> how;
  int runs = 0;
  auto body = [&](context ctx) -> task<void> { how = co_await sleep_for(ctx, 1h); };
  rt.spawn(body(scope)).detach();
  auto const after = after_func(scope, [&] { ++runs; });
  (void)rt.run_until(instant{1s});
  parent->close();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(how->error().code() == errc::cancelled);
  CHECK(runs == 1);
}

TEST_CASE("no parent at all is misuse", "[context][X14][X17]") {
  testing::deterministic_runtime rt{1};
  CHECK_THROWS_AS(with_custom(rt.background(), nullptr), misuse);
  auto from = rt.background();
  auto const to = std::move(from);
  CHECK_THROWS_AS(with_custom(from, std::make_shared<window>()), misuse);
}

TEST_CASE("children come and go while a user-defined context ends", "[context][X14][X15][threads]") {
  for (int round = 0; round < 100; ++round) {
    auto const parent = std::make_shared<window>();
    auto root = with_cancel(context::background());
    std::atomic<int> alive{0};
    support::run_together(3, [&](unsigned who) {
      if (who == 0) {
        parent->close();
        return;
      }
      std::vector<cancel_scope> scopes;
      for (int i = 0; i < 20; ++i) {
        scopes.push_back(with_custom(root, parent));
        if (i % 3 == 0) scopes.back().cancel();
      }
      if (!parent->err()) return;
      if (!with_custom(root, parent).ctx().done()) ++alive;
    });
    CHECK(alive == 0);
    CHECK(parent->watchers() == 0);
    CHECK(parent.use_count() == 1);
    CHECK(root.ctx().node()->children() == 0);
  }
}
