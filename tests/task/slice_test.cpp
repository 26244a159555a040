#include <atomic>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <sluice/channel/channel.hpp>
#include <sluice/channel/select.hpp>
#include <sluice/sync/mutex.hpp>
#include <sluice/sync/semaphore.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/sleep.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

/// Does what need not wait, over and over, until it is told to stop.
auto busy(context ctx, int kind, std::atomic<bool>& stop, std::uint64_t& done) -> task<void> {
  channel<int> ch{1};
  mutex lock;
  semaphore two{2};
  while (!stop) {
    switch (kind) {
      case 0:
        REQUIRE((co_await ch.send(ctx, 1)).has_value());
        REQUIRE((co_await ch.recv(ctx)).has_value());
        break;
      case 1: {
        auto sent = on_send(ch, 1);
        CHECK(co_await select(sent) == 0);
        auto got = on_recv(ch);
        CHECK(co_await select(got) == 0);
        CHECK(got.take().value() == 1);
        break;
      }
      case 2: REQUIRE((co_await lock.lock(ctx)).has_value()); break;
      case 3: REQUIRE((co_await two.acquire(ctx)).has_value()); break;
    }
    ++done;
  }
}

}  // namespace

TEST_CASE("a task whose operations never wait keeps nobody out", "[task][G5][T12][threads]") {
  auto const kind = GENERATE(0, 1, 2, 3);
  runtime rt{{.workers = 1}};
  std::atomic<bool> stop{false};
  std::uint64_t done = 0;
  auto body = [&](context ctx) -> task<void> {
    auto running = spawn(rt.home(), busy(ctx, kind, stop, done));
    auto slept = co_await sleep_for(ctx, 1ms);  // the only worker must come back to this
    stop = true;
    CHECK(slept.has_value());
    co_await std::move(running);
  };
  CHECK(rt.block_on(body(rt.background())).has_value());
  CHECK(done > 0);
}

TEST_CASE("nor in simulation, where it would be for ever", "[task][G5][Z2]") {
  auto const kind = GENERATE(0, 1, 2, 3);
  testing::deterministic_runtime rt{7, 1};
  std::atomic<bool> stop{false};
  std::uint64_t done = 0;
  auto stopping = [&]() -> task<void> {
    stop = true;
    co_return;
  };
  auto running = rt.spawn(busy(rt.background(), kind, stop, done));
  rt.spawn(stopping()).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(done <= 4096);
  CHECK(running.done());
}
