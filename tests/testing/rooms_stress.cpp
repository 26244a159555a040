// The program of every room, and programs drawn by chance out of all of them, under very many seeds.
#include <array>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/testing/for_each_seed.hpp>
#include <tests/support/effort.hpp>
#include <tests/testing/room_programs.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using support::room_programs;
using support::rough;
using support::tracked;
using testing::deterministic_runtime;
using testing::fault_kind;
using testing::trial;

namespace {

constexpr auto seeds = support::full_size(support::effort(std::uint64_t{100'000}));

/// What the tasks of a drawn program share, and what must be true of it in the end.
struct world {
  std::array<channel<tracked>, 2> channels{channel<tracked>{0}, channel<tracked>{2}};
  sluice::mutex lock;
  sluice::shared_mutex table;
  semaphore slots{2};
  event door;
  condition_variable changed;
  int inside_lock = 0;
  int writers = 0;
  int readers = 0;
  int permits_out = 0;
  int sent = 0;
  int received = 0;
};

auto one_step(trial& t, world& w, context const& ctx) -> task<void> {
  auto& ch = w.channels[static_cast<std::size_t>(t.draw(2))];
  switch (t.draw(11)) {
    case 0:
      if (co_await ch.send(ctx, tracked{1})) ++w.sent;
      break;
    case 1:
      if (co_await ch.recv(ctx)) ++w.received;
      break;
    case 2: {
      auto in = on_recv(w.channels[0]);
      auto out = on_send(w.channels[1], tracked{2});
      auto late = on_timeout(duration{t.draw(4)});
      switch (co_await select(in, out, late)) {
        case 0: w.received += in.take() ? 1 : 0; break;
        case 1: w.sent += out.take() ? 1 : 0; break;
        default: break;
      }
      break;
    }
    case 3: {
      auto const held = co_await w.lock.lock(ctx);
      if (!held) break;
      t.check(++w.inside_lock == 1, "one at a time holds the mutex");
      (void)co_await sleep_for(ctx, duration{t.draw(3)});
      --w.inside_lock;
      break;
    }
    case 4: {
      auto const held = co_await w.table.lock(ctx);
      if (!held) break;
      t.check(++w.writers == 1 && w.readers == 0, "a writer is alone");
      co_await yield();
      --w.writers;
      break;
    }
    case 5: {
      auto const held = co_await w.table.lock_shared(ctx);
      if (!held) break;
      ++w.readers;
      t.check(w.writers == 0, "no reader beside a writer");
      co_await yield();
      --w.readers;
      break;
    }
    case 6: {
      auto const count = 1 + static_cast<int>(t.draw(2));
      auto const held = co_await w.slots.acquire(ctx, static_cast<std::size_t>(count));
      if (!held) break;
      w.permits_out += count;
      t.check(w.permits_out <= 2, "no more permits than there are");
      co_await yield();
      w.permits_out -= count;
      break;
    }
    case 7: (void)co_await w.door.wait(ctx); break;
    case 8: t.draw(2) == 0 ? w.door.set() : w.door.reset(); break;
    case 9: {
      auto held = co_await w.lock.lock(ctx);
      if (!held) break;
      t.draw(2) == 0 ? w.changed.broadcast() : static_cast<void>(co_await w.changed.wait(ctx, *held));
      t.check(held->owns_lock() && w.inside_lock == 0, "whoever comes back from a condition holds its mutex");
      break;
    }
    default: (void)co_await sleep_for(ctx, duration{t.draw(5)}); break;
  }
}

/// Tasks that each take a few steps, some of them under a limit of time of their own.
auto drawn_task(trial& t, world& w, context ctx) -> task<void> {
  for (auto left = 1 + t.draw(5); left > 0; --left) {
    if (t.draw(3) == 0) {
      auto const limit = with_timeout(ctx, duration{t.draw(6)});
      co_await one_step(t, w, limit.ctx());
    } else {
      co_await one_step(t, w, ctx);
    }
  }
}

void drawn_program(trial& t) {
  world w;
  deterministic_runtime rt{t};
  auto const limit = with_timeout(rt.ctx(), 100ns);  // whoever waits for nobody gives up then
  for (auto left = 2 + t.draw(4); left > 0; --left) rt.spawn(drawn_task(t, w, limit.ctx())).detach();
  (void)rt.run();
  auto const inside = static_cast<int>(w.channels[0].len() + w.channels[1].len());
  t.check(w.sent == w.received + inside, "what is sent is received, or inside");
  t.check(w.lock.try_lock().has_value() && w.table.try_lock().has_value(), "the locks are free");
  t.check(w.slots.available() == 2, "all permits are back");
  t.check(w.channels[0].try_recv().error().code() == errc::would_block, "no sender stays behind");
}

}  // namespace

TEST_CASE("the program of every room passes under a hundred thousand seeds", "[testing][G3][G4][Z3]") {
  auto const& each = room_programs()[GENERATE(range(std::size_t{0}, std::size_t{29}))];
  REQUIRE(room_programs().size() == 30);
  INFO(each.name);
  auto const run = [&](trial& t) { each.run(t, rough::no); };
  auto const report = testing::for_each_seed(seeds, {.workers = 3}, run);
  INFO(report.text);
  CHECK(report.passed());
  CHECK(report.runs >= seeds);
}

TEST_CASE("programs drawn by chance keep their promises under half a million seeds",
          "[testing][G3][G4][Z3]") {
  auto const workers = GENERATE(1U, 3U);
  testing::trial_options const options{.workers = workers, .slice_cost = duration{1}};
  auto const report = testing::for_each_seed(5 * seeds, options, drawn_program);
  INFO(report.text);
  CHECK(report.passed());
  CHECK(report.runs >= 5 * seeds);
}

TEST_CASE("programs drawn by chance bear a cancel anywhere", "[testing][C19][X16]") {
  auto const report = testing::for_each_fault(fault_kind::cancel, seeds / 50, {.workers = 2}, drawn_program);
  INFO(report.text);
  CHECK(report.passed());
  CHECK(report.fault_points > 10);
}

TEST_CASE("programs drawn by chance bear a wake-up that is late, and a clock that jumps",
          "[testing][G6][T1]") {
  auto const what = GENERATE(fault_kind::late_wake_up, fault_kind::clock_jump);
  testing::trial_options const options{.workers = 2, .plant = {.jump = {0, 7ns}}};
  auto const report = testing::for_each_fault(what, seeds / 100, options, drawn_program);
  INFO(report.text);
  CHECK(report.passed());
}
