// Every wait of this room, cancelled and abandoned: nothing stays behind, and the next gets through.
#include <atomic>
#include <concepts>
#include <functional>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/sync/barrier.hpp>
#include <sluice/sync/condition_variable.hpp>
#include <sluice/sync/event.hpp>
#include <sluice/sync/lazy.hpp>
#include <sluice/sync/lock_all.hpp>
#include <sluice/sync/mutex.hpp>
#include <sluice/sync/once.hpp>
#include <sluice/sync/semaphore.hpp>
#include <sluice/sync/shared_mutex.hpp>
#include <sluice/sync/single_flight.hpp>
#include <sluice/sync/wait_group.hpp>
#include <tests/support/tracked.hpp>
#include <tests/support/workers.hpp>
#include <tests/sync/waits.hpp>

using namespace sluice;
using Catch::Generators::range;
using support::settle;
using support::tracked;
using testing::deterministic_runtime;

namespace {

auto const always = context::background();

/// One of each, in a state in which one has to wait, and the way out of it.
struct stage {
  sluice::mutex lock;
  sluice::mutex second;
  sluice::shared_mutex table;
  semaphore slots{2};
  event door;
  sluice::barrier pair{2};
  wait_group group;
  condition_variable changed;
  sluice::mutex of_changed;
  event inside;  // until then the first calls of the next three do not end
  sluice::once first;
  lazy<int> value{[this]() -> task<int> {
    (void)co_await inside.wait(always);
    co_return 1;
  }};
  single_flight<int, int> loading;

  auto runs_first() -> task<void> { (void)co_await inside.wait(always); }
  auto loads() -> task<int> {
    (void)co_await inside.wait(always);
    co_return 1;
  }
};

/// A way to wait: how to make it necessary, the wait itself, and what lets it pass. `blocks` returns
/// what keeps it blocked, to be dropped by whoever lets it pass.
struct wait_point {
  std::string name;
  std::function<void(stage&, deterministic_runtime&)> blocks;
  std::function<task<bool>(stage&, context)> waits;
  std::function<void(stage&, deterministic_runtime&)> passes;
};

auto waits_for_mutex(stage& s, context ctx) -> task<bool> {
  co_return (co_await s.lock.lock(ctx)).has_value();
}
auto waits_to_write(stage& s, context ctx) -> task<bool> {
  co_return (co_await s.table.lock(ctx)).has_value();
}
auto waits_to_read(stage& s, context ctx) -> task<bool> {
  co_return (co_await s.table.lock_shared(ctx)).has_value();
}
auto waits_for_permits(stage& s, context ctx) -> task<bool> {
  co_return (co_await s.slots.acquire(ctx, 2)).has_value();
}
auto waits_for_event(stage& s, context ctx) -> task<bool> {
  co_return (co_await s.door.wait(ctx)).has_value();
}
auto waits_at_barrier(stage& s, context ctx) -> task<bool> {
  co_return (co_await s.pair.arrive_and_wait(ctx)).has_value();
}
auto waits_for_group(stage& s, context ctx) -> task<bool> {
  co_return (co_await s.group.wait(ctx)).has_value();
}
auto waits_for_signal(stage& s, context ctx) -> task<bool> {
  auto held = co_await s.of_changed.lock(always);
  co_return (co_await s.changed.wait(ctx, *held)).has_value();
}
auto waits_for_predicate(stage& s, context ctx) -> task<bool> {
  auto held = co_await s.of_changed.lock(always);
  auto const enough = [&, asked = 0]() mutable { return ++asked > 1; };
  co_return (co_await s.changed.wait(ctx, *held, enough)).has_value();
}
auto waits_for_once(stage& s, context ctx) -> task<bool> {
  co_return (co_await s.first.call(ctx, [&] { return s.runs_first(); })).has_value();
}
auto waits_for_lazy(stage& s, context ctx) -> task<bool> {
  co_return (co_await s.value.get(ctx)).has_value();
}
auto waits_for_flight(stage& s, context ctx) -> task<bool> {
  co_return (co_await s.loading.run(ctx, 1, [&] { return s.loads(); })).has_value();
}
auto waits_for_all(stage& s, context ctx) -> task<bool> {
  co_return (co_await lock_all(ctx, s.second, s.lock)).has_value();
}

auto points() -> std::vector<wait_point> const& {
  auto run_by_another = [](auto waits) {
    return [waits](stage& s, deterministic_runtime& rt) {
      rt.spawn(waits(s, always)).detach();
      settle(rt);
    };
  };
  auto nothing = [](stage&, deterministic_runtime&) {};
  auto let_inside_end = [](stage& s, deterministic_runtime&) { s.inside.set(); };
  static std::vector<wait_point> const all{
      {"mutex", [](stage& s, auto&) { (void)s.lock.try_lock()->release(); }, waits_for_mutex,
       [](stage& s, auto&) { s.lock.unlock(); }},
      {"shared_mutex, to write", [](stage& s, auto&) { (void)s.table.try_lock_shared()->release(); },
       waits_to_write, [](stage& s, auto&) { s.table.unlock_shared(); }},
      {"shared_mutex, to read", [](stage& s, auto&) { (void)s.table.try_lock()->release(); },
       waits_to_read, [](stage& s, auto&) { s.table.unlock(); }},
      {"semaphore", [](stage& s, auto&) { (void)s.slots.try_acquire(1)->forget(); },
       waits_for_permits, [](stage& s, auto&) { s.slots.release(1); }},
      {"event", nothing, waits_for_event, [](stage& s, auto&) { s.door.set(); }},
      {"barrier", nothing, waits_at_barrier, run_by_another(waits_at_barrier)},
      {"wait_group", [](stage& s, auto&) { s.group.add(); }, waits_for_group,
       [](stage& s, auto&) { s.group.done(); }},
      {"condition_variable", nothing, waits_for_signal, [](stage& s, auto&) { s.changed.signal(); }},
      {"condition_variable, with a predicate", nothing, waits_for_predicate,
       [](stage& s, auto&) { s.changed.broadcast(); }},
      {"once", run_by_another(waits_for_once), waits_for_once, let_inside_end},
      {"lazy", run_by_another(waits_for_lazy), waits_for_lazy, let_inside_end},
      {"single_flight", run_by_another(waits_for_flight), waits_for_flight, let_inside_end},
      {"lock_all", [](stage& s, auto&) { (void)s.lock.try_lock()->release(); }, waits_for_all,
       [](stage& s, auto&) { s.lock.unlock(); }},
  };
  return all;
}

/// Waits, and notes how it ended.
auto waits_and_notes(wait_point const& point, stage& s, context ctx, std::vector<int>& log, int who)
    -> task<void> {
  tracked const guard{who};
  log.push_back(co_await point.waits(s, ctx) ? who : -who);
}

}  // namespace

