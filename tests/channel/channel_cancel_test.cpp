// What ending a context, or a task, leaves behind in a channel: nothing.
#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/channel/channel.hpp>
#include <sluice/task/frame_pool.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <tests/support/settle.hpp>
#include <tests/support/tracked.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using Catch::Generators::range;
using support::settle;
using support::tracked;
using testing::deterministic_runtime;

namespace {

using journal = std::vector<std::string>;

/// Sends one value and notes how that went.
task<void> send_one(context ctx, channel<int>& to, int value, journal& into) {
  auto const sent = co_await to.send(ctx, value);
  into.push_back(std::to_string(sent ? value : sent.error().value) + " " +
                 (sent ? "sent" : std::string(name(sent.error().why.code()))));
}

task<void> receive_one(context ctx, channel<int>& from, int who, journal& into) {
  auto const got = co_await from.recv(ctx);
  into.push_back(std::to_string(who) + " " +
                 (got ? std::to_string(*got) : std::string(name(got.error().code()))));
}

auto sorted(journal lines) -> journal {
  std::ranges::sort(lines);
  return lines;
}

}  // namespace

TEST_CASE("a task on a null channel waits until its context ends", "[channel][C14][X16]") {
  deterministic_runtime rt{GENERATE(range(0u, 8u))};
  channel<int> nothing;
  journal seen;
  auto scope = with_cancel(rt.background());
  rt.spawn(receive_one(scope.ctx(), nothing, 1, seen)).detach();
  rt.spawn(send_one(scope.ctx(), nothing, 2, seen)).detach();
  CHECK(rt.run() == ended::deadlock);
  CHECK(seen.empty());
  scope.cancel();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(sorted(seen) == journal{"1 cancelled", "2 cancelled"});
}

TEST_CASE("a context that has ended fails an operation that could complete at once",
          "[channel][X16]") {
  deterministic_runtime rt{1};
  channel<int> ch{1};
  auto scope = with_cancel(rt.background());
  scope.cancel();
  journal seen;
  rt.spawn(send_one(scope.ctx(), ch, 1, seen)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(ch.len() == 0);
  CHECK(ch.try_send(2));
  rt.spawn(receive_one(scope.ctx(), ch, 3, seen)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(ch.len() == 1);
  CHECK(seen == journal{"1 cancelled", "3 cancelled"});
}

TEST_CASE("a deadline that passes is reported as one", "[channel][X9][X16]") {
  deterministic_runtime rt{1};
  channel<int> ch{0};
  journal seen;
  auto const scope = with_timeout(rt.background(), 2ms);
  rt.spawn(send_one(scope.ctx(), ch, 1, seen)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(seen == journal{"1 deadline exceeded"});
  CHECK(rt.now() == instant{2ms});
}

TEST_CASE("a cancelled sender leaves the queue, and the others keep their order",
          "[channel][C19][X16]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u))};
  channel<int> ch{1};
  CHECK(ch.try_send(0));
  journal seen;
  auto scope = with_cancel(rt.background());
  for (int value : {1, 2, 3}) {
    rt.spawn(send_one(value == 2 ? scope.ctx() : rt.background(), ch, value, seen)).detach();
    settle(rt);
  }
  scope.cancel();
  settle(rt);
  CHECK(seen == journal{"2 cancelled"});
  for (int value : {0, 1, 3}) CHECK(ch.try_recv() == value);
  CHECK(ch.try_recv().error() == errc::would_block);
  CHECK(rt.run() == ended::all_tasks_done);
}

TEST_CASE("a cancelled receiver takes nothing, and the others keep their order",
          "[channel][C19][X16]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u))};
  channel<int> ch{1};
  journal seen;
  auto scope = with_cancel(rt.background());
  for (int who : {1, 2, 3}) {
    rt.spawn(receive_one(who == 2 ? scope.ctx() : rt.background(), ch, who, seen)).detach();
    settle(rt);
  }
  scope.cancel();
  settle(rt);
  CHECK(ch.try_send(10));
  CHECK(ch.try_send(30));
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(sorted(seen) == journal{"1 10", "2 cancelled", "3 30"});
}

TEST_CASE("a value is sent or given back, whichever of cancel and receive comes first",
          "[channel][C8][X16]") {
  deterministic_runtime rt{GENERATE(range(0u, 64u)), 3};
  channel<int> ch{0};
  journal seen;
  auto scope = with_cancel(rt.background());
  rt.spawn(send_one(scope.ctx(), ch, 1, seen)).detach();
  rt.spawn([](cancel_scope& ending) -> task<void> {
      ending.cancel();
      co_return;
    }(scope)).detach();
  auto const patient = with_timeout(rt.background(), 1ms);
  rt.spawn(receive_one(patient.ctx(), ch, 9, seen)).detach();
  REQUIRE(rt.run() == ended::all_tasks_done);
  auto const lines = sorted(seen);
  CHECK((lines == journal{"1 sent", "9 1"} || lines == journal{"1 cancelled", "9 deadline exceeded"}));
}

TEST_CASE("a task that is destroyed while it waits leaves the queue", "[channel][C19][G2]") {
  auto const frames = count_frames().alive();
  auto const values = tracked::alive.load();
  {
    channel<tracked> ch{0};
    {
      deterministic_runtime rt{1};
      rt.spawn([](channel<tracked>& to) -> task<void> {
          (void)co_await to.send(context::background(), tracked(1));
        }(ch)).detach();
      CHECK(rt.run() == ended::deadlock);
    }
    CHECK(ch.try_recv().error() == errc::would_block);
  }
  CHECK(count_frames().alive() == frames);
  CHECK(tracked::alive == values);
}
