#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/runtime/runtime.hpp>
#include <sluice/task/frame_pool.hpp>
#include <sluice/task/spawn.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/sleep.hpp>
#include <tests/support/small_stack.hpp>
#include <tests/support/tracked.hpp>
#include <tests/support/workers.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using Catch::Generators::range;
using support::tracked;
using testing::deterministic_runtime;

namespace {

task<int> answer() { co_return 42; }

task<int> thrown(char const* what) {
  throw std::runtime_error(what);
  co_return 0;
}

task<int> sum_below(int depth) {
  if (depth == 0) co_return 0;
  co_return depth + co_await sum_below(depth - 1);
}

task<void> note(std::vector<int>& log, int what) {
  log.push_back(what);
  co_return;
}

}  // namespace

TEST_CASE("a task does nothing until it is awaited", "[task][G1]") {
  auto const frames = count_frames().alive();
  std::vector<int> log;
  { auto const never_run = note(log, 1); }
  CHECK(log.empty());
  CHECK(count_frames().alive() == frames);
}

TEST_CASE("a task's value, move-only or not, reaches whoever awaits it", "[task][G1]") {
  deterministic_runtime rt{1};
  CHECK(rt.block_on(answer()) == 42);
  auto const text = rt.block_on([]() -> task<std::unique_ptr<std::string>> {
    co_return std::make_unique<std::string>("moved");
  }());
  REQUIRE(text);
  CHECK(**text == "moved");
}

TEST_CASE("an exception arrives where the task is awaited, and nowhere else", "[task][G1]") {
  deterministic_runtime rt{1};
  CHECK_THROWS_AS(rt.block_on(thrown("out of block_on")), std::runtime_error);
  auto const caught = rt.block_on([]() -> task<std::string> {
    try {
      (void)co_await thrown("inside");
    } catch (std::runtime_error const& what) {
      co_return what.what();
    }
    co_return "";
  }());
  CHECK(caught == "inside");
}

TEST_CASE("a chain of a million awaited tasks runs in constant stack", "[task][G7]") {
#if defined(__EMSCRIPTEN__) || defined(__SANITIZE_ADDRESS__)
  constexpr std::int64_t depth = 20'000;
#else
  constexpr std::int64_t depth = 1'000'000;
#endif
  deterministic_runtime rt{1};
  // One after another: each ends, and its awaiter goes on, without growing the stack.
  auto const total = rt.block_on([](std::int64_t times) -> task<std::int64_t> {
    std::int64_t sum = 0;
    for (std::int64_t n = 0; n < times; ++n) sum += co_await answer();
    co_return sum;
  }(depth));
  CHECK(total == 42 * depth);
}