TEST_CASE("every wait of the room ends with its context, and the next gets through", "[sync][X16][C19]") {
  auto const& point = points()[GENERATE(range(std::size_t{0}, std::size_t{13}))];
  REQUIRE(points().size() == 13);
  INFO(point.name);
  stage s;
  std::vector<int> log;
  deterministic_runtime rt{GENERATE(range(0u, 8u)), 2};
  auto scope = with_cancel(rt.background());
  point.blocks(s, rt);
  rt.spawn(waits_and_notes(point, s, scope.ctx(), log, 1)).detach();
  settle(rt);
  REQUIRE(log.empty());
  scope.cancel();
  settle(rt);
  CHECK(log == std::vector{-1});
  rt.spawn(waits_and_notes(point, s, rt.background(), log, 2)).detach();
  settle(rt);
  CHECK(log == std::vector{-1});
  point.passes(s, rt);
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector{-1, 2});
}

TEST_CASE("every wait of the room fails when its context has ended, though it could pass", "[sync][X16]") {
  auto const& point = points()[GENERATE(range(std::size_t{0}, std::size_t{13}))];
  INFO(point.name);
  stage s;
  std::vector<int> log;
  deterministic_runtime rt{1};
  auto scope = with_cancel(rt.background());
  scope.cancel();
  point.blocks(s, rt);
  point.passes(s, rt);
  settle(rt);
  rt.spawn(waits_and_notes(point, s, scope.ctx(), log, 1)).detach();
  settle(rt);
  CHECK(log == std::vector{-1});
  if (point.name == "barrier") (void)rt.spawn(waits_at_barrier(s, always)).joinable();
  CHECK(rt.run() == ended::all_tasks_done);
}

