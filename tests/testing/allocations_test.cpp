// Every allocation of every public operation fails once: the caller hears of it, and all is as before.
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <sluice/channel/broadcast.hpp>
#include <sluice/channel/channel.hpp>
#include <sluice/channel/oneshot.hpp>
#include <sluice/channel/select.hpp>
#include <sluice/context/after_func.hpp>
#include <sluice/context/context_pool.hpp>
#include <sluice/context/stop_token.hpp>
#include <sluice/flow/pipeline.hpp>
#include <sluice/pool/worker_pool.hpp>
#include <sluice/resilience/error_group.hpp>
#include <sluice/sync/event.hpp>
#include <sluice/sync/mutex.hpp>
#include <sluice/sync/semaphore.hpp>
#include <sluice/sync/shared_mutex.hpp>
#include <sluice/sync/wait_group.hpp>
#include <sluice/task/frame_pool.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/testing/faults.hpp>
#include <sluice/time/after_func.hpp>
#include <sluice/time/sleep.hpp>
#include <sluice/time/ticker.hpp>
#include <sluice/time/timer.hpp>
#include <tests/support/tracked.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using support::tracked;
using testing::deterministic_runtime;

namespace {

auto const always = context::background();

/// Sweeps over the allocations of `operation`. After a failed call no frame and no value more is alive
/// than before, and `after` finds nothing changed. Returns how many allocations there are.
auto sweep(std::function<void()> const& operation, std::function<void(bool failed)> const& after = {})
    -> std::uint64_t {
  auto frames = count_frames().alive();
  auto values = tracked::alive.load();
  return testing::for_each_allocation(operation, [&](bool failed) {
    if (after) after(failed);
    if (failed) {
      CHECK(count_frames().alive() == frames);
      CHECK(tracked::alive == values);
    }
    frames = count_frames().alive();
    values = tracked::alive.load();
  });
}

/// Has a frame so large that no pool of frames keeps one.
auto holds(tracked what) -> task<void> {
  std::array<char, 100'000> roomy;
  roomy[0] = static_cast<char>(what.value());
  co_await yield();
  if (roomy[0] != what.value()) throw std::logic_error("what a frame holds has changed");
}

}  // namespace

TEST_CASE("a runtime that cannot be made leaves nothing behind", "[testing][runtime][G9]") {
  CHECK(sweep([] { runtime const lab{simulation{.workers = 4}}; }) > 4);
  CHECK(sweep([] {
          runtime const lab{simulation{.workers = 2, .strategy = schedule_strategy::priorities}};
        }) > 4);
}

TEST_CASE("a runtime on threads that cannot be made leaves no thread behind",
          "[testing][runtime][threads][G9]") {
  CHECK(sweep([] {
          try {
            runtime const rt{runtime_options{.workers = 2}};
          } catch (std::system_error const&) {  // a thread's own memory could not be had
          }
        }) > 4);
}

TEST_CASE("a task that cannot be spawned is not there", "[testing][runtime][G9]") {
  deterministic_runtime rt{1};
  std::uint64_t live = 0;
  auto const unchanged = [&](bool failed) {
    CHECK(rt.live_tasks().size() == live + (failed ? 0 : 1));
    live = rt.live_tasks().size();
  };
  CHECK(sweep([&] { rt.spawn(holds(tracked{1})).detach(); }, unchanged) >= 1);
  CHECK(rt.run() == ended::all_tasks_done);
  live = 0;
  // Many of them, until what keeps the runnable ones has to grow.
  CHECK(sweep(
            [&] {
              for (int i = 0; i < 100; ++i) rt.spawn(holds(tracked{1})).detach();
            },
            [&](bool) { CHECK(rt.run() == ended::all_tasks_done); }) >= 100);
  auto const none_lives = [&](bool) { CHECK(rt.live_tasks().empty()); };
  CHECK(sweep([&] { (void)rt.block_on(holds(tracked{1})); }, none_lives) >= 1);
}

