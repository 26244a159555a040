#include <sluice/channel/oneshot.hpp>

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/runtime/runtime.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/sleep.hpp>
#include <tests/support/thread_crew.hpp>
#include <tests/support/tracked.hpp>
#include <tests/support/workers.hpp>
#include <tests/support/settle.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using Catch::Generators::range;
using support::explosive;
using support::settle;
using support::tracked;
using testing::deterministic_runtime;

static_assert(!std::copy_constructible<oneshot_sender<int>> && std::movable<oneshot_sender<int>>);
static_assert(!std::copy_constructible<oneshot_receiver<int>> && std::movable<oneshot_receiver<int>>);

namespace {

auto const always = context::background();

template <class T>
task<void> take(context ctx, oneshot_receiver<T>& from, std::optional<result<T>>& into) {
  into.emplace(co_await from.recv(ctx));
}

}  // namespace

TEST_CASE("the value arrives once, whether it is sent before or while somebody waits",
          "[channel][C8][C12]") {
  auto const waits_first = GENERATE(false, true);
  deterministic_runtime rt{GENERATE(range(0, 16))};
  auto [to, from] = oneshot<tracked>();
  std::optional<result<tracked>> got;
  if (!waits_first) CHECK(to.send(tracked{7}));
  rt.spawn(take(rt.background(), from, got)).detach();
  if (waits_first) {
    CHECK(rt.run() == ended::deadlock);
    CHECK_FALSE(got);
    CHECK(to.send(tracked{7}));
  }
  CHECK(rt.run() == ended::all_tasks_done);
  REQUIRE(got->has_value());
  CHECK((*got)->value() == 7);
  CHECK(from.try_recv().error() == errc::closed);  // there is no second one
}

TEST_CASE("values of any kind pass, also those that can only be moved", "[channel][C8][C18]") {
  auto [to, from] = oneshot<std::unique_ptr<std::string>>();
  CHECK(to.send(std::make_unique<std::string>("moved")));
  CHECK(**from.try_recv() == "moved");

  auto [outer, receives] = oneshot<oneshot_receiver<int>>();
  auto [inner, last] = oneshot<int>();
  CHECK(outer.send(std::move(last)));
  CHECK(inner.send(3));
  CHECK(receives.try_recv()->try_recv() == 3);
}