TEST_CASE("tasks may await tasks to any depth", "[task][G7]") {
  deterministic_runtime rt{1};
  CHECK(rt.block_on(sum_below(10'000)) == 50'005'000);
}

namespace {

/// Notes when it goes.
struct last_words {
  last_words(std::vector<int>& into, int what) noexcept : log(into), me(what) {}
  last_words(last_words const&) = delete;
  auto operator=(last_words const&) -> last_words& = delete;
  ~last_words() { log.push_back(me); }
  std::vector<int>& log;
  int me;
};

/// Waits for ever, so many coroutines deep.
task<int> wait_below(context ctx, int depth) {
  if (depth > 0) co_return co_await wait_below(std::move(ctx), depth - 1) + 1;
  (void)co_await sleep_for(ctx, duration::max());
  co_return 0;
}

}  // namespace

TEST_CASE("a chain of a million awaited tasks is unwound in constant stack, and given up in constant stack",
          "[task][threads][G7][G2]") {
#if defined(__EMSCRIPTEN__)
  constexpr int depth = 10'000;
#else
  constexpr int depth = 1'000'000;
#endif
  auto const heeds_the_end = GENERATE(false, true);
  auto const frames = count_frames().alive();
  support::on_a_small_stack([&] {
    deterministic_runtime rt{1};
    rt.spawn(wait_below(heeds_the_end ? rt.background() : context::background(), depth)).detach();
    for (int steps = 0; steps < 3; ++steps) (void)rt.step();
  });
  CHECK(count_frames().alive() == frames);
}

TEST_CASE("a task is unwound from its innermost coroutine outwards, and each from its last object to its first",
          "[task][G2]") {
  std::vector<int> log;
  auto inner = [&]() -> task<void> {
    last_words const fifth{log, 5};
    last_words const sixth{log, 6};
    (void)co_await sleep_for(context::background(), duration::max());
  };
  auto middle = [&](last_words const& of_the_outer) -> task<int> {
    last_words const third{log, 3};
    auto started = inner();
    last_words const fourth{log, 4};
    co_await std::move(started);
    co_return of_the_outer.me;
  };
  auto outer = [&]() -> task<void> {
    co_await note(log, 0);  // one that it awaited before
    last_words const first{log, 1};
    last_words const second{log, 2};
    (void)co_await middle(first);
  };
  {
    deterministic_runtime rt{1};
    rt.spawn(outer()).detach();
    (void)rt.run_until(rt.now());
  }
  CHECK(log == std::vector{0, 6, 5, 4, 3, 2, 1});
}

TEST_CASE("what is destroyed while a task is unwound may start tasks and wake others", "[task][G2]") {
  auto const frames = count_frames().alive();
  int refused = 0;
  {
    deterministic_runtime rt{1};
    struct spawns {
      executor& home;
      int& count;
      ~spawns() {
        try {
          std::vector<int> log;
          spawn(home, note(log, 1)).detach();
        } catch (misuse const&) {  // the runtime is going
          ++count;
        }
      }
    };
    auto below = [](executor& home, int& count, int depth, auto& again) -> task<void> {
      spawns const at_end{home, count};
      if (depth > 0) co_await again(home, count, depth - 1, again);
      (void)co_await sleep_for(context::background(), duration::max());
    };
    rt.spawn(below(rt.home(), refused, 9, below)).detach();
    (void)rt.run_until(rt.now());
  }
  CHECK(refused == 10);
  CHECK(count_frames().alive() == frames);
}

TEST_CASE("a frame goes at the end of its await, though its task was named", "[task]") {
  deterministic_runtime rt{1};
  std::vector<int> log;
  auto holds = [&](std::unique_ptr<last_words>) -> task<int> { co_return 1; };
  auto const got = rt.block_on([&]() -> task<int> {
    auto named = holds(std::make_unique<last_words>(log, 7));
    auto const one = co_await std::move(named);
    log.push_back(8);
    co_return one;
  }());
  CHECK(got == 1);
  CHECK(log == std::vector{7, 8});
}

TEST_CASE("awaiting a task that was moved from is misuse", "[task]") {
  deterministic_runtime rt{1};
  auto const caught = rt.block_on([]() -> task<bool> {
    auto first = answer();
    auto second = std::move(first);
    bool refused = false;
    try {
      (void)co_await std::move(first);
    } catch (misuse const&) {
      refused = true;
    }
    co_return refused && co_await std::move(second) == 42;
  }());
  CHECK(caught == true);
}

TEST_CASE("awaiting a task twice is misuse", "[task]") {
  deterministic_runtime rt{1};
  auto const caught = rt.block_on([]() -> task<bool> {
    auto once = answer();
    (void)co_await std::move(once);
    try {
      (void)co_await std::move(once);
    } catch (misuse const&) {
      co_return true;
    }
    co_return false;
  }());
  CHECK(caught == true);
}

TEST_CASE("a spawned task's value and exception are taken by the join", "[task][G1]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u)), 2};
  auto const joined = rt.block_on([](executor& home) -> task<std::string> {
    auto good = spawn(home, answer());
    auto bad = spawn(home, thrown("from a task"));
    std::string text = std::to_string(co_await std::move(good));
    try {
      (void)co_await std::move(bad);
    } catch (std::runtime_error const& what) {
      text += std::string(" ") + what.what();
    }
    co_return text;
  }(rt.home()));
  CHECK(joined == "42 from a task");
  CHECK(rt.reports().empty());
}

TEST_CASE("joining twice, after a detach or a move is misuse", "[task]") {
  deterministic_runtime rt{1};
  auto handle = rt.spawn(answer());
  CHECK(handle.joinable());
  auto moved = std::move(handle);
  CHECK_THROWS_AS(std::move(handle).join_blocking(), misuse);
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(moved.done());
  CHECK(std::move(moved).join_blocking() == 42);
  CHECK_FALSE(moved.joinable());
  CHECK_THROWS_AS(std::move(moved).join_blocking(), misuse);
}

TEST_CASE("a task whose handle was dropped runs to its end all the same", "[task][G1]") {
  auto const frames = count_frames().alive();
  std::vector<int> log;
  {
    deterministic_runtime rt{GENERATE(range(0u, 8u))};
    rt.spawn(note(log, 1)).detach();
    { auto const dropped = rt.spawn(note(log, 2)); }
    CHECK(rt.run() == ended::all_tasks_done);
  }
  CHECK(log.size() == 2);
  CHECK(count_frames().alive() == frames);
}

TEST_CASE("an exception that nobody joins is reported, with the place of the spawn", "[task][G1]") {
  deterministic_runtime rt{1};
  rt.spawn(thrown("unheard")).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  REQUIRE(rt.reports().size() == 1);
  CHECK(rt.reports()[0].find("unheard") != std::string::npos);
  CHECK(rt.reports()[0].find("task_test.cpp") != std::string::npos);
}

TEST_CASE("destroying a suspended task unwinds it", "[task][G2]") {
  auto const frames = count_frames().alive();
  auto const values = tracked::alive.load();
  {
    deterministic_runtime rt{1};
    auto waiting = rt.spawn([](context ctx) -> task<void> {
      tracked held(1);
      (void)co_await sleep_for(ctx, duration::max());
      (void)co_await sleep_for(context::background(), duration::max());  // does not heed the end
    }(rt.background()));
    (void)rt.run();
    CHECK(tracked::alive == values + 1);
    waiting.detach();
  }
  CHECK(tracked::alive == values);
  CHECK(count_frames().alive() == frames);
}

TEST_CASE("each coroutine knows its own task, however deep it stands in it", "[task]") {
  deterministic_runtime rt{1};
  auto const same = rt.block_on([](executor& home) -> task<bool> {
    auto const below = []() -> task<task_control*> { co_return &co_await this_task(); };
    auto const mine = &co_await this_task();
    auto const inner = co_await below();
    auto const other = co_await spawn(home, below());
    co_return mine == inner && mine != other;
  }(rt.home()));
  CHECK(same == true);
}

TEST_CASE("yield lets the others go first", "[task]") {
  deterministic_runtime rt{simulation{.strategy = schedule_strategy::round_robin}};
  std::vector<int> log;
  for (int who : {1, 2, 3}) {
    rt.spawn([](std::vector<int>& into, int me) -> task<void> {
        for (int round = 0; round < 2; ++round) {
          into.push_back(me);
          co_await yield();
        }
      }(log, who)).detach();
  }
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector{1, 2, 3, 1, 2, 3});
}

TEST_CASE("what a task wrote is seen by the thread that joins it", "[task][threads][G1]") {
  runtime rt{runtime_options{.workers = support::workers(2)}};
  for (int round = 0; round < 100; ++round) {
    int written = 0;  // plain
    auto handle = rt.spawn([](int& to, int value) -> task<void> {
      to = value;
      co_return;
    }(written, round));
    std::move(handle).join_blocking();
    REQUIRE(written == round);
  }
}

TEST_CASE("ten thousand tasks are spawned and joined without one left", "[task][threads][G3]") {
  auto const frames = count_frames().alive();
  {
    runtime rt{runtime_options{.workers = support::workers(3)}};
    auto const total = rt.block_on([](executor& home) -> task<std::int64_t> {
      std::int64_t sum = 0;
      for (int batch = 0; batch < 100; ++batch) {
        std::vector<join_handle<int>> all;
        for (int n = 0; n < 100; ++n) all.push_back(spawn(home, answer()));
        for (auto& one : all) sum += co_await std::move(one);
      }
      co_return sum;
    }(rt.home()));
    CHECK(total == 42 * 10'000);
    CHECK(rt.live_count() == 0);
  }
  CHECK(count_frames().alive() == frames);
}
