#include <sluice/sync/shared_mutex.hpp>

#include <algorithm>
#include <atomic>
#include <concepts>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/runtime/runtime.hpp>
#include <tests/support/thread_crew.hpp>
#include <tests/support/workers.hpp>
#include <tests/sync/waits.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using Catch::Generators::range;
using support::settle;
using testing::deterministic_runtime;

static_assert(!std::copy_constructible<sluice::shared_mutex>);
static_assert(std::movable<read_guard> && !std::copyable<read_guard>);
static_assert(std::movable<write_guard> && !std::copyable<write_guard>);

namespace {

task<void> read(context ctx, sluice::shared_mutex& lock, std::vector<int>& log, int who,
                duration span = 0ns) {
  auto const held = co_await lock.lock_shared(ctx);
  log.push_back(held ? who : -who);
  if (held && span > 0ns) (void)co_await sleep_for(context::background(), span);
}

task<void> write(context ctx, sluice::shared_mutex& lock, std::vector<int>& log, int who,
                 duration span = 0ns) {
  auto const held = co_await lock.lock(ctx);
  log.push_back(held ? who : -who);
  if (held && span > 0ns) (void)co_await sleep_for(context::background(), span);
}

auto free_again(sluice::shared_mutex& lock) -> bool { return lock.try_lock().has_value(); }

}  // namespace

TEST_CASE("any number may read, or one may write", "[sync][R1]") {
  deterministic_runtime rt{GENERATE(range(0u, 32u)), 4};
  sluice::shared_mutex lock;
  int readers = 0;
  int writers = 0;
  int together = 0;
  auto works = [&](int who) -> task<void> {
    for (int n = 0; n < 30; ++n) {
      if ((who + n) % 4 == 0) {
        auto const held = co_await lock.lock(context::background());
        CHECK((++writers == 1 && readers == 0));
        co_await yield();  // a suspended task may hold it
        --writers;
      } else {
        auto const held = co_await lock.lock_shared(context::background());
        together = std::max(together, ++readers);
        CHECK(writers == 0);
        co_await yield();
        --readers;
      }
    }
  };
  for (int who = 0; who < 6; ++who) rt.spawn(works(who)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(together > 1);
  CHECK(free_again(lock));
}

TEST_CASE("a writer that waits holds back new readers", "[sync][R2]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u)), 3};
  sluice::shared_mutex lock;
  std::vector<int> log;
  auto reading = lock.try_lock_shared();
  rt.spawn(write(rt.background(), lock, log, 1, 1ms)).detach();
  settle(rt);
  rt.spawn(read(rt.background(), lock, log, 2)).detach();
  settle(rt);
  CHECK(log.empty());
  reading->unlock();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector{1, 2});
}

TEST_CASE("readers that wait when a writer lets go enter before the next writer", "[sync][R3]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u)), 4};
  sluice::shared_mutex lock;
  std::vector<int> log;
  auto writing = lock.try_lock();
  rt.spawn(write(rt.background(), lock, log, 10, 1ms)).detach();
  settle(rt);
  for (int who = 1; who <= 3; ++who) {
    rt.spawn(read(rt.background(), lock, log, who, 1ms)).detach();
    settle(rt);
  }
  rt.spawn(write(rt.background(), lock, log, 20)).detach();
  settle(rt);
  writing->unlock();
  settle(rt);
  CHECK(log.size() == 3);  // all of them
  CHECK(std::ranges::max(log) == 3);
  rt.spawn(read(rt.background(), lock, log, 4)).detach();  // came later: after the first writer
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK((log[3] == 10 && log[4] == 4 && log[5] == 20));
}

TEST_CASE("writers get it in the order in which they came", "[sync][R1][M4]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u)), 4};
  sluice::shared_mutex lock;
  std::vector<int> log;
  for (int who = 1; who <= 5; ++who) {
    rt.spawn(write(rt.background(), lock, log, who, 1ns)).detach();
    settle(rt);
  }
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector{1, 2, 3, 4, 5});
}

TEST_CASE("readers that follow each other without end keep no writer out, and writers no reader",
          "[sync][M4][R2][R3]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u)), 3};
  sluice::shared_mutex lock;
  bool stop = false;
  bool const wanted_to_write = GENERATE(true, false);
  int rounds = 0;
  auto busy = [&]() -> task<void> {
    for (; !stop && rounds < 10000; ++rounds) {
      if (wanted_to_write) {
        auto const held = co_await lock.lock_shared(context::background());
        co_await yield();
      } else {
        auto const held = co_await lock.lock(context::background());
        co_await yield();
      }
    }
  };
  auto modest = [&]() -> task<void> {
    co_await yield();
    if (wanted_to_write) {
      auto const held = co_await lock.lock(context::background());
      stop = true;
    } else {
      auto const held = co_await lock.lock_shared(context::background());
      stop = true;
    }
  };
  for (int who = 0; who < 3; ++who) rt.spawn(busy()).detach();
  rt.spawn(modest()).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(rounds < 200);
}