TEST_CASE("every wait of the room can be abandoned, and the next gets through", "[sync][G2][C19]") {
  auto const& point = points()[GENERATE(range(std::size_t{0}, std::size_t{13}))];
  INFO(point.name);
  stage s;
  std::vector<int> log;
  deterministic_runtime rt{GENERATE(range(0u, 4u)), 2};
  auto const before = count_frames().alive();
  auto const values = tracked::alive.load();
  {
    stage t;  // once more, where nobody comes after
    deterministic_runtime doomed{1};
    point.blocks(t, doomed);
    for (int who = 1; who <= 2; ++who) {
      if (point.name == "barrier" && who == 2) break;
      doomed.spawn(waits_and_notes(point, t, always, log, who)).detach();
    }
    settle(doomed);
  }
  CHECK(count_frames().alive() == before);
  CHECK(tracked::alive == values);
  point.blocks(s, rt);
  {
    deterministic_runtime doomed{1};
    doomed.spawn(waits_and_notes(point, s, always, log, 1)).detach();
    settle(doomed);
  }
  CHECK(log.empty());
  CHECK(tracked::alive == values);
  rt.spawn(waits_and_notes(point, s, rt.background(), log, 2)).detach();
  settle(rt);
  CHECK(log.empty());
  point.passes(s, rt);
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector{2});
}

TEST_CASE("what a wait of the room is granted while it is destroyed goes to the next", "[sync][G2][M5][P6]") {
  auto const& point = points()[GENERATE(range(std::size_t{0}, std::size_t{13}))];
  if (point.name == "barrier") return;  // who has met has met
  INFO(point.name);
  stage s;
  std::vector<int> log;
  deterministic_runtime rt{1};
  point.blocks(s, rt);
  support::destroy_after([&] { point.passes(s, rt); },
                         [&] {
                           rt.spawn(waits_and_notes(point, s, rt.background(), log, 2)).detach();
                           settle(rt);
                         },
                         waits_and_notes(point, s, always, log, 1));
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector{2});
}

TEST_CASE("waits of the room on threads end with their contexts", "[sync][threads][X16]") {
  auto const& point = points()[GENERATE(range(std::size_t{0}, std::size_t{13}))];
  INFO(point.name);
  stage s;
  std::atomic<int> ended_early{0};
  {
    runtime rt{runtime_options{.workers = support::workers(2)}};
    deterministic_runtime aside{1};
    auto const who_runs_first = point.name == "once" || point.name == "lazy" || point.name == "single_flight";
    if (!who_runs_first) point.blocks(s, aside);
    auto const root = with_cancel(rt.background());
    auto waits = [&](context ctx) -> task<void> {
      if (!co_await point.waits(s, ctx)) ++ended_early;
    };
    if (who_runs_first) {
      auto one = rt.spawn(waits(always));
      while (rt.live_tasks().empty() || rt.live_tasks()[0].waiting_for.empty()) std::this_thread::yield();
      auto cancelled = with_cancel(root.ctx());
      std::vector<join_handle<void>> all;
      for (int who = 0; who < 4; ++who) all.push_back(rt.spawn(waits(cancelled.ctx())));
      cancelled.cancel();
      for (auto& each : all) std::move(each).join_blocking();
      s.inside.set();
      std::move(one).join_blocking();
    } else {
      for (int round = 0; round < 20; ++round) {
        auto cancelled = with_cancel(root.ctx());
        auto one = rt.spawn(waits(cancelled.ctx()));
        cancelled.cancel();
        std::move(one).join_blocking();
      }
    }
    if (!who_runs_first) point.passes(s, aside);
    CHECK(ended_early == (who_runs_first ? 4 : 20));
  }
}

TEST_CASE("nothing of the room that is waited for can be copied or moved", "[sync][V7]") {
  auto const stays = []<class T>(std::type_identity<T>) {
    return !std::move_constructible<T> && !std::assignable_from<T&, T>;
  };
  CHECK(stays(std::type_identity<condition_variable>{}));
  CHECK(stays(std::type_identity<sluice::mutex>{}));
  CHECK(stays(std::type_identity<sluice::shared_mutex>{}));
  CHECK(stays(std::type_identity<sluice::once>{}));
  CHECK(stays(std::type_identity<wait_group>{}));
  CHECK(stays(std::type_identity<semaphore>{}));
  CHECK(stays(std::type_identity<event>{}));
  CHECK(stays(std::type_identity<sluice::barrier>{}));
  CHECK(stays(std::type_identity<lazy<int>>{}));
  CHECK(stays(std::type_identity<single_flight<int, int>>{}));
}
