#include <sluice/resilience/error_group.hpp>

#include <algorithm>
#include <concepts>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/sleep.hpp>
#include <tests/resilience/last_words.hpp>
#include <tests/support/settle.hpp>
#include <tests/support/tracked.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using Catch::Generators::range;
using support::settle;
using support::tracked;
using testing::deterministic_runtime;

static_assert(!std::copy_constructible<error_group>);
static_assert(group_work<task<void>> && group_work<task<result<void>>>);
static_assert(!group_work<task<int>> && !group_work<int (*)()> && !group_work<int>);

namespace {

auto const always = context::background();

/// Sleeps for `span` whatever happens, then fails with `name`.
task<result<void>> fail_after(duration span, std::string name) {
  (void)co_await sleep_for(always, span);
  co_return failure({errc::rejected, std::move(name)});
}

task<void> throw_after(duration span, std::string text) {
  (void)co_await sleep_for(always, span);
  throw std::runtime_error(text);
}

/// Sleeps until `ctx` ends it, and says so.
task<result<void>> sleep_on(context ctx, duration span) { co_return co_await sleep_for(ctx, span); }

auto names_of(std::vector<error> const& errors) -> std::vector<std::string> {
  std::vector<std::string> names;
  for (auto const& each : errors) names.emplace_back(each.operation());
  return names;
}

}  // namespace

// ---- E1: all are waited for, the first error is the answer, all are kept

TEST_CASE("wait returns when every function has ended, with the first error in time",
          "[resilience][E1]") {
  int ended = 0;
  auto everything = [&](executor& home) -> task<std::vector<std::string>> {
    error_group group{home};
    auto counts = [&](duration span) -> task<void> {
      (void)co_await sleep_for(always, span);
      ++ended;
    };
    co_await group.go(fail_after(3ms, "third"));
    co_await group.go(fail_after(1ms, "first"));
    co_await group.go(counts(5ms));
    co_await group.go(fail_after(2ms, "second"));
    co_await group.go(counts(0ms));
    CHECK(group.running() == 5);
    auto const all = co_await group.wait();
    CHECK(group.running() == 0);
    CHECK(home.now() == instant{5ms});
    CHECK((!all && all.error().operation() == "first"));
    co_return names_of(group.errors());
  };
  deterministic_runtime rt{GENERATE(range(0, 16)), 3};
  CHECK(rt.block_on(everything(rt.home())) == std::vector<std::string>{"first", "second", "third"});
  CHECK(ended == 2);
}

TEST_CASE("a group without functions, or with successful ones alone, ends well",
          "[resilience][E1]") {
  auto everything = [](executor& home, context ctx) -> task<void> {
    error_group group{home, ctx};
    CHECK(co_await group.wait());
    co_await group.go([] {});
    co_await group.go(sleep_on(always, 1ms));
    CHECK(co_await group.wait());
    CHECK(group.errors().empty());
  };
  deterministic_runtime rt{GENERATE(range(0, 8))};
  CHECK(rt.block_on(everything(rt.home(), rt.background())));
}

TEST_CASE("a function is a task, or is called with the group's context or with nothing",
          "[resilience][E1][E2]") {
  std::vector<std::string> said;
  auto everything = [&](executor& home) -> task<void> {
    error_group group{home, always, {.limit = 1}};  // one after the other
    auto note = [&](std::string what) -> task<void> {
      said.push_back(what);
      co_return;
    };
    co_await group.go(note("task<void>"));
    co_await group.go([&] { said.emplace_back("void()"); });
    co_await group.go([&](context const& ctx) { said.emplace_back(ctx.done() ? "done" : "void(ctx)"); });
    co_await group.go([&]() -> task<void> { co_await note("task<void>()"); });
    co_await group.go([&](context ctx) -> task<void> {
      co_await note(ctx.node() == group.ctx().node() ? "task<void>(ctx)" : "another context");
    });
    co_await group.go([&]() -> result<void> { return failure({errc::full, "result()"}); });
    co_await group.go([&](context const&) -> result<void> { return failure({errc::full, "result(ctx)"}); });
    co_await group.go([]() -> task<result<void>> { co_return failure({errc::full, "task()"}); });
    co_await group.go([](context const&) -> task<result<void>> {
      co_return failure({errc::full, "task(ctx)"});
    });
    co_await group.go([held = std::make_unique<int>(7), &said] { said.push_back(std::to_string(*held)); });
    CHECK_FALSE(co_await group.wait());
    CHECK(names_of(group.errors()) ==
          std::vector<std::string>{"result()", "result(ctx)", "task()", "task(ctx)"});
  };
  deterministic_runtime rt{GENERATE(range(0, 8))};
  CHECK(rt.block_on(everything(rt.home())));
  CHECK(said == std::vector<std::string>{"task<void>", "void()", "void(ctx)", "task<void>()",
                                         "task<void>(ctx)", "7"});
}

