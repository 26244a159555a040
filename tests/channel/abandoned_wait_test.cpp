#include <sluice/channel/channel.hpp>

#include <optional>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/sleep.hpp>
#include <tests/support/tracked.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using support::tracked;

namespace {

auto const always = context::background();

task<void> receive(context ctx, channel<int>& from, std::optional<result<int>>& got) {
  got = co_await from.recv(ctx);
}

task<void> send(context ctx, channel<int>& to, int value, std::optional<send_result<int>>& how) {
  how = co_await to.send(ctx, value);
}

}  // namespace

TEST_CASE("a cancelled receiver never gets a value, and the others keep their order",
          "[channel][C19][X16]") {
  constexpr std::size_t count = 5;
  auto const victim = GENERATE(range(std::size_t{0}, std::size_t{5}));
  std::vector<std::optional<result<int>>> got(count);
  channel<int> ch{1};
  testing::deterministic_runtime rt{7};
  std::vector<cancel_scope> scopes;
  for (auto& mine : got) {
    scopes.push_back(with_cancel(rt.background()));
    rt.spawn(receive(scopes.back(), ch, mine)).detach();
    CHECK(rt.run() == ended::deadlock);
  }
  scopes[victim].cancel();
  for (int value = 0; value < static_cast<int>(count) - 1; ++value)
    CHECK(ch.try_send(int{value}));  // the cancelled one has not even run yet
  CHECK(rt.run() == ended::all_tasks_done);

  int next = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (i == victim) {
      CHECK(got[i]->error().code() == errc::cancelled);
    } else {
      CHECK(got[i]->value() == next++);
    }
  }
  CHECK(ch.len() == 0);
}

TEST_CASE("a cancel that comes after the value does not take it away again", "[channel][C8][X16]") {
  std::optional<result<int>> got;
  std::optional<send_result<int>> how;
  channel<int> ch{0};
  testing::deterministic_runtime rt{GENERATE(range(0, 16))};
  auto scope = with_cancel(rt.background());
  SECTION("a receiver keeps what it was handed") {
    rt.spawn(receive(scope, ch, got)).detach();
    CHECK(rt.run() == ended::deadlock);
    REQUIRE(ch.try_send(5));
    scope.cancel();
    CHECK(rt.run() == ended::all_tasks_done);
    CHECK(got->value() == 5);
  }
  SECTION("a sender whose value was taken has sent it") {
    rt.spawn(send(scope, ch, 6, how)).detach();
    CHECK(rt.run() == ended::deadlock);
    CHECK(ch.try_recv() == 6);
    scope.cancel();
    CHECK(rt.run() == ended::all_tasks_done);
    CHECK(how->has_value());
  }
}

TEST_CASE("destroying a waiting task takes it out of the queue and unwinds it",
          "[channel][C8][C19][G2]") {
  std::vector<std::optional<result<tracked>>> got(3);
  channel<tracked> ch{0};
  auto forever = [](channel<tracked>& on, bool sends) -> task<void> {
    tracked const guard{1};
    if (sends) {
      (void)co_await on.send(always, tracked{2});
    } else {
      (void)co_await on.recv(always);
    }
  };
  auto const sends = GENERATE(true, false);
  {
    testing::deterministic_runtime rt{1};
    for (int i = 0; i < 3; ++i) rt.spawn(forever(ch, sends)).detach();
    CHECK(rt.run() == ended::deadlock);
    CHECK(tracked::alive == (sends ? 6 : 3));
  }
  CHECK(tracked::alive == 0);
  CHECK(ch.try_recv().error().code() == errc::would_block);  // nobody stands there any more
  CHECK(ch.try_send(tracked{9}).error().code() == errc::would_block);
}

TEST_CASE("with cancels at random moments every value is received or given back, once",
          "[channel][C8][C19]") {
  constexpr int count = 40;
  std::vector<int> times(count, 0);
  channel<int> ch{GENERATE(std::size_t{0}, std::size_t{2})};
  auto sender = [&](context ctx, int value, duration patience) -> task<void> {
    auto const scope = with_timeout(ctx, patience);
    (void)co_await sleep_for(always, duration{value % 7});
    auto sent = co_await ch.send(scope.ctx(), value);
    if (!sent) ++times[static_cast<std::size_t>(sent.error().value)];
  };
  auto receiver = [&](context ctx) -> task<void> {
    for (int round = 0; !ctx.done() && round < 1000; ++round) {
      auto const scope = with_timeout(ctx, duration{3});
      auto const got = co_await ch.recv(scope.ctx());
      if (got) ++times[static_cast<std::size_t>(*got)];
      (void)co_await sleep_for(ctx, duration{round % 3});
    }
  };
  testing::deterministic_runtime rt{GENERATE(range(0, 16)), 3};
  for (int value = 0; value < count; ++value)
    rt.spawn(sender(rt.background(), value, duration{value % 11})).detach();
  for (int i = 0; i < 2; ++i) rt.spawn(receiver(rt.background())).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  while (auto left = ch.try_recv()) ++times[static_cast<std::size_t>(*left)];
  CHECK(times == std::vector<int>(count, 1));
}
