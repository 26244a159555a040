// The runtime on real threads: nothing is lost, nobody starves, the end is orderly.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/channel/channel.hpp>
#include <sluice/runtime/runtime.hpp>
#include <sluice/sync/event.hpp>
#include <sluice/sync/mutex.hpp>
#include <sluice/sync/wait_group.hpp>
#include <sluice/task/blocking.hpp>
#include <sluice/time/sleep.hpp>
#include <tests/support/thread_crew.hpp>
#include <tests/support/tracked.hpp>
#include <tests/support/workers.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using support::tracked;

namespace {

auto const always = context::background();

/// Collects reports, from whichever thread.
struct report_book {
  auto sink() -> report_sink {
    return [this](std::string_view what) {
      std::lock_guard const hold{lock};
      lines.emplace_back(what);
    };
  }
  std::mutex lock;
  std::vector<std::string> lines;
};

}  // namespace

TEST_CASE("every spawned task runs once, whoever spawns it", "[runtime][G1][threads]") {
  constexpr int each = 500;
  std::vector<std::atomic<int>> runs(3 * each);
  auto body = [&](int at) -> task<void> {
    ++runs[static_cast<std::size_t>(at)];
    co_return;
  };
  runtime rt{{.workers = GENERATE(from_range(support::each_number_of_workers()))}};
  auto spawns = [&](int who) -> task<void> {
    wait_group crew;
    for (int i = 0; i < each; ++i) crew.go(rt.home(), body(who * each + i));
    (void)co_await crew.wait(always);
  };
  std::vector<std::thread> outside;
  for (int who = 0; who < 2; ++who)
    outside.emplace_back([&, who] { (void)rt.block_on(spawns(who)); });
  auto inside = rt.spawn(spawns(2));
  for (auto& thread : outside) thread.join();
  std::move(inside).join_blocking();
  CHECK(std::all_of(runs.begin(), runs.end(), [](auto const& count) { return count == 1; }));
  // Whoever has told its wait group that it is done may still be on its way out.
  for (int tries = 0; rt.live_count() != 0 && tries < 5000; ++tries)
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  CHECK(rt.live_count() == 0);
}

