#include <sluice/context/context.hpp>

#include <atomic>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/channel/channel.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/sleep.hpp>
#include <tests/support/effort.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

auto cause_text(context const& ctx) -> std::string {
  auto const cause = ctx.cause();
  return cause ? cause->message() : "";
}

/// Counts how often it is told that a context has ended.
struct counting_handler : detail::context_handler {
  counting_handler() noexcept : context_handler(&counting_handler::told) {}
  static void told(context_handler& self) noexcept { ++static_cast<counting_handler&>(self).times; }
  std::atomic<int> times{0};
};

}  // namespace

TEST_CASE("the background is never done and has neither deadline nor cause", "[context][X1]") {
  auto const background = context::background();
  CHECK_FALSE(background.done());
  CHECK_FALSE(background.err());
  CHECK_FALSE(background.cause());
  CHECK(background.deadline() == never);
}

TEST_CASE("a runtime's background has a clock but neither deadline nor end", "[context][X1]") {
  testing::deterministic_runtime rt{1};
  CHECK_FALSE(rt.background().done());
  CHECK(rt.background().deadline() == never);
}

TEST_CASE("a context ends once: the first ending and its cause win for ever", "[context][X2][X3][X6]") {
  auto scope = with_cancel(context::background());
  context const copy = scope;
  CHECK_FALSE(copy.done());
  CHECK_FALSE(copy.cause());
  scope.cancel({errc::failed, "disk"});
  scope.cancel({errc::closed, "later"});
  scope.cancel();
  CHECK(copy.done());
  CHECK(copy.err() == errc::cancelled);  // whatever the cause
  CHECK(copy.cause() == error{errc::failed});
  CHECK(cause_text(copy).find("disk") != std::string::npos);
}

TEST_CASE("a plain cancel, and one with an empty cause, is its own cause", "[context][X6]") {
  auto scope = with_cancel(context::background());
  SECTION("plain") { scope.cancel(); }
  SECTION("empty") { scope.cancel(std::optional<error>{}); }
  CHECK(scope.ctx().err() == errc::cancelled);
  CHECK(scope.ctx().cause() == error{errc::cancelled});
}

TEST_CASE("cancel reaches all descendants before it returns, and nobody else", "[context][X4]") {
  auto parent = with_cancel(context::background());
  auto middle = with_cancel(parent);
  auto sibling = with_cancel(parent);
  auto leaf = with_cancel(middle);
  middle.cancel();
  CHECK(middle.ctx().done());
  CHECK(leaf.ctx().done());
  CHECK_FALSE(parent.ctx().done());
  CHECK_FALSE(sibling.ctx().done());
}

TEST_CASE("a chain of 100,000 contexts ends and dies without recursion", "[context][X4][G7]") {
  constexpr int depth = 100'000;
  std::vector<cancel_scope> scopes;
  scopes.reserve(depth);
  auto root = with_cancel(context::background());
  scopes.push_back(with_cancel(root));
  for (int i = 1; i < depth; ++i) scopes.push_back(with_cancel(scopes.back()));
  context const deepest = scopes.back();
  SECTION("ended from the top") {
    root.cancel();
    CHECK(deepest.done());
    CHECK(scopes[depth / 2].ctx().done());
  }
  SECTION("let go of from the top, the leaf last") {
    for (auto& scope : scopes) scope = with_cancel(context::background());
    CHECK(deepest.done());
  }
}

TEST_CASE("a child of a done parent is done from the start, for the same reason", "[context][X5]") {
  auto parent = with_cancel(context::background());
  parent.cancel({errc::stopped, "closing time"});
  auto const child = with_cancel(parent);
  CHECK(child.ctx().err() == errc::cancelled);
  CHECK(child.ctx().cause() == error{errc::stopped});

  testing::deterministic_runtime rt{1};
  auto timed = with_timeout(rt.background(), 0ns, error{errc::rejected, "too late"});
  auto const below = with_cancel(timed);
  CHECK(below.ctx().err() == errc::deadline_exceeded);
  CHECK(below.ctx().cause() == error{errc::rejected});
}

TEST_CASE("a child inherits its parent's cause unless it ended first", "[context][X6]") {
  auto parent = with_cancel(context::background());
  auto early = with_cancel(parent);
  auto const late = with_cancel(parent);
  early.cancel({errc::rejected, "mine"});
  parent.cancel({errc::failed, "theirs"});
  CHECK(early.ctx().cause() == error{errc::rejected});
  CHECK(late.ctx().cause() == error{errc::failed});
}

TEST_CASE("the owner of a scope ends its context by going", "[context][X10]") {
  std::optional<context> kept;
  {
    auto const scope = with_cancel(context::background());
    kept = scope.ctx();
    CHECK_FALSE(kept->done());
  }
  CHECK(kept->err() == errc::cancelled);

  auto scope = with_cancel(context::background());
  kept = scope.ctx();
  scope = with_cancel(context::background());  // what it owned before ends
  CHECK(kept->done());
  CHECK_FALSE(scope.ctx().done());
}