TEST_CASE("what a function holds is gone when wait returns", "[resilience][E1]") {
  auto everything = [](executor& home) -> task<void> {
    error_group group{home};
    co_await group.go([mine = tracked{1}]() -> task<void> { co_await yield(); });
    co_await group.go([](tracked) -> task<void> { co_await yield(); }(tracked{2}));
    CHECK(tracked::alive == 2);
    CHECK(co_await group.wait());
    CHECK(tracked::alive == 0);
  };
  deterministic_runtime rt{GENERATE(range(0, 16)), 3};
  CHECK(rt.block_on(everything(rt.home())));
}

TEST_CASE("a function counts as running until what it holds is gone", "[resilience][E1][E8]") {
  std::int64_t seen = -1;
  struct looks_back {
    error_group* in;
    std::int64_t* into;
    looks_back(error_group& group, std::int64_t& count) noexcept : in(&group), into(&count) {}
    looks_back(looks_back&& other) noexcept : in(std::exchange(other.in, nullptr)), into(other.into) {}
    ~looks_back() {
      if (in != nullptr) *into = in->running();
    }
  };
  deterministic_runtime rt{1};
  error_group group{rt.home(), {.limit = 1}};
  REQUIRE(group.try_go([held = looks_back{group, seen}]() -> task<void> { co_await yield(); }));
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(seen == 1);
}

