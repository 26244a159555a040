#include <sluice/channel/channel.hpp>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/runtime/runtime.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/sleep.hpp>
#include <tests/support/workers.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {
auto const always = context::background();
}  // namespace

TEST_CASE("on real threads every value arrives once, and carries what was written before it",
          "[channel][C8][C13][threads]") {
  constexpr int senders = 3;
  constexpr int each = 400;
  std::vector<int> payload(senders * each, 0);  // plain memory: the channel alone orders it
  std::vector<std::atomic<int>> times(senders * each);
  channel<int> ch{GENERATE(std::size_t{0}, std::size_t{1}, std::size_t{16})};
  auto sender = [&](int who) -> task<void> {
    for (int i = 0; i < each; ++i) {
      auto const at = who * each + i;
      payload[static_cast<std::size_t>(at)] = at + 1;
      (void)co_await ch.send(always, at);
    }
  };
  auto receiver = [&]() -> task<int> {
    int wrong = 0;
    while (auto at = co_await ch.recv(always)) {
      ++times[static_cast<std::size_t>(*at)];
      if (payload[static_cast<std::size_t>(*at)] != *at + 1) ++wrong;
    }
    co_return wrong;
  };
  auto everything = [&](executor& home) -> task<int> {
    std::vector<join_handle<void>> sending;
    std::vector<join_handle<int>> receiving;
    for (int i = 0; i < 2; ++i) receiving.push_back(spawn(home, receiver()));
    for (int who = 0; who < senders; ++who) sending.push_back(spawn(home, sender(who)));
    for (auto& one : sending) co_await std::move(one);
    ch.close();
    int wrong = 0;
    for (auto& one : receiving) wrong += co_await std::move(one);
    co_return wrong;
  };
  runtime rt{{.workers = GENERATE(from_range(support::each_number_of_workers()))}};
  CHECK(rt.block_on(everything(rt.home())) == 0);
  CHECK(std::ranges::all_of(times, [](auto const& count) { return count == 1; }));
}

TEST_CASE("a receive that frees a slot happens before the send that fills it", "[channel][C13][threads]") {
  constexpr std::size_t capacity = 2;
  constexpr int count = 2000;
  std::vector<int> answered(count, 0);  // plain memory, written before the k-th receive
  channel<int> ch{capacity};
  auto receiver = [&]() -> task<void> {
    for (int k = 0; k < count; ++k) {
      answered[static_cast<std::size_t>(k)] = k + 1;
      (void)co_await ch.recv(always);
    }
  };
  auto sender = [&]() -> task<int> {
    int wrong = 0;
    for (int k = 0; k < count; ++k) {
      (void)co_await ch.send(always, k);
      auto const freed = k - static_cast<int>(capacity);
      if (freed >= 0 && answered[static_cast<std::size_t>(freed)] != freed + 1) ++wrong;
    }
    co_return wrong;
  };
  runtime rt{{.workers = support::workers(2)}};
  auto receiving = rt.spawn(receiver());
  CHECK(rt.block_on(sender()) == 0);
  std::move(receiving).join_blocking();
}

TEST_CASE("a plain thread waits in the same queue as tasks do", "[channel][C5][threads]") {
  runtime rt{{.workers = support::workers(2)}};
  channel<int> there{0};
  channel<int> back{1};
  auto echo = [&]() -> task<void> {
    while (auto value = co_await there.recv(always)) (void)co_await back.send(always, *value * 2);
    back.close();
  };
  auto echoing = rt.spawn(echo());
  for (int value = 0; value < 50; ++value) {
    REQUIRE(there.send_blocking(always, value));
    REQUIRE(back.recv_blocking(always) == value * 2);
  }
  there.close();
  CHECK(back.recv_blocking(always).error().code() == errc::closed);
  auto refused = there.send_blocking(always, 7);
  CHECK(refused.error().why.code() == errc::closed);
  CHECK(refused.error().value == 7);
  std::move(echoing).join_blocking();
}

TEST_CASE("a blocked thread returns when its context ends", "[channel][X16][threads]") {
  runtime rt{{.workers = 1}};
  channel<int> ch{0};
  auto const scope = with_timeout(rt.background(), 2ms);
  CHECK(ch.recv_blocking(scope).error().code() == errc::deadline_exceeded);
  CHECK(ch.recv_blocking(scope).error().code() == errc::deadline_exceeded);  // ended on entry
  auto const unsent = ch.send_blocking(scope, 4);
  CHECK(unsent.error().why.code() == errc::deadline_exceeded);
  CHECK(unsent.error().value == 4);

  auto patient = with_cancel(rt.background());
  std::thread canceller{[&] { patient.cancel(); }};
  CHECK(ch.send_blocking(patient, 5).error().why.code() == errc::cancelled);
  canceller.join();
}

TEST_CASE("blocking a worker is misuse, not a hang", "[channel][G8]") {
  channel<int> ch{0};
  auto blocks = [&](bool sends) -> task<void> {
    if (sends) {
      (void)ch.send_blocking(always, 1);
    } else {
      (void)ch.recv_blocking(always);
    }
    co_return;
  };
  auto const sends = GENERATE(true, false);
  testing::deterministic_runtime rt{1};
  CHECK_THROWS_AS(rt.block_on(blocks(sends)), misuse);
}

TEST_CASE("blocking on a null channel is misuse", "[channel][C14]") {
  channel<int> null;
  CHECK_THROWS_AS(null.send_blocking(always, 1), misuse);
  CHECK_THROWS_AS(null.recv_blocking(always), misuse);
}

TEST_CASE("a cancel racing with a hand-over leaves every value in one place", "[channel][C8][C19][threads]") {
  constexpr int rounds = 300;
  channel<int> ch{0};
  std::atomic<int> received{0};
  std::atomic<int> given_back{0};
  auto sender = [&](context ctx) -> task<void> {
    for (int i = 0; i < rounds; ++i) {
      auto const scope = with_timeout(ctx, duration{(i % 5) * 2'000});
      if (!co_await ch.send(scope.ctx(), i)) ++given_back;
    }
  };
  auto receiver = [&](context ctx, context until) -> task<void> {
    while (!until.done()) {
      auto const scope = with_timeout(ctx, 5us);
      if (co_await ch.recv(scope.ctx())) ++received;
    }
  };
  runtime rt{{.workers = support::workers(2)}};
  auto over = with_cancel(rt.background());
  auto receiving = rt.spawn(receiver(rt.background(), over));
  auto first = rt.spawn(sender(rt.background()));
  auto second = rt.spawn(sender(rt.background()));
  std::move(first).join_blocking();
  std::move(second).join_blocking();
  over.cancel();
  std::move(receiving).join_blocking();
  CHECK(received + given_back == 2 * rounds);
}