TEST_CASE("a sender that goes without sending leaves closed behind", "[channel][C10][C12]") {
  auto const waits_first = GENERATE(false, true);
  deterministic_runtime rt{GENERATE(range(0, 8))};
  std::optional<result<int>> got;
  auto ends = oneshot<int>();
  auto& from = ends.receiver;
  std::optional<oneshot_sender<int>> to{std::move(ends.sender)};
  CHECK(from.try_recv().error() == errc::would_block);
  if (waits_first) rt.spawn(take(rt.background(), from, got)).detach();
  settle(rt);
  to.reset();
  if (!waits_first) rt.spawn(take(rt.background(), from, got)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(got->error() == errc::closed);
  CHECK(from.try_recv().error() == errc::closed);
}

TEST_CASE("a value sent before its sender goes still arrives", "[channel][C12]") {
  auto ends = oneshot<int>();
  {
    auto to = std::move(ends.sender);
    CHECK(to.send(5));
  }
  CHECK(ends.receiver.try_recv() == 5);
  CHECK(ends.receiver.try_recv().error() == errc::closed);
}

TEST_CASE("a send gives its value back when the receiver has gone", "[channel][C9]") {
  auto ends = oneshot<tracked>();
  auto& to = ends.sender;
  CHECK_FALSE(to.closed());
  { auto const gone = std::move(ends.receiver); }
  CHECK(to.closed());
  auto const sent = to.send(tracked{4});
  REQUIRE_FALSE(sent);
  CHECK(sent.error().why == errc::closed);
  CHECK(sent.error().value.value() == 4);
  CHECK_FALSE(to.send(tracked{4}));  // nothing was sent: it may be tried again
}

TEST_CASE("a value that nobody took goes with the receiver, at once", "[channel][C8]") {
  auto ends = oneshot<tracked>();
  CHECK(ends.sender.send(tracked{1}));
  CHECK(tracked::alive == 1);
  { auto const gone = std::move(ends.receiver); }
  CHECK(tracked::objects == 0);  // though the sender is still here
}

TEST_CASE("a second value, and an end that was moved from, are misuse", "[channel]") {
  auto [to, from] = oneshot<int>();
  CHECK(to.send(1));
  CHECK_THROWS_AS(to.send(2), misuse);
  CHECK(from.try_recv() == 1);
  CHECK_THROWS_AS(to.send(2), misuse);
  auto const moved = std::move(to);
  auto const received = std::move(from);
  CHECK_THROWS_AS(to.send(3), misuse);        // NOLINT: on purpose
  CHECK_THROWS_AS(from.try_recv(), misuse);   // NOLINT
  CHECK_THROWS_AS(from.recv(always), misuse);  // NOLINT
}

TEST_CASE("an end that is assigned to lets go of what it had", "[channel]") {
  auto first = oneshot<int>();
  auto second = oneshot<int>();
  first.sender = std::move(second.sender);
  CHECK(first.receiver.try_recv().error() == errc::closed);
  CHECK(first.sender.send(2));
  first.receiver = std::move(second.receiver);
  CHECK(first.receiver.try_recv() == 2);
}

TEST_CASE("a wait that gives up takes nothing, and the value can still be received",
          "[channel][C19][X16]") {
  deterministic_runtime rt{GENERATE(range(0, 16))};
  auto [to, from] = oneshot<int>();
  std::optional<result<int>> first;
  std::optional<result<int>> second;
  auto const patience = with_timeout(rt.background(), 1ms);
  rt.spawn(take(patience.ctx(), from, first)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(first->error() == errc::deadline_exceeded);
  rt.spawn(take(rt.background(), from, second)).detach();
  settle(rt);
  CHECK(to.send(9));
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(second->value() == 9);
}

TEST_CASE("a context that has ended receives nothing, though the value is there", "[channel][X16]") {
  deterministic_runtime rt{1};
  auto [to, from] = oneshot<int>();
  CHECK(to.send(1));
  auto scope = with_cancel(rt.background());
  scope.cancel();
  std::optional<result<int>> got;
  rt.spawn(take(scope.ctx(), from, got)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(got->error() == errc::cancelled);
  CHECK(from.recv_blocking(scope.ctx()).error() == errc::cancelled);
  CHECK(from.try_recv() == 1);
}

TEST_CASE("a oneshot keeps a value that came before the cancel", "[channel][C8][X16]") {
  deterministic_runtime rt{GENERATE(range(0, 16))};
  auto [to, from] = oneshot<int>();
  auto scope = with_cancel(rt.background());
  std::optional<result<int>> got;
  rt.spawn(take(scope.ctx(), from, got)).detach();
  settle(rt);
  CHECK(to.send(5));
  scope.cancel();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(got->value() == 5);
}

TEST_CASE("destroying a task that waits, or that has just been woken, loses no value",
          "[channel][C8][C19][G2]") {
  auto [to, from] = oneshot<tracked>();
  auto waits = [](oneshot_receiver<tracked>& on) -> task<void> {
    tracked const guard{1};
    (void)co_await on.recv(always);
  };
  struct sends_at_end {
    oneshot_sender<tracked>* to;
    explicit sends_at_end(oneshot_sender<tracked>& end) noexcept : to(&end) {}
    sends_at_end(sends_at_end&& other) noexcept : to(std::exchange(other.to, nullptr)) {}
    ~sends_at_end() {
      if (to != nullptr) (void)to->send(tracked{8});
    }
  };
  auto const woken = GENERATE(false, true);
  {
    deterministic_runtime rt{1};
    if (woken) {  // unwound first, it sends to the one that is unwound next
      rt.spawn([](sends_at_end) -> task<void> {
          (void)co_await sleep_for(always, never.time_since_epoch());
        }(sends_at_end{to})).detach();
      settle(rt);
    }
    rt.spawn(waits(from)).detach();
    CHECK(rt.run() == ended::deadlock);
  }
  CHECK(tracked::alive == (woken ? 1 : 0));
  if (!woken) CHECK(to.send(tracked{8}));
  CHECK(from.try_recv()->value() == 8);
}

TEST_CASE("a value whose move throws is not sent, and not lost on the way out", "[channel][C8]") {
  auto [to, from] = oneshot<explosive>();
  explosive::calm = 0;
  CHECK_THROWS_AS(to.send(explosive{1}), explosive::exploded);
  explosive::calm = explosive::never;
  CHECK(from.try_recv().error() == errc::would_block);
  CHECK(to.send(explosive{2}));
  auto const calm = GENERATE(range(0, 4));
  explosive::calm = calm;
  int value = 0;
  try {
    value = from.try_recv()->value();
  } catch (explosive::exploded const&) {
    explosive::calm = explosive::never;
    value = from.try_recv()->value();  // it is still there
  }
  explosive::calm = explosive::never;
  CHECK(value == 2);
}

TEST_CASE("an answer per question, over many schedules", "[channel][C8]") {
  int right = 0;
  auto answers = [](oneshot_sender<int> to, int value) -> task<void> {
    (void)co_await sleep_for(always, duration{value % 5});
    if (value % 7 != 0) (void)to.send(value);
  };
  auto asks = [&](executor& home) -> task<void> {
    for (int n = 0; n < 40; ++n) {
      auto [to, from] = oneshot<int>();
      spawn(home, answers(std::move(to), n)).detach();
      auto const got = co_await from.recv(always);
      if (n % 7 == 0 ? !got && got.error() == errc::closed : got && *got == n) ++right;
    }
  };
  deterministic_runtime rt{GENERATE(range(0, 16)), 3};
  CHECK(rt.block_on(asks(rt.home())));
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(right == 40);
}

TEST_CASE("what precedes a send, or the sender's going, is seen by the thread that receives",
          "[channel][threads][C13]") {
  int wrong = 0;
  for (int round = 0; round < 300; ++round) {
    int plain = 0;
    auto ends = oneshot<int>();
    support::run_together(2, [&](unsigned who) {
      if (who == 0) {
        auto const to = std::make_unique<oneshot_sender<int>>(std::move(ends.sender));
        plain = round + 1;
        if (round % 2 == 0) (void)to->send(round);
      } else {
        auto const from = std::make_unique<oneshot_receiver<int>>(std::move(ends.receiver));
        auto const got = from->recv_blocking(always);
        if (plain != round + 1) ++wrong;
        if (round % 2 == 0 ? got != round : got.has_value()) ++wrong;
      }
    });
  }
  CHECK(wrong == 0);
}

TEST_CASE("send against the receiver's going: one of the two has the value", "[channel][threads][C8][C9]") {
  int lost = 0;
  for (int round = 0; round < 300; ++round) {
    auto ends = oneshot<tracked>();
    support::run_together(2, [&](unsigned who) {
      if (who == 0) {
        auto const sent = ends.sender.send(tracked{round});
        if (!sent && sent.error().value.value() != round) ++lost;
      } else {
        auto const gone = std::move(ends.receiver);
      }
    });
    if (tracked::alive != 0) ++lost;
  }
  CHECK(lost == 0);
}

TEST_CASE("a thread that receives gives up with its context, and no worker may block",
          "[channel][threads][X16][G8]") {
  runtime rt{{.workers = support::workers(2)}};
  auto [to, from] = oneshot<int>();
  {
    auto const patience = with_timeout(rt.background(), 1ms);
    CHECK(from.recv_blocking(patience.ctx()).error() == errc::deadline_exceeded);
  }
  auto blocks = [](oneshot_receiver<int>& on) -> task<void> {
    (void)on.recv_blocking(always);
    co_return;
  };
  CHECK_THROWS_AS(rt.block_on(blocks(from)), misuse);
  CHECK(to.send(1));
  CHECK(from.recv_blocking(always) == 1);
}