TEST_CASE("a task that ends while its handle lets go is freed once, by whoever comes last", "[runtime][G3][threads]") {
  auto const frames = count_frames().alive();
  {
    runtime rt{runtime_options{.workers = 3, .report = {}}};
    auto const nothing = []() -> task<void> { co_return; };
    auto const spawner = [&]() -> task<void> {
      for (int i = 0; i < 5000; ++i) {
        auto handle = rt.spawn(nothing());
        if (i % 3 == 0) co_await std::move(handle);
        if (i % 3 == 1) handle.detach();
      }
    };
    std::vector<join_handle<void>> all;
    for (int i = 0; i < 6; ++i) all.push_back(rt.spawn(spawner()));
    for (auto& each : all) std::move(each).join_blocking();
    for (int left = 10'000; rt.live_count() != 0 && left > 0; --left) std::this_thread::sleep_for(1ms);
    CHECK(rt.live_count() == 0);
  }
  CHECK(count_frames().alive() == frames);
}

TEST_CASE("every task has a number of its own, wherever it was spawned", "[runtime][threads]") {
  runtime rt{runtime_options{.workers = 3, .report = {}}};
  std::mutex lock;
  std::vector<std::uint32_t> ids;
  auto const noting = [&]() -> task<void> {
    auto const id = (co_await this_task()).id();
    std::lock_guard const hold{lock};
    ids.push_back(id);
  };
  auto const spawner = [&]() -> task<void> {
    std::vector<join_handle<void>> mine;
    for (int i = 0; i < 1000; ++i) mine.push_back(rt.spawn(noting()));
    for (auto& each : mine) co_await std::move(each);
  };
  std::vector<join_handle<void>> all;
  for (int i = 0; i < 6; ++i) all.push_back(rt.spawn(spawner()));
  for (auto& each : all) std::move(each).join_blocking();
  std::ranges::sort(ids);
  REQUIRE(ids.size() == 6000);
  CHECK(std::ranges::adjacent_find(ids) == ids.end());
  CHECK(ids.front() > 0);
}

TEST_CASE("no wake-up is lost between tasks that take turns", "[runtime][G6][threads]") {
  constexpr int turns = 3000;
  channel<int> there{0};
  channel<int> back{0};
  auto echo = [&]() -> task<void> {
    while (auto value = co_await there.recv(always)) (void)co_await back.send(always, *value + 1);
  };
  auto drive = [&]() -> task<int> {
    int value = 0;
    for (int i = 0; i < turns; ++i) {
      (void)co_await there.send(always, value);
      value = *co_await back.recv(always);
    }
    there.close();
    co_return value;
  };
  runtime rt{{.workers = GENERATE(from_range(support::each_number_of_workers()))}};
  auto echoing = rt.spawn(echo());
  CHECK(rt.block_on(drive()) == turns);
  std::move(echoing).join_blocking();
}

TEST_CASE("no wake-up from outside is lost on workers that fall asleep", "[runtime][G6][threads]") {
  channel<int> ch{0};
  auto sum_up = [&]() -> task<int> {
    int sum = 0;
    while (auto value = co_await ch.recv(always)) sum += *value;
    co_return sum;
  };
  runtime rt{{.workers = GENERATE(from_range(support::each_number_of_workers()))}};
  auto summing = rt.spawn(sum_up());
  for (int i = 0; i < 200; ++i) {
    if (i % 8 == 0) std::this_thread::sleep_for(50us);  // long enough to fall asleep
    REQUIRE(ch.send_blocking(always, 1));
  }
  ch.close();
  CHECK(std::move(summing).join_blocking() == 200);
}

TEST_CASE("a deadlock is reported on threads, every time", "[runtime][G4][threads]") {
  channel<int> ch{0};
  auto waits = [&]() -> task<void> { (void)co_await ch.recv(always); };
  runtime rt{{.workers = GENERATE(from_range(support::each_number_of_workers()))}};
  for (int round = 0; round < 30; ++round) {
    auto const how = rt.block_on(waits());
    REQUIRE_FALSE(how);
    CHECK(how.error().code() == errc::deadlock);
    CHECK(how.error().message().find("a value from a channel") != std::string::npos);
  }
  CHECK(rt.live_count() == 0);
  CHECK(ch.try_send(1).error().code() == errc::would_block);
}

TEST_CASE("of two callers whose tasks wait for each other one is told, and the other gets what that one held",
          "[runtime][G4][threads]") {
  runtime rt{{.workers = GENERATE(from_range(support::each_number_of_workers()))}};
  for (int round = 0; round < 30; ++round) {
    std::array<mutex, 2> locks;
    std::atomic<int> holding{0};
    auto wants_both = [&](unsigned who) -> task<void> {
      auto const mine = co_await locks[who].lock(always);
      for (++holding; holding < 2;) co_await yield();
      auto const other = co_await locks[1 - who].lock(always);
    };
    std::array<bool, 2> done{};
    support::run_together(2, [&](unsigned who) { done[who] = rt.block_on(wants_both(who)).has_value(); });
    REQUIRE(done[0] != done[1]);
  }
  CHECK(rt.live_count() == 0);
}

TEST_CASE("a task that a deadlock unwinds does not run again, whatever its own destructors end",
          "[runtime][G2][G4][threads]") {
  runtime rt{{.workers = GENERATE(from_range(support::each_number_of_workers()))}};
  channel<int> null;
  auto waits = [&](context ctx) -> task<void> { (void)co_await null.recv(ctx); };
  // Parameters go in reverse: the context ends while the task still waits under it.
  auto outer = [](task<void> inner, cancel_scope) -> task<void> { co_await std::move(inner); };
  for (int round = 0; round < 100; ++round) {
    auto scope = with_cancel(rt.background());
    event other_may_go;
    auto const ctx = scope.ctx();
    auto other = rt.spawn([](context of_outer, event& woken) -> task<void> {
      (void)co_await of_outer.ended();
      woken.set();
    }(ctx, other_may_go));
    CHECK(rt.block_on(outer(waits(ctx), std::move(scope))).error().code() == errc::deadlock);
    std::move(other).join_blocking();
    CHECK(other_may_go.is_set());
  }
  CHECK(rt.live_count() == 0);
}

TEST_CASE("while a thread keeps the runtime alive, waiting for it is no deadlock",
          "[runtime][G4][threads]") {
  channel<int> ch{0};
  auto waits = [&]() -> task<int> { co_return (co_await ch.recv(always)).value_or(-1); };
  runtime rt{{.workers = GENERATE(from_range(support::each_number_of_workers()))}};
  std::optional<runtime::keep_alive> guard;
  guard.emplace(rt);
  std::thread late{[&] {
    std::this_thread::sleep_for(5ms);
    (void)ch.send_blocking(always, 4);
    guard.reset();
  }};
  CHECK(rt.block_on(waits()) == 4);
  late.join();

  guard.emplace(rt);  // the last one to leave without having woken anybody leaves a deadlock
  std::thread leaves{[&] {
    std::this_thread::sleep_for(2ms);
    guard.reset();
  }};
  auto const how = rt.block_on(waits());
  REQUIRE_FALSE(how);
  CHECK(how.error().code() == errc::deadlock);
  leaves.join();
}

TEST_CASE("tasks that keep each other running starve neither timers nor newcomers",
          "[runtime][G5][T12][threads]") {
  auto const with_yield = GENERATE(true, false);
  channel<int> there{0};
  channel<int> back{0};
  std::atomic<bool> over{false};
  auto spins = [&]() -> task<void> {
    while (!over) co_await yield();
  };
  auto serves = [&]() -> task<void> {
    while (!over) (void)co_await there.send(always, 1), (void)co_await back.recv(always);
    there.close();
  };
  auto returns = [&]() -> task<void> {
    while (co_await there.recv(always)) (void)co_await back.send(always, 1);
  };
  auto sleeps = [&](context ctx) -> task<void> {
    (void)co_await sleep_for(ctx, 2ms);
    over = true;
  };
  runtime rt{{.workers = 1}};
  std::vector<join_handle<void>> busy;
  if (with_yield) {
    for (int i = 0; i < 2; ++i) busy.push_back(rt.spawn(spins()));
  } else {
    busy.push_back(rt.spawn(serves()));
    busy.push_back(rt.spawn(returns()));
  }
  CHECK(rt.block_on(sleeps(rt.background())));
  for (auto& each : busy) std::move(each).join_blocking();
}

TEST_CASE("timers fire on sleeping workers, and never before their time", "[runtime][T2][T3][threads]") {
  auto sleeper = [](context ctx, duration span) -> task<bool> {
    auto const before = monotonic_ns();
    auto const slept = co_await sleep_for(ctx, span);
    co_return slept && monotonic_ns() - before >= span.count();
  };
  runtime rt{{.workers = GENERATE(from_range(support::each_number_of_workers()))}};
  std::vector<join_handle<bool>> all;
  for (int const span : {5, 3, 1, 4, 2, 1}) all.push_back(rt.spawn(sleeper(rt.background(), span * 2ms)));
  for (auto& each : all) CHECK(std::move(each).join_blocking());
  CHECK(rt.block_on(sleeper(rt.background(), 1ms)) == true);  // with nobody awake before it
}

TEST_CASE("tasks left behind on threads are named and unwound", "[runtime][G2][G3][threads]") {
  report_book book;
  mutex first;
  mutex second;
  event all_held;
  channel<int> null;
  auto holds = [&](mutex& held) -> task<void> {
    tracked const guard{1};
    auto const mine = co_await held.lock(always);
    (void)co_await null.recv(always);
  };
  auto wants = [&](mutex& held) -> task<void> {
    tracked const guard{2};
    (void)co_await all_held.wait(always);
    auto const mine = co_await held.lock(always);
  };
  {
    runtime rt{{.workers = 1, .report = book.sink()}};
    // Unwinding a holder wakes who waits for its lock, which is older and unwound in its turn, twice over.
    for (auto* each : {&first, &second}) {
      rt.spawn(wants(*each)).detach();
      rt.spawn(holds(*each)).detach();
    }
    auto const two_wait_for = [&](std::string_view what) {
      while (std::ranges::count(rt.live_tasks(), what, &live_task::waiting_for) != 2) std::this_thread::sleep_for(1ms);
    };
    two_wait_for("a null channel");
    all_held.set();
    two_wait_for("a mutex");
  }
  CHECK(tracked::alive == 0);
  REQUIRE(book.lines.size() == 1);
  CHECK(book.lines[0].find("4 live tasks") != std::string::npos);
  CHECK(book.lines[0].find("a null channel") != std::string::npos);
  CHECK(first.try_lock());
  CHECK(second.try_lock());
}

TEST_CASE("a runtime ends at once when its tasks heed their context", "[runtime][G3][threads]") {
  report_book book;
  std::atomic<int> ended_by_context{0};
  auto waits = [&](context ctx) -> task<void> {
    if (!co_await sleep_for(ctx, 1h)) ++ended_by_context;
  };
  auto const before = monotonic_ns();
  {
    runtime rt{{.workers = support::workers(2), .report = book.sink()}};
    for (int i = 0; i < 20; ++i) rt.spawn(waits(rt.background())).detach();
  }
  CHECK(ended_by_context == 20);
  CHECK(book.lines.empty());
  CHECK(monotonic_ns() - before < 900'000'000);  // less than it would grant to the stubborn
}

TEST_CASE("an exception that nobody joins is reported on threads too", "[runtime][G1][threads]") {
  report_book book;
  auto throws = []() -> task<void> {
    co_await yield();
    throw std::runtime_error("lost");
  };
  {
    runtime rt{{.workers = support::workers(2), .report = book.sink()}};
    for (int i = 0; i < 5; ++i) rt.spawn(throws()).detach();
    while (rt.live_count() != 0) std::this_thread::yield();
  }
  REQUIRE(book.lines.size() == 5);
  CHECK(book.lines[0].find("lost") != std::string::npos);
}

TEST_CASE("block_on on a worker is misuse, and a runtime with too many workers too", "[runtime][G8][threads]") {
  runtime rt{{.workers = 1}};
  auto nested = [&]() -> task<void> {
    (void)rt.block_on([]() -> task<void> { co_return; }());
    co_return;
  };
  CHECK_THROWS_AS(rt.block_on(nested()), misuse);
  CHECK_THROWS_AS(runtime({.workers = 1025}), misuse);
  CHECK(rt.workers() == 1);
  CHECK(rt.simulated() == nullptr);
  CHECK(runtime().workers() >= 1);
}

TEST_CASE("a task has a higher number than the one that spawned it, on whatever worker", "[runtime][threads][G4]") {
  auto const nothing = []() -> task<void> { co_return; };
  auto const parent = [nothing](std::atomic<int>& wrong) -> task<void> {
    auto& me = co_await this_task();
    auto child = spawn(me.home(), nothing());
    if (child.id() <= me.id()) ++wrong;
    co_await std::move(child);
  };
  runtime rt{runtime_options{.workers = 2}};
  std::atomic<int> wrong{0};
  auto const many = [&]() -> task<void> {
    for (int i = 0; i < 3000; ++i) co_await rt.spawn(parent(wrong));
  };
  REQUIRE(rt.block_on(many()));
  for (int i = 0; i < 300; ++i) std::move(rt.spawn(parent(wrong))).join_blocking();
  CHECK(wrong == 0);
}

TEST_CASE("a task that is spawned inside a blocking call has a higher number than the one that waits for the call",
          "[runtime][threads]") {
  auto nothing = []() -> task<void> { co_return; };
  runtime rt{{.workers = 2}};
  auto spawn_many = [&](int count) -> task<void> {
    for (int i = 0; i < count; ++i) co_await rt.spawn(nothing());
  };
  auto spawn_in_call = [&]() -> task<std::uint32_t> {
    std::optional<join_handle<void>> child;
    co_await blocking([&] { child.emplace(rt.spawn(nothing())); });
    auto const number = child->id();
    co_await std::move(*child);
    co_return number;
  };
  REQUIRE(rt.block_on(spawn_many(2'000)));  // from here on numbers are dealt out by the hundred
  REQUIRE(rt.block_on(spawn_in_call()));    // the thread of the call has some left
  REQUIRE(rt.block_on(spawn_many(2'000)));
  auto parent = rt.spawn(spawn_in_call());
  auto const number = parent.id();
  CHECK(std::move(parent).join_blocking() > number);
}