TEST_CASE("the forms that only try fail exactly when they would have to wait", "[sync][R4][M2]") {
  deterministic_runtime rt{1};
  sluice::shared_mutex lock;
  std::vector<int> log;
  {
    auto first = lock.try_lock_shared();
    REQUIRE(first);
    auto second = lock.try_lock_shared();
    REQUIRE(second);
    CHECK(lock.try_lock().error() == errc::would_block);
    second->unlock();
    CHECK(lock.try_lock().error() == errc::would_block);
    rt.spawn(write(rt.background(), lock, log, 1, 1ns)).detach();
    settle(rt);
    CHECK(lock.try_lock_shared().error() == errc::would_block);  // a writer waits
    first->unlock();
    first->unlock();  // again: harmless
    CHECK(lock.try_lock_shared().error() == errc::would_block);  // it has been handed over
  }
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector{1});
  auto writing = lock.try_lock();
  REQUIRE(writing);
  CHECK(lock.try_lock().error() == errc::would_block);
  CHECK(lock.try_lock_shared().error() == errc::would_block);
}

TEST_CASE("unlocking what is not locked, or not in that way, is misuse", "[sync][M3]") {
  sluice::shared_mutex lock;
  CHECK_THROWS_AS(lock.unlock(), misuse);
  CHECK_THROWS_AS(lock.unlock_shared(), misuse);
  {
    auto const reading = lock.try_lock_shared();
    CHECK_THROWS_AS(lock.unlock(), misuse);
    CHECK(lock.try_lock_shared().has_value());  // nothing has changed
  }
  CHECK_THROWS_AS(lock.unlock_shared(), misuse);
  {
    auto const writing = lock.try_lock();
    CHECK_THROWS_AS(lock.unlock_shared(), misuse);
    CHECK_FALSE(lock.try_lock_shared().has_value());
  }
  CHECK_THROWS_AS(lock.unlock(), misuse);
}

TEST_CASE("a shared mutex that is left locked is unlocked by another", "[sync][M1][M3]") {
  sluice::shared_mutex lock;
  {
    auto reading = lock.try_lock_shared();
    CHECK(reading->release() == &lock);
    CHECK_FALSE(reading->owns_lock());
  }
  CHECK_FALSE(lock.try_lock().has_value());
  lock.unlock_shared();
  {
    auto writing = lock.try_lock();
    CHECK(writing->release() == &lock);
  }
  CHECK_FALSE(lock.try_lock_shared().has_value());
  lock.unlock();
  CHECK(free_again(lock));
}

#if !defined(NDEBUG) || defined(SLUICE_ASSERTIONS)
TEST_CASE("reading twice at once is reported in builds with assertions", "[sync][R5]") {
  deterministic_runtime rt{1};
  sluice::shared_mutex lock;
  auto twice = [&]() -> task<void> {
    {
      auto const once = co_await lock.lock_shared(context::background());
    }
    auto held = co_await lock.lock_shared(context::background());  // the first has gone: fine
    auto const moved = std::move(*held);
    (void)co_await lock.lock_shared(context::background());
  };
  CHECK_THROWS_AS(rt.block_on(twice()), misuse);
  CHECK(free_again(lock));
  auto const reading = lock.lock_shared_blocking(context::background());
  CHECK_THROWS_AS(lock.lock_shared_blocking(context::background()), misuse);
}
#endif

TEST_CASE("readers behind a writer that gives up enter", "[sync][M5][R2][C19][X16]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u)), 3};
  sluice::shared_mutex lock;
  std::vector<int> log;
  auto scope = with_cancel(rt.background());
  auto reading = lock.try_lock_shared();
  rt.spawn(write(scope.ctx(), lock, log, 1)).detach();
  settle(rt);
  auto const another = GENERATE(false, true);
  if (another) {
    rt.spawn(write(rt.background(), lock, log, 9, 1ns)).detach();
    settle(rt);
  }
  for (int who = 2; who <= 3; ++who) rt.spawn(read(rt.background(), lock, log, who)).detach();
  settle(rt);
  CHECK(log.empty());
  scope.cancel();
  settle(rt);
  CHECK(std::erase(log, -1) == 1);
  CHECK(log.size() == (another ? 0 : 2));  // another one still holds them back
  reading->unlock();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log.size() == (another ? 3 : 2));
  if (another) CHECK(log.front() == 9);
  CHECK(free_again(lock));
}

TEST_CASE("a reader that gives up leaves the queue intact", "[sync][M5][C19][X16]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u)), 3};
  sluice::shared_mutex lock;
  std::vector<int> log;
  auto scope = with_cancel(rt.background());
  auto writing = lock.try_lock();
  for (int who = 1; who <= 3; ++who) {
    rt.spawn(read(who == 2 ? scope.ctx() : rt.background(), lock, log, who)).detach();
    settle(rt);
  }
  scope.cancel();
  writing->unlock();
  CHECK(rt.run() == ended::all_tasks_done);
  std::ranges::sort(log);
  CHECK(log == std::vector{-2, 1, 3});
  CHECK(free_again(lock));
}