TEST_CASE("a deadline ends its context at its instant, with its own cause", "[context][X7][X9]") {
  testing::deterministic_runtime rt{1};
  auto plain = with_timeout(rt.background(), 5s);
  auto named = with_deadline(rt.background(), instant{7s}, error{errc::rejected, "slow"});
  CHECK(plain.ctx().deadline() == instant{5s});
  CHECK(rt.run_until(instant{5s - 1ns}) == ended::not_yet);
  CHECK_FALSE(plain.ctx().done());
  (void)rt.run_until(instant{5s});
  CHECK(plain.ctx().err() == errc::deadline_exceeded);
  CHECK(plain.ctx().cause() == error{errc::deadline_exceeded});
  CHECK_FALSE(named.ctx().done());
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(rt.now() == instant{7s});
  CHECK(named.ctx().err() == errc::deadline_exceeded);
  CHECK(named.ctx().cause() == error{errc::rejected});
}

TEST_CASE("a timeout is what ran out of time, and nothing else", "[context][X9]") {
  testing::deterministic_runtime rt{1};
  auto late = with_timeout(rt.background(), 0ns, error{errc::rejected, "too late"});
  auto cancelled = with_cancel(rt.background());
  cancelled.cancel(errc::deadline_exceeded);  // as a cause: the error is `cancelled` all the same
  CHECK(is_timeout(*late.ctx().err()));
  CHECK_FALSE(is_timeout(*cancelled.ctx().err()));
  CHECK(make_error_code(*late.ctx().err()) == std::errc::timed_out);
  CHECK(make_error_code(*cancelled.ctx().err()) != std::errc::timed_out);
}

TEST_CASE("a cancel before the deadline is a cancel, and stops the timer", "[context][X7][X10]") {
  testing::deterministic_runtime rt{1};
  auto scope = with_timeout(rt.background(), 1h, error{errc::rejected, "slow"});
  scope.cancel();
  CHECK(scope.ctx().err() == errc::cancelled);
  CHECK(scope.ctx().cause() == error{errc::cancelled});
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(rt.now() == instant{});  // no timer is left to jump to
}

TEST_CASE("a child's deadline is never later than its parent's", "[context][X7]") {
  testing::deterministic_runtime rt{1};
  auto parent = with_timeout(rt.background(), 1s, error{errc::full, "parent"});
  auto longer = with_timeout(parent, 1h, error{errc::rejected, "child"});
  auto shorter = with_timeout(parent, 1ms, error{errc::rejected, "child"});
  auto neither = with_cancel(parent);
  CHECK(longer.ctx().deadline() == instant{1s});
  CHECK(shorter.ctx().deadline() == instant{1ms});
  CHECK(neither.ctx().deadline() == instant{1s});
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(rt.now() == instant{1s});
  CHECK(longer.ctx().cause() == error{errc::full});
  CHECK(shorter.ctx().cause() == error{errc::rejected});
  CHECK(neither.ctx().err() == errc::deadline_exceeded);
}

TEST_CASE("a deadline not later than now has passed at construction", "[context][X8]") {
  testing::deterministic_runtime rt{1};
  (void)rt.block_on([](context ctx) -> task<void> { (void)co_await sleep_for(ctx, 1s); }(rt.background()));
  auto const past = with_deadline(rt.background(), instant{1ms});
  auto const present = with_deadline(rt.background(), instant{1s});
  auto const none = with_timeout(rt.background(), -5s);
  CHECK(past.ctx().err() == errc::deadline_exceeded);
  CHECK(present.ctx().err() == errc::deadline_exceeded);
  CHECK(none.ctx().err() == errc::deadline_exceeded);
  auto const endless = with_timeout(rt.background(), duration::max());
  CHECK_FALSE(endless.ctx().done());
  CHECK(endless.ctx().deadline() == never);
}

TEST_CASE("deadlines under the static background, which has no clock, are misuse", "[context][X17]") {
  CHECK_THROWS_AS(with_timeout(context::background(), 1s), misuse);
  CHECK_THROWS_AS(with_deadline(context::background(), instant{1s}), misuse);
  auto const clockless = with_cancel(context::background());
  CHECK_THROWS_AS(with_timeout(clockless, 1s), misuse);
}

TEST_CASE("a handler is told once, and not at all once it was removed", "[context][X3]") {
  auto scope = with_cancel(context::background());
  counting_handler told;
  counting_handler removed;
  counting_handler late;
  CHECK(scope.ctx().node()->add(told));
  CHECK(scope.ctx().node()->add(removed));
  CHECK(scope.ctx().node()->remove(removed));
  scope.cancel();
  scope.cancel();
  CHECK(told.times == 1);
  CHECK(removed.times == 0);
  CHECK_FALSE(scope.ctx().node()->remove(told));  // it has been called
  CHECK_FALSE(scope.ctx().node()->add(late));
  CHECK(late.times == 0);
}