TEST_CASE("a context that cannot be made leaves its parent alone", "[testing][context][G9]") {
  static context_key<int> const key;
  deterministic_runtime rt{1};
  auto const parent = with_cancel(rt.background());
  auto const still_there = [&](bool) { CHECK_FALSE(parent.ctx().done()); };
  CHECK(sweep([&] { auto const made = with_cancel(parent); }, still_there) >= 1);
  CHECK(sweep([&] { auto const made = with_timeout(parent, 1s); }, still_there) >= 1);
  CHECK(sweep([&] { auto const made = with_deadline(parent, instant{1s}, error{errc::failed}); },
              still_there) >= 1);
  (void)sweep([&] { auto const made = without_cancel(parent); }, still_there);  // today it needs none
  CHECK(sweep([&] { auto const made = with_value(parent.ctx(), key, 1); }, still_there) >= 1);
  CHECK(sweep([&] { context_pool const pool{4}; }) >= 1);
  context_pool pool{4};
  CHECK(sweep([&] { auto const made = pool.with_timeout(parent, 1s); }, still_there) >= 1);
#if defined(__cpp_lib_jthread)
  std::stop_source source;
  CHECK(sweep([&] { auto const made = with_stop_token(parent, source.get_token()); }, still_there) >= 1);
  CHECK(sweep([&] { stop_on_end const made{parent}; }, still_there) >= 1);
#endif
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(rt.now() == instant{});  // no deadline of one that failed is pending
}

TEST_CASE("a function that cannot be kept for later never runs", "[testing][context][time][G9][X13]") {
  deterministic_runtime rt{1};
  int ran = 0;
  std::array<char, 100'000> const roomy{};  // no pool of frames keeps one with this inside
  auto scope = with_cancel(rt.background());
  auto const counts = [&] { return [&ran, held = tracked{1}, roomy] { ran += 1 + roomy[0]; }; };
  CHECK(sweep([&] { after_func(scope.ctx(), counts()).detach(); }) >= 1);
  CHECK(sweep([&] { after_func(scope.ctx(), 1ms, counts()).detach(); }) >= 1);
  CHECK(ran == 0);
  rt.jump_forward(1ms);
  (void)rt.run_until(rt.now());
  CHECK(ran == 1);
  scope.cancel();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(ran == 2);
}

TEST_CASE("what cannot be made of the room channel is not half made", "[testing][channel][G9]") {
  CHECK(sweep([] { channel<tracked> const made{8}; }) >= 1);
  CHECK(sweep([] { channel<tracked> const made{0}; }) >= 1);
  CHECK(sweep([] { auto const made = oneshot<tracked>(); }) >= 1);
  CHECK(sweep([] { broadcast<int> const made{8}; }) >= 1);
  broadcast<int> news{8};
  CHECK(sweep([&] { auto const one = news.subscribe(); }) == 0);
}

TEST_CASE("a timer that cannot be had never fires", "[testing][time][G9]") {
  deterministic_runtime rt{1};
  auto const none_pending = [&](bool) {
    CHECK(rt.run_until(never) == ended::all_tasks_done);
    CHECK(rt.now() == instant{});
  };
  CHECK(sweep([&] { timer const made{rt.background(), 1h}; }, none_pending) >= 1);
  CHECK(sweep([&] { ticker const made{rt.background(), 1h}; }, none_pending) >= 1);
  auto sleeps = [](context ctx, tracked held) -> task<void> {
    (void)co_await sleep_for(ctx, 1h);
    co_await holds(std::move(held));
  };
  auto const scope = with_timeout(rt.background(), 0s);
  CHECK(sweep([&] { (void)rt.block_on(sleeps(scope.ctx(), tracked{1})); }, none_pending) >= 1);
}