TEST_CASE("a context that has ended gets neither lock, though both are free", "[sync][X16]") {
  deterministic_runtime rt{1};
  sluice::shared_mutex lock;
  std::vector<int> log;
  auto scope = with_cancel(rt.background());
  scope.cancel();
  rt.spawn(read(scope.ctx(), lock, log, 1)).detach();
  rt.spawn(write(scope.ctx(), lock, log, 1)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector{-1, -1});
  CHECK(lock.lock_blocking(scope.ctx()).error() == errc::cancelled);
  CHECK(lock.lock_shared_blocking(scope.ctx()).error() == errc::cancelled);
  CHECK(free_again(lock));
}

TEST_CASE("a lock granted to a task that is being destroyed is let go again", "[sync][M5][G2]") {
  sluice::shared_mutex lock;
  std::vector<int> log;
  deterministic_runtime rt{1};
  auto const writes = GENERATE(true, false);
  auto held = lock.try_lock();
  support::destroy_after([&] { held->unlock(); },
                         [&] {
                           rt.spawn(write(rt.background(), lock, log, 2)).detach();
                           settle(rt);
                         },
                         writes ? write(context::background(), lock, log, 1)
                                : read(context::background(), lock, log, 1));
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector{2});
  CHECK(free_again(lock));
}

TEST_CASE("readers behind a writer that is destroyed enter", "[sync][M5][R2][C19][G2]") {
  sluice::shared_mutex lock;
  std::vector<int> log;
  deterministic_runtime rt{1};
  auto reading = lock.try_lock_shared();
  {
    deterministic_runtime doomed{1};
    doomed.spawn(write(context::background(), lock, log, 1)).detach();
    settle(doomed);
    rt.spawn(read(rt.background(), lock, log, 2)).detach();
    settle(rt);
    CHECK(log.empty());
  }
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(log == std::vector{2});
}

TEST_CASE("with cancels at random moments it stays one writer or many readers", "[sync][R1][M5]") {
  deterministic_runtime rt{GENERATE(range(0u, 48u)), 4};
  sluice::shared_mutex lock;
  int readers = 0;
  int writers = 0;
  auto works = [&](int who) -> task<void> {
    for (int n = 0; n < 30; ++n) {
      auto const scope = with_timeout(rt.background(), duration{(who * 7 + n) % 5 + 1});
      if ((who + n) % 3 == 0) {
        auto const held = co_await lock.lock(scope.ctx());
        if (!held) continue;
        CHECK((++writers == 1 && readers == 0));
        (void)co_await sleep_for(context::background(), duration{n % 3});
        --writers;
      } else {
        auto const held = co_await lock.lock_shared(scope.ctx());
        if (!held) continue;
        ++readers;
        CHECK(writers == 0);
        (void)co_await sleep_for(context::background(), duration{n % 4});
        --readers;
      }
    }
  };
  for (int who = 0; who < 7; ++who) rt.spawn(works(who)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(free_again(lock));
}

TEST_CASE("what a writer wrote is seen by those who read after it", "[sync][threads][R1][M1]") {
  runtime rt{runtime_options{.workers = support::workers(2)}};
  sluice::shared_mutex lock;
  std::int64_t left = 0;  // plain
  std::int64_t right = 0;
  std::atomic<int> torn{0};
  auto works = [&](int who) -> task<void> {
    for (int n = 0; n < 300; ++n) {
      if ((who + n) % 4 == 0) {
        auto const held = co_await lock.lock(context::background());
        ++left, ++right;
      } else {
        auto const held = co_await lock.lock_shared(context::background());
        if (left != right) ++torn;
      }
    }
  };
  std::vector<join_handle<void>> all;
  for (int who = 0; who < 4; ++who) all.push_back(rt.spawn(works(who)));
  support::run_together(2, [&](unsigned who) {
    for (int n = 0; n < 200; ++n) {
      if (who == 0 && n % 2 == 0) {
        auto const held = lock.lock_blocking(context::background());
        ++left, ++right;
      } else {
        auto const held = lock.lock_shared_blocking(context::background());
        if (left != right) ++torn;
      }
    }
  });
  for (auto& each : all) std::move(each).join_blocking();
  CHECK(torn == 0);
  CHECK(left == 400);
}

TEST_CASE("the blocking forms of a shared mutex are misuse on a worker", "[sync][G8]") {
  deterministic_runtime rt{1};
  sluice::shared_mutex lock;
  auto const writes = GENERATE(true, false);
  auto blocks = [&]() -> task<void> {
    if (writes) (void)lock.lock_blocking(context::background());
    else (void)lock.lock_shared_blocking(context::background());
    co_return;
  };
  CHECK_THROWS_AS(rt.block_on(blocks()), misuse);
}