TEST_CASE("the end of a runtime ends every context below its background", "[context][X4]") {
  std::optional<context> kept;
  {
    testing::deterministic_runtime rt{1};
    auto const scope = with_cancel(rt.background());
    kept = with_cancel(rt.background()).ctx();
    CHECK(kept->done());
    kept = scope.ctx();
  }
  CHECK(kept->err() == errc::cancelled);
}

TEST_CASE("a context that ends leaves its parent at once, not when it goes", "[context][X10]") {
  testing::deterministic_runtime rt{1};
  auto const parent = with_cancel(rt.background());
  auto* const node = parent.ctx().node();
  auto cancelled = with_timeout(parent, 1h);
  auto const timed = with_timeout(parent, 1ms);
  auto dropped = std::optional{with_cancel(parent)};
  CHECK(node->children() == 3);
  cancelled.cancel();
  CHECK(node->children() == 2);
  (void)rt.run_until(instant{1ms});
  CHECK(timed.ctx().done());
  CHECK(node->children() == 1);
  dropped.reset();
  CHECK(node->children() == 0);
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(rt.now() == instant{1ms});  // the timer of the first is gone
}

TEST_CASE("a million children under one long-lived parent leave nothing behind", "[context][X10]") {
  testing::deterministic_runtime rt{1};
  auto parent = with_cancel(rt.background());
  auto const owners = parent.ctx().node()->owners();
  auto const times = support::full_size(1'000'000);
  for (int i = 0; i < times; ++i) {
    auto child = with_timeout(parent, 1h);
    if (i % 2 == 0) child.cancel();
  }
  CHECK(parent.ctx().node()->children() == 0);
  CHECK(parent.ctx().node()->owners() == owners);  // each child that existed would be one
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(rt.now() == instant{});  // no timer either
  parent.cancel();
  CHECK(parent.ctx().done());
}

TEST_CASE("whoever waits returns in its next turn after the end of the context", "[context][X16]") {
  channel<int> ch{0};
  std::vector<errc> heard;
  auto wait = [&](context ctx) -> task<void> {
    if (auto got = co_await ch.recv(ctx); !got) heard.push_back(got.error().code());
  };
  testing::deterministic_runtime rt{GENERATE(range(0, 16))};
  auto parent = with_cancel(rt.background());
  auto child = with_cancel(parent);
  for (int i = 0; i < 3; ++i) rt.spawn(wait(child)).detach();
  CHECK(rt.run() == ended::deadlock);
  parent.cancel();
  for (int turn = 0; turn < 3; ++turn) (void)rt.step();
  CHECK(heard == std::vector(3, errc::cancelled));
}

TEST_CASE("cancels of one tree from many threads end it once and do not deadlock",
          "[context][X2][X15][threads]") {
  for (int round = 0; round < 50; ++round) {
    auto root = with_cancel(context::background());
    std::vector<cancel_scope> scopes;
    for (int i = 0; i < 4; ++i) {
      scopes.push_back(with_cancel(root));
      scopes.push_back(with_cancel(scopes.back()));
    }
    counting_handler told;
    REQUIRE(scopes.back().ctx().node()->add(told));
    std::atomic<bool> child_alive{false};
    std::vector<std::thread> crew;
    crew.emplace_back([&] { root.cancel({errc::failed, "root"}); });
    crew.emplace_back([&] {
      for (auto& scope : scopes) scope.cancel({errc::closed, "each"});
    });
    crew.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {  // no window in which a child stays alive under a done parent
        auto const child = with_cancel(root);
        if (root.ctx().done() && !with_cancel(root).ctx().done()) child_alive = true;
      }
    });
    for (auto& each : crew) each.join();
    CHECK_FALSE(child_alive);
    for (auto& scope : scopes) CHECK(scope.ctx().err() == errc::cancelled);
    CHECK(told.times == 1);
    CHECK_FALSE(scopes.back().ctx().node()->remove(told));
  }
}

TEST_CASE("removing a handler waits for its call on another thread", "[context][X15][threads]") {
  for (int round = 0; round < 100; ++round) {
    auto scope = with_cancel(context::background());
    std::thread canceller{[&] { scope.cancel(); }};
    {
      counting_handler mine;
      if (scope.ctx().node()->add(mine)) {
        auto const prevented = scope.ctx().node()->remove(mine);
        CHECK(mine.times == (prevented ? 0 : 1));
      }
    }  // it is gone here: whoever still called it would touch freed memory
    canceller.join();
  }
}