TEST_CASE("a set of timers that cannot grow leaves the others pending", "[testing][time][G9]") {
  constexpr int most = 40;
  deterministic_runtime rt{1};
  std::vector<timer> pending;
  pending.reserve(most);
  int failures = 0;
  for (int i = 0; i < most; ++i)
    (void)sweep([&] { pending.emplace_back(rt.background(), duration{1'000 + i}); }, [&](bool failed) {
      failures += failed ? 1 : 0;
      CHECK(pending.size() == static_cast<std::size_t>(failed ? i : i + 1));
    });
  CHECK(failures >= most);
  CHECK(rt.run_until(instant{duration{999}}) == ended::not_yet);
  for (auto const& each : pending) CHECK(each.try_recv().error().code() == errc::would_block);
  (void)rt.run_until(never);
  for (int i = 0; i < most; ++i)
    CHECK(pending[static_cast<std::size_t>(i)].try_recv() == instant{duration{1'000 + i}});
}

TEST_CASE("work that cannot be started in a group holds no slot", "[testing][resilience][G9]") {
  deterministic_runtime rt{1};
  CHECK(sweep([&] { error_group const made{rt.home(), rt.background()}; }) >= 2);
  error_group group{rt.home(), rt.background(), {.limit = 1}};
  auto const runs_or_not = [&](bool failed) {
    CHECK(group.running() == (failed ? 0 : 1));
    CHECK_FALSE(group.ctx().done());
  };
  CHECK(sweep([&] { (void)group.try_go(holds(tracked{1})); }, runs_or_not) >= 1);
  auto waits = [&]() -> task<bool> { co_return (co_await group.wait()).has_value(); };
  CHECK(rt.block_on(waits()) == true);
}

TEST_CASE("work that cannot be started is not counted by a wait group", "[testing][sync][G9]") {
  deterministic_runtime rt{1};
  wait_group group;
  CHECK(sweep([&] { group.go(rt.home(), holds(tracked{1})); },
              [&](bool failed) { CHECK(group.count() == (failed ? 0 : 1)); }) >= 1);
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(group.count() == 0);
}

TEST_CASE("a job that cannot be submitted is not counted", "[testing][pool][G9]") {
  deterministic_runtime rt{1};
  worker_pool pool{rt.home(), rt.background(), {.workers = 1, .queue = 4}};
  int ran = 0;
  CHECK(sweep([&] { (void)pool.try_submit([&ran, held = tracked{1}] { ++ran; }); },
              [&](bool failed) { CHECK(pool.metrics().submitted == (failed ? 0 : 1)); }) >= 1);
  auto stops = [&]() -> task<bool> { co_return (co_await pool.stop(always, stop_mode::drain)).has_value(); };
  CHECK(rt.block_on(stops()) == true);
  CHECK(ran == 1);
}

TEST_CASE("a crew that cannot be started as a whole does nothing", "[testing][sync][G9]") {
  deterministic_runtime rt{1};
  int ran = 0;
  auto works = [&](tracked held) -> task<void> {
    ran += held.value();
    co_return;
  };
  std::optional<wait_group> group;
  CHECK(sweep(
            [&] {
              group.emplace();
              std::vector<task<void>> bodies;
              for (int n = 0; n < 3; ++n) bodies.push_back(works(tracked{1}));
              group->go_all(rt.home(), std::move(bodies));
            },
            [&](bool failed) {
              CHECK(group->count() == (failed ? 0 : 3));
              if (failed) group.reset();  // those that had been made by then must not look for it
              CHECK(rt.run() == ended::all_tasks_done);
              CHECK(ran == (failed ? 0 : 3));
            }) >= 6);
  CHECK(group->count() == 0);
}

TEST_CASE("a pool that cannot be made has no worker", "[testing][pool][G9]") {
  deterministic_runtime rt{1, 2};
  std::unique_ptr<worker_pool> pool;
  auto stops = [&]() -> task<bool> { co_return (co_await pool->stop(always, stop_mode::drain)).has_value(); };
  CHECK(sweep(
            [&] {
              pool = std::make_unique<worker_pool>(rt.home(), rt.background(),
                                                   worker_pool_options{.workers = 3, .queue = 4});
            },
            [&](bool failed) {
              if (!failed) CHECK(rt.block_on(stops()) == true);
              CHECK(rt.run() == ended::all_tasks_done);  // nobody waits for a job of a pool that never was
              pool.reset();
            }) >= 6);
}

TEST_CASE("a pool that cannot be made on threads has no worker", "[testing][pool][threads][G9]") {
  runtime rt{runtime_options{.workers = 2}};
  std::unique_ptr<worker_pool> pool;
  auto stops = [&]() -> task<bool> { co_return (co_await pool->stop(always, stop_mode::drain)).has_value(); };
  auto const made = [&] {
    pool = std::make_unique<worker_pool>(rt.home(), rt.background(),
                                         worker_pool_options{.workers = 3, .queue = 4});
  };
  CHECK(testing::for_each_allocation(made, [&](bool failed) {
          if (!failed) CHECK(rt.block_on(stops()) == true);
          for (int tries = 0; rt.live_count() != 0 && tries < 10'000; ++tries)
            std::this_thread::sleep_for(100us);
          CHECK(rt.live_count() == 0);
          pool.reset();
        }) >= 6);
}

TEST_CASE("a pipeline that cannot be started has no stage", "[testing][flow][G9]") {
  deterministic_runtime rt{1, 2};
  int ran = 0;
  auto const plan = pipeline<int>()
                        .transform([&](int v) { return ran += v; }, {.parallelism = 2, .buffer = 1})
                        .filter([](int v) { return v > 0; });
  std::optional<running_pipeline<int, int>> run;
  auto feeds = [&]() -> task<int> {
    (void)co_await run->in().send(always, 3);
    run->in().close();
    auto const got = co_await run->out().recv(always);
    (void)co_await run->finish();
    co_return got ? *got : 0;
  };
  CHECK(sweep([&] { run.emplace(plan.start(rt.home(), rt.background(), 1)); },
              [&](bool failed) {
                if (!failed) CHECK(rt.block_on(feeds()) == 3);
                CHECK(rt.run() == ended::all_tasks_done);
                run.reset();
              }) >= 10);
}

TEST_CASE("an error whose words cannot be had is not made, and copies need none", "[testing][base][G9]") {
  std::string const words = "an operation with a long name that no small buffer holds";
  CHECK(sweep([&] { error const made{errc::failed, words}; }) >= 1);
  CHECK(sweep([&] { error const made{errc::failed, words, error{errc::closed, words}}; }) >= 2);
  error const original{errc::failed, words};
  CHECK(sweep([&] { error const copy{original}; }) == 0);
  CHECK(sweep([&] { error const plain{errc::closed}; }) == 0);
}

TEST_CASE("waiting and waking allocate nothing", "[testing][channel][sync][G9]") {
  constexpr int rounds = 50;
  channel<int> ping{0};
  channel<int> pong{1};
  sluice::mutex lock;
  shared_mutex table;
  semaphore slots{1};
  event door;
  auto one = [&](context ctx) -> task<void> {
    for (int i = 0; i < rounds; ++i) {
      if (!co_await ping.send(ctx, i)) co_return;
      if (!co_await pong.recv(ctx)) co_return;
      auto const held = co_await lock.lock(ctx);
      co_await yield();
      auto const slot = co_await slots.acquire(ctx);
      co_await yield();
      auto const reads = co_await table.lock_shared(ctx);
      (void)co_await door.wait(ctx);
      (void)co_await sleep_for(ctx, 1us);
    }
  };
  auto other = [&](context ctx) -> task<void> {
    for (int i = 0; i < rounds; ++i) {
      auto got = on_recv(ping);
      auto over = on_done(ctx);
      if (co_await select(got, over) == 1) co_return;
      (void)got.take();
      if (!co_await pong.send(ctx, i)) co_return;
      auto const held = co_await lock.lock(ctx);
      co_await yield();
      auto const slot = co_await slots.acquire(ctx);
      co_await yield();
      auto const writes = co_await table.lock(ctx);
      door.set();
      co_await yield();
      door.reset();
      door.set();
    }
  };
  deterministic_runtime rt{1};
  auto first = rt.spawn(one(rt.background()));
  auto second = rt.spawn(other(rt.background()));
  for (int i = 0; i < 40; ++i) (void)rt.step();  // whatever grows once has grown
  REQUIRE_FALSE(first.done());
  std::uint64_t allocated = 0;
  {
    testing::failing_allocation const counts{0};
    (void)rt.run();
    allocated = counts.count();
  }
  CHECK(allocated == 0);
  CHECK(first.done());
  CHECK(second.done());
}