TEST_CASE("any number of tasks may wait for a group", "[resilience][E1]") {
  std::vector<bool> heard;
  auto waits = [&](error_group& group) -> task<void> {
    auto const all = co_await group.wait();
    heard.push_back(!all && all.error().operation() == "it");
  };
  deterministic_runtime rt{GENERATE(range(0, 8))};
  error_group group{rt.home(), rt.background()};
  REQUIRE(group.try_go(fail_after(1ms, "it")));
  for (int i = 0; i < 3; ++i) rt.spawn(waits(group)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(heard == std::vector(3, true));
}

// ---- E2 and E3: with a context and without

TEST_CASE("the first error ends the group's context with itself as the cause", "[resilience][E2]") {
  auto everything = [](executor& home, context ctx) -> task<void> {
    error_group group{home, ctx};
    co_await group.go(sleep_on(group.ctx(), 1h));
    co_await group.go(fail_after(1ms, "disk"));
    co_await group.go(fail_after(2ms, "net"));
    co_await group.go(sleep_on(group.ctx(), 1h));
    CHECK_FALSE(group.ctx().done());
    auto const all = co_await group.wait();
    CHECK(home.now() == instant{2ms});  // the sleepers gave up, the others had their time
    CHECK((!all && all.error().operation() == "disk"));
    CHECK(group.ctx().err() == errc::cancelled);
    CHECK(group.ctx().cause()->operation() == "disk");
    CHECK_FALSE(ctx.done());
    CHECK(group.errors().size() == 4);
    CHECK(group.errors()[1].code() == errc::cancelled);
    CHECK(group.errors().back().operation() == "net");
  };
  deterministic_runtime rt{GENERATE(range(0, 16)), 3};
  CHECK(rt.block_on(everything(rt.home(), rt.background())));
}

TEST_CASE("a wait without an error ends the group's context, the cause being cancelled",
          "[resilience][E2]") {
  auto everything = [](executor& home, context ctx) -> task<void> {
    error_group group{home, ctx};
    co_await group.go([] {});
    CHECK(co_await group.wait());
    CHECK(group.ctx().err() == errc::cancelled);
    CHECK(group.ctx().cause() == errc::cancelled);
    CHECK(group.ctx().cause()->operation().empty());
    CHECK_FALSE(ctx.done());
  };
  deterministic_runtime rt{1};
  CHECK(rt.block_on(everything(rt.home(), rt.background())));
}

TEST_CASE("the end of the parent ends the group's context", "[resilience][E2]") {
  auto everything = [](executor& home, context ctx) -> task<void> {
    auto scope = with_cancel(ctx);
    error_group group{home, scope.ctx()};
    co_await group.go(sleep_on(group.ctx(), 1h));
    co_await yield();
    scope.cancel({errc::stopped, "closing time"});
    auto const all = co_await group.wait();
    CHECK((!all && all.error() == errc::cancelled));
    CHECK(group.ctx().cause()->operation() == "closing time");
    CHECK(home.now() == instant{});
  };
  deterministic_runtime rt{GENERATE(range(0, 16))};
  CHECK(rt.block_on(everything(rt.home(), rt.background())));
}

TEST_CASE("a group without a context works, and an error ends nobody else", "[resilience][E3]") {
  auto everything = [](executor& home) -> task<void> {
    error_group group{home};
    co_await group.go(fail_after(1ms, "early"));
    co_await group.go(sleep_on(group.ctx(), 5ms));
    auto const all = co_await group.wait();
    CHECK((!all && all.error().operation() == "early"));
    CHECK(home.now() == instant{5ms});
    CHECK_FALSE(group.ctx().done());
    CHECK(group.errors().size() == 1);
  };
  deterministic_runtime rt{GENERATE(range(0, 8))};
  CHECK(rt.block_on(everything(rt.home())));
}

// ---- E4: exceptions

TEST_CASE("an exception is an error, ends the context, and is thrown by the first wait",
          "[resilience][E4][E7]") {
  auto everything = [](executor& home, context ctx) -> task<void> {
    error_group group{home, ctx};
    co_await group.go(throw_after(1ms, "torn page"));
    co_await group.go(sleep_on(group.ctx(), 1h));
    std::string thrown;
    try {
      (void)co_await group.wait();
    } catch (std::runtime_error const& known) {
      thrown = known.what();
    }
    CHECK(thrown == "torn page");
    CHECK(home.now() == instant{1ms});
    CHECK(group.ctx().cause()->operation() == "torn page");
    for (int later = 0; later < 2; ++later) {
      auto const all = co_await group.wait();
      CHECK((!all && all.error() == errc::failed && all.error().operation() == "torn page"));
    }
  };
  deterministic_runtime rt{GENERATE(range(0, 16))};
  CHECK(rt.block_on(everything(rt.home(), rt.background())));
}

TEST_CASE("an exception is thrown though an error came before it, and one of several alone",
          "[resilience][E4]") {
  auto everything = [](executor& home) -> task<void> {
    error_group group{home};
    co_await group.go(fail_after(1ms, "plain"));
    co_await group.go(throw_after(2ms, "two"));
    co_await group.go([]() -> task<void> {
      (void)co_await sleep_for(always, 3ms);
      throw 3;
    });
    CHECK_THROWS_AS(co_await group.wait(), std::runtime_error);
    auto const all = co_await group.wait();
    CHECK((!all && all.error().operation() == "plain"));
    CHECK(names_of(group.errors()) == std::vector<std::string>{"plain", "two", ""});
    CHECK(group.errors().back() == errc::failed);
  };
  deterministic_runtime rt{GENERATE(range(0, 8))};
  CHECK(rt.block_on(everything(rt.home())));
}

TEST_CASE("what a plain function throws is caught as well", "[resilience][E4]") {
  auto everything = [](executor& home) -> task<void> {
    error_group group{home};
    co_await group.go([] { throw std::logic_error("inside a call"); });
    CHECK_THROWS_AS(co_await group.wait(), std::logic_error);
    CHECK(names_of(group.errors()) == std::vector<std::string>{"inside a call"});
  };
  deterministic_runtime rt{1};
  CHECK(rt.block_on(everything(rt.home())));
}

// ---- E5 and E6: the limit

TEST_CASE("never more functions run than the limit says, and each gets its turn", "[resilience][E5]") {
  auto const limit = GENERATE(1, 2, 5);
  int running = 0;
  int most = 0;
  std::vector<int> order;
  auto everything = [&](executor& home) -> task<void> {
    error_group group{home, {.limit = limit}};
    for (int i = 0; i < 20; ++i) {
      co_await group.go([&, i]() -> task<void> {
        most = std::max(most, ++running);
        (void)co_await sleep_for(always, (1 + i % 3) * 1ms);
        --running;
        order.push_back(i);
      });
      CHECK(group.running() <= limit);
    }
    CHECK(co_await group.wait());
  };
  deterministic_runtime rt{GENERATE(range(0, 16)), 3};
  CHECK(rt.block_on(everything(rt.home())));
  CHECK(most == limit);
  std::ranges::sort(order);
  CHECK(order.size() == 20);
  CHECK(std::ranges::adjacent_find(order) == order.end());
}

TEST_CASE("those who wait for a slot get it in turn, and try_go does not slip in between",
          "[resilience][E5]") {
  std::vector<int> order;
  deterministic_runtime rt{GENERATE(range(0, 16)), 3};
  error_group group{rt.home(), {.limit = 1}};
  auto goes = [&](int who) -> task<void> {
    co_await group.go([&, who]() -> task<void> {
      order.push_back(who);
      (void)co_await sleep_for(always, 1ms);
    });
  };
  for (int who = 0; who < 5; ++who) {
    rt.spawn(goes(who)).detach();
    settle(rt);
  }
  for (int step = 0; step < 40 && order.size() < 5; ++step) {
    (void)rt.step();
    if (order.size() < 5) CHECK_FALSE(group.try_go([&] { order.push_back(-1); }));
  }
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(order == std::vector{0, 1, 2, 3, 4});
}

TEST_CASE("try_go answers false at the limit and leaves the function alone", "[resilience][E5]") {
  deterministic_runtime rt{1};
  error_group group{rt.home(), {.limit = 2}};
  CHECK(group.try_go(sleep_on(always, 1ms)));
  CHECK(group.try_go(sleep_on(always, 1ms)));
  int ran = 0;
  auto work = [held = tracked{4}, &ran] { ran += static_cast<int>(held.value()); };
  CHECK_FALSE(group.try_go(std::move(work)));
  CHECK(tracked::alive == 1);
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(group.try_go(std::move(work)));
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(ran == 4);
  CHECK(tracked::alive == 0);
}

TEST_CASE("a limit of 0 admits none, one below 0 any number", "[resilience][E5]") {
  deterministic_runtime rt{1};
  error_group closed{rt.home(), {.limit = 0}};
  CHECK_FALSE(closed.try_go([] {}));
  std::optional<result<void>> how;
  rt.spawn([](error_group& group, context ctx, std::optional<result<void>>& said) -> task<void> {
      auto const patience = with_timeout(ctx, 1s);
      said = co_await group.go(patience.ctx(), [] {});
    }(closed, rt.background(), how)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(how->error() == errc::deadline_exceeded);
  CHECK(rt.now() == instant{1s});

  error_group open{rt.home(), {.limit = -7}};
  for (int i = 0; i < 1000; ++i) REQUIRE(open.try_go(sleep_on(always, 1ms)));
  CHECK(open.running() == 1000);
  CHECK(rt.run() == ended::all_tasks_done);
}

TEST_CASE("the limit cannot be changed while a function runs", "[resilience][E6]") {
  deterministic_runtime rt{1};
  error_group group{rt.home(), {.limit = 2}};
  REQUIRE(group.try_go(sleep_on(always, 1ms)));
  CHECK_THROWS_AS(group.limit(3), misuse);
  CHECK(group.limit() == 2);
  CHECK(rt.run() == ended::all_tasks_done);
  group.limit(1);
  CHECK(group.limit() == 1);
  CHECK(group.try_go(sleep_on(always, 1ms)));
  CHECK_FALSE(group.try_go([] {}));
  CHECK(rt.run() == ended::all_tasks_done);
}

TEST_CASE("a higher limit admits those who wait already", "[resilience][E5][E6]") {
  int ran = 0;
  deterministic_runtime rt{GENERATE(range(0, 8))};
  error_group group{rt.home(), {.limit = 0}};
  for (int i = 0; i < 3; ++i)
    rt.spawn([](error_group& in, int& count) -> task<void> {
        co_await in.go([&count]() -> task<void> {
          ++count;
          (void)co_await sleep_for(always, 1ms);
        });
      }(group, ran)).detach();
  CHECK(rt.run() == ended::deadlock);
  CHECK(ran == 0);
  group.limit(2);
  settle(rt);
  CHECK(ran == 2);
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(ran == 3);
}

// ---- E7 and E8: what wait leaves behind

TEST_CASE("the first error stays the answer of every later wait", "[resilience][E7]") {
  auto everything = [](executor& home, context ctx) -> task<void> {
    error_group group{home, ctx};
    co_await group.go(fail_after(1ms, "old"));
    for (int round = 0; round < 3; ++round) {
      auto const all = co_await group.wait();
      CHECK((!all && all.error().operation() == "old"));
      co_await group.go(fail_after(1ms, "new"));
    }
    CHECK_FALSE(co_await group.wait());
    CHECK(names_of(group.errors()) == std::vector<std::string>{"old", "new", "new", "new"});
  };
  deterministic_runtime rt{GENERATE(range(0, 8))};
  CHECK(rt.block_on(everything(rt.home(), rt.background())));
}

TEST_CASE("when wait has returned every slot is free", "[resilience][E8]") {
  auto everything = [](executor& home) -> task<int> {
    error_group group{home, {.limit = 3}};
    int refused = 0;
    for (int round = 0; round < 10; ++round) {
      for (int i = 0; i < 3; ++i)
        if (!group.try_go(sleep_on(always, i * 1ms))) ++refused;
      (void)co_await group.wait();
    }
    co_return refused;
  };
  deterministic_runtime rt{GENERATE(range(0, 16)), 3};
  CHECK(rt.block_on(everything(rt.home())) == 0);
}

// ---- E9: a group is waited for before it goes

#if !defined(__EMSCRIPTEN__)
TEST_CASE("destroying a group while its functions run ends the program and says why",
          "[resilience][E9]") {
  auto const heard = support::last_words_of([] {
    deterministic_runtime rt{1};
    error_group group{rt.home()};
    (void)group.try_go(sleep_on(always, 1ms));
    (void)group.try_go(sleep_on(always, 1ms));
  });
  CHECK(heard.aborted);
  INFO(heard.said);
  CHECK(heard.said.find("error_group") != std::string::npos);
  CHECK(heard.said.find("2 of its functions run") != std::string::npos);
}

TEST_CASE("a wait that gave up does not excuse who destroys the group", "[resilience][E9]") {
  auto const heard = support::last_words_of([] {
    deterministic_runtime rt{1};
    (void)rt.block_on([](executor& home, context ctx) -> task<void> {
      auto const patience = with_timeout(ctx, 1ms);
      error_group group{home, ctx};
      co_await group.go(sleep_on(always, 5ms));
      (void)co_await group.wait(patience.ctx());
    }(rt.home(), rt.background()));
  });
  CHECK(heard.aborted);
  INFO(heard.said);
  CHECK(heard.said.find("1 of its functions run") != std::string::npos);
}
#endif

TEST_CASE("a group whose functions have ended goes without a wait", "[resilience][E9]") {
  deterministic_runtime rt{1};
  error_group group{rt.home(), rt.background()};
  REQUIRE(group.try_go(sleep_on(always, 1ms)));
  CHECK(rt.run() == ended::all_tasks_done);
}

// ---- giving up, and being given up

TEST_CASE("with a context that has ended nothing is started and nothing waited for",
          "[resilience][X16]") {
  auto everything = [](executor& home, context ctx) -> task<void> {
    auto scope = with_cancel(ctx);
    scope.cancel();
    error_group group{home, ctx};
    auto const started = co_await group.go(scope.ctx(), [] {});
    CHECK((!started && started.error() == errc::cancelled));
    CHECK(group.running() == 0);
    auto const all = co_await group.wait(scope.ctx());
    CHECK((!all && all.error() == errc::cancelled));
    CHECK_FALSE(group.ctx().done());  // it had no effect
    CHECK(co_await group.wait());
  };
  deterministic_runtime rt{GENERATE(range(0, 4))};
  CHECK(rt.block_on(everything(rt.home(), rt.background())));
}

TEST_CASE("a wait gives up with its context, says how many run, and the functions go on",
          "[resilience][X16][C19]") {
  auto everything = [](executor& home, context ctx) -> task<void> {
    error_group group{home, ctx};
    co_await group.go(sleep_on(group.ctx(), 10ms));
    co_await group.go(sleep_on(group.ctx(), 10ms));
    auto const patience = with_timeout(ctx, 1ms);
    auto const early = co_await group.wait(patience.ctx());
    CHECK((!early && early.error() == errc::deadline_exceeded));
    CHECK(early.error().operation().find("2 functions still running") != std::string_view::npos);
    CHECK(home.now() == instant{1ms});
    CHECK(co_await group.wait());
    CHECK(home.now() == instant{10ms});
  };
  deterministic_runtime rt{GENERATE(range(0, 8))};
  CHECK(rt.block_on(everything(rt.home(), rt.background())));
}

TEST_CASE("one who gives up waiting for a slot leaves the queue as it was", "[resilience][X16][C19]") {
  auto const victim = GENERATE(range(1, 4));
  std::vector<int> order;
  deterministic_runtime rt{GENERATE(range(0, 8))};
  error_group group{rt.home(), {.limit = 1}};
  auto scope = with_cancel(rt.background());
  auto goes = [&](context ctx, int who) -> task<void> {
    auto const started = co_await group.go(ctx, [&, who]() -> task<void> {
      order.push_back(who);
      (void)co_await sleep_for(always, 1ms);
    });
    if (!started) order.push_back(-who);
  };
  for (int who = 0; who < 4; ++who) {
    rt.spawn(goes(who == victim ? scope.ctx() : always, who)).detach();
    settle(rt);
  }
  scope.cancel();
  CHECK(rt.run() == ended::all_tasks_done);
  std::vector<int> expected{0, -victim};
  for (int who = 1; who < 4; ++who)
    if (who != victim) expected.push_back(who);
  CHECK(order == expected);
}

TEST_CASE("the first error also ends those who wait for a slot with the group's context",
          "[resilience][E2][E5]") {
  int refused = 0;
  auto everything = [&](executor& home, context ctx) -> task<void> {
    error_group group{home, ctx, {.limit = 2}};
    for (int i = 0; i < 10; ++i) {
      if (!co_await group.go(group.ctx(), fail_after(1ms, std::to_string(i)))) ++refused;
    }
    auto const all = co_await group.wait();
    CHECK(!all);
  };
  deterministic_runtime rt{GENERATE(range(0, 16)), 3};
  CHECK(rt.block_on(everything(rt.home(), rt.background())));
  CHECK(refused == 8);
}

TEST_CASE("destroying a task that waits for a slot takes it out of the queue",
          "[resilience][C19][G2]") {
  auto const seed = GENERATE(range(0, 4));
  deterministic_runtime other{seed};
  error_group group{other.home(), {.limit = 1}};
  REQUIRE(group.try_go(sleep_on(always, 1ms)));
  {
    deterministic_runtime rt{seed};
    rt.spawn([](error_group& in) -> task<void> {
        tracked const guard{1};
        co_await in.go([held = tracked{2}] {});
      }(group)).detach();
    CHECK(rt.run() == ended::deadlock);
    CHECK(tracked::alive == 2);
  }
  CHECK(tracked::alive == 0);
  CHECK(other.run() == ended::all_tasks_done);
  CHECK(group.running() == 0);
  CHECK(group.try_go([] {}));
  CHECK(other.run() == ended::all_tasks_done);
}

TEST_CASE("a slot handed to a task that is being destroyed goes back", "[resilience][C19][G2]") {
  std::optional<error_group> group;
  {
    deterministic_runtime rt{1};
    group.emplace(rt.home(), error_group_options{.limit = 2});
    for (int i = 0; i < 9; ++i) {
      rt.spawn([](error_group& in) -> task<void> {
          tracked const guard{1};
          co_await in.go([held = tracked{2}]() -> task<void> {
            (void)co_await sleep_for(always, never.time_since_epoch());
          });
        }(*group)).detach();
      settle(rt);
    }
    CHECK(group->running() == 2);
  }
  CHECK(tracked::alive == 0);  // as they were unwound, each slot went to a waiter, and back
  CHECK(group->running() == 0);
  CHECK(group->errors().size() == 2);
}

TEST_CASE("destroying a task that waits for a group takes it out of the queue",
          "[resilience][C19][G2]") {
  deterministic_runtime other{1};
  error_group group{other.home(), other.background()};
  REQUIRE(group.try_go(sleep_on(always, 1ms)));
  {
    deterministic_runtime rt{1};
    rt.spawn([](error_group& in) -> task<void> {
        tracked const guard{1};
        (void)co_await in.wait();
      }(group)).detach();
    CHECK(rt.run() == ended::deadlock);
  }
  CHECK(tracked::alive == 0);
  CHECK(other.run() == ended::all_tasks_done);
  CHECK_FALSE(group.ctx().done());  // a wait that never returned has ended nothing
}

TEST_CASE("a task that is unwound in the middle of its wait takes its group along without harm",
          "[resilience][E9][G2][G4]") {
  auto const in_go = GENERATE(false, true);
  auto sleeps = [](tracked) -> task<void> {
    tracked const guard{1};
    (void)co_await sleep_for(always, never.time_since_epoch());
  };
  auto owns = [&](executor& home) -> task<void> {
    tracked const guard{2};
    error_group group{home, always, {.limit = 2}};
    co_await group.go(sleeps(tracked{3}));
    co_await group.go(sleeps(tracked{4}));
    if (in_go) co_await group.go([] {});
    (void)co_await group.wait();
  };
  SECTION("because nothing can go on") {
    deterministic_runtime rt{GENERATE(range(0, 4))};
    auto const how = rt.block_on(owns(rt.home()));
    REQUIRE_FALSE(how);
    CHECK(how.error() == errc::deadlock);
    CHECK(how.error().message().find(in_go ? "a slot of an error group" : "an error group") !=
          std::string::npos);
    CHECK(tracked::alive == 4);  // the functions stay behind, with what is theirs
  }
  SECTION("because its runtime goes") {
    deterministic_runtime rt{GENERATE(range(0, 4))};
    rt.spawn(owns(rt.home())).detach();
    CHECK(rt.run() == ended::deadlock);
  }
  CHECK(tracked::alive == 0);
}

TEST_CASE("a function that is unwound with its runtime counts as cancelled", "[resilience][G2][E1]") {
  auto const has_begun = GENERATE(true, false);
  std::optional<error_group> group;
  {
    deterministic_runtime rt{1};
    group.emplace(rt.home(), context::background());
    REQUIRE(group->try_go([held = tracked{1}]() -> task<void> {
      (void)co_await sleep_for(always, never.time_since_epoch());
    }));
    if (has_begun) settle(rt);
    CHECK(group->running() == 1);
  }
  CHECK(tracked::alive == 0);
  CHECK(group->running() == 0);
  REQUIRE(group->errors().size() == 1);
  CHECK(group->errors().front() == errc::cancelled);
  CHECK(group->ctx().done());
}

TEST_CASE("what a runtime refuses was not started and leaves no error", "[resilience][G9]") {
  bool refused = false;
  std::optional<error_group> group;
  struct last_try {
    std::optional<error_group>& in;
    bool& said;
    ~last_try() {
      try {
        (void)in->try_go([] {});
      } catch (misuse const&) {
        said = true;
      }
    }
  };
  {
    deterministic_runtime rt{1};
    group.emplace(rt.home(), context::background());
    rt.spawn([](last_try) -> task<void> {
        (void)co_await sleep_for(always, never.time_since_epoch());
      }(last_try{group, refused})).detach();
    settle(rt);
    refused = false;
  }
  CHECK(refused);
  CHECK(group->running() == 0);
  CHECK(group->errors().empty());
}
