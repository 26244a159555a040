// A thousand million operations on channels, each value counted where it is sent and where it arrives.
#include <array>
#include <atomic>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/channel/channel.hpp>
#include <sluice/channel/select.hpp>
#include <sluice/runtime/runtime.hpp>
#include <tests/support/stress.hpp>
#include <tests/support/thread_crew.hpp>
#include <tests/support/workers.hpp>

using namespace sluice;
using support::tally;

namespace {

using number = std::uint64_t;

/// How many sends and receives each shape is given, in millions. What costs less gets more.
enum shape { buffered, crowd, rendezvous, selected, cancelled, tried, closing, blocking };
constexpr std::array<number, 8> millions{400, 200, 96, 96, 96, 96, 12, 4};
static_assert(std::accumulate(millions.begin(), millions.end(), number{0}) == 1000);

constexpr unsigned worker_counts = 4;

/// Its share for one number of workers.
constexpr auto operations(shape of) -> number {
  return support::full_size(support::effort(millions[of] * 1'000'000)) / worker_counts;
}

auto const always = context::background();

/// Values say who sent them, and differ.
constexpr auto value_of(unsigned who, number n) -> number { return (number{who} << 48) + n; }

auto sends(channel<number>& to, unsigned who, number times) -> task<tally> {
  tally sent;
  for (number n = 1; n <= times; ++n)
    if (co_await to.send(always, value_of(who, n))) sent.add(value_of(who, n));
  co_return sent;
}

auto receives(channel<number>& from) -> task<tally> {
  tally got;
  while (auto const value = co_await from.recv(always)) got.add(*value);
  co_return got;
}

auto sum_of(std::vector<join_handle<tally>>& all) -> task<tally> {
  tally sum;
  for (auto& each : all) sum += co_await std::move(each);
  co_return sum;
}

/// Everybody who sends, then the end of all channels, then everybody who receives.
auto until_closed(std::vector<join_handle<tally>> sending, std::vector<channel<number>*> through,
                  std::vector<join_handle<tally>> receiving) -> task<support::passage> {
  support::passage seen;
  seen.in = co_await sum_of(sending);
  for (auto* each : through) each->close();
  seen.out = co_await sum_of(receiving);
  co_return seen;
}

/// `senders` and `receivers` on one channel.
auto pass(runtime& rt, std::size_t capacity, unsigned senders, unsigned receivers, number all) -> support::passage {
  channel<number> ch{capacity};
  std::vector<join_handle<tally>> sending;
  std::vector<join_handle<tally>> receiving;
  for (unsigned who = 0; who < receivers; ++who) receiving.push_back(rt.spawn(receives(ch)));
  for (unsigned who = 0; who < senders; ++who) sending.push_back(rt.spawn(sends(ch, who, all / 2 / senders)));
  return *rt.block_on(until_closed(std::move(sending), {&ch}, std::move(receiving)));
}

void check(support::passage const& seen, number expected) {
  CHECK(seen.in == seen.out);
  CHECK(seen.in.count == expected);
}

}  // namespace

TEST_CASE("a buffered channel loses no value between one task and another", "[channel][stress][threads][C8]") {
  runtime rt{{.workers = GENERATE(from_range(support::each_number_of_workers()))}};
  constexpr auto all = operations(buffered);
  check(pass(rt, 1024, 1, 1, all), all / 2);
}

TEST_CASE("a buffered channel loses no value between four tasks and four others", "[channel][stress][threads][C8]") {
  runtime rt{{.workers = GENERATE(from_range(support::each_number_of_workers()))}};
  constexpr auto all = operations(crowd);
  check(pass(rt, 64, 4, 4, all), all / 8 * 4);
}

TEST_CASE("a channel without a buffer loses no value", "[channel][stress][threads][C8]") {
  runtime rt{{.workers = GENERATE(from_range(support::each_number_of_workers()))}};
  constexpr auto all = operations(rendezvous);
  check(pass(rt, 0, 1, 1, all), all / 2);
}

TEST_CASE("selects over channels that fill, empty and close lose no value", "[channel][select][stress][threads][S1]") {
  auto gathers = [](channel<number>& left, channel<number>& right) -> task<tally> {
    tally got;
    for (auto open = 2; open > 0;) {
      auto from_left = on_recv(left);
      auto from_right = on_recv(right);
      auto const first = co_await select(from_left, from_right) == 0;
      auto const value = first ? from_left.take() : from_right.take();
      if (value) got.add(*value);
      else (first ? left : right) = channel<number>{}, --open;  // a null channel is never ready
    }
    co_return got;
  };
  auto spreads = [](channel<number>& left, channel<number>& right, unsigned who, number times) -> task<tally> {
    tally sent;
    for (number n = 1; n <= times; ++n) {
      auto to_left = on_send(left, value_of(who, n));
      auto to_right = on_send(right, value_of(who, n));
      auto const first = co_await select(to_left, to_right) == 0;
      if (first ? to_left.take() : to_right.take()) sent.add(value_of(who, n));
    }
    co_return sent;
  };
  runtime rt{{.workers = GENERATE(from_range(support::each_number_of_workers()))}};
  constexpr auto all = operations(selected);
  channel<number> left{16};
  channel<number> right{16};
  std::vector<join_handle<tally>> sending;
  std::vector<join_handle<tally>> receiving;
  receiving.push_back(rt.spawn(gathers(left, right)));
  for (unsigned who = 0; who < 2; ++who) sending.push_back(rt.spawn(spreads(left, right, who, all / 4)));
  check(*rt.block_on(until_closed(std::move(sending), {&left, &right}, std::move(receiving))), all / 4 * 2);
}

TEST_CASE("receives that end by their context take nothing away", "[channel][stress][threads][C19][X16]") {
  std::atomic<number> ended{0};
  // It receives under one context after another; each ends while it waits, or is about to.
  auto receives_in_rounds = [&](channel<number>& from, runtime& rt) -> task<tally> {
    tally got;
    for (auto open = true; open;) {
      auto scope = with_cancel(rt.background());
      auto ender = rt.spawn([](cancel_scope& ends) -> task<void> {
        co_await yield();
        ends.cancel();
      }(scope));
      for (;;) {
        auto const value = co_await from.recv(scope.ctx());
        if (value) {
          got.add(*value);
          continue;
        }
        open = value.error().code() != errc::closed;
        if (open) ended.fetch_add(1, std::memory_order_relaxed);
        break;
      }
      co_await std::move(ender);
    }
    co_return got;
  };
  runtime rt{{.workers = GENERATE(from_range(support::each_number_of_workers()))}};
  constexpr auto all = operations(cancelled);
  channel<number> ch{8};
  std::vector<join_handle<tally>> sending;
  std::vector<join_handle<tally>> receiving;
  for (unsigned who = 0; who < 2; ++who) receiving.push_back(rt.spawn(receives_in_rounds(ch, rt)));
  for (unsigned who = 0; who < 2; ++who) sending.push_back(rt.spawn(sends(ch, who, all / 4)));
  check(*rt.block_on(until_closed(std::move(sending), {&ch}, std::move(receiving))), all / 4 * 2);
  CHECK(ended > all / 10'000);
}

TEST_CASE("sends and receives that never wait lose no value", "[channel][stress][threads][C8]") {
  auto tries = [](channel<number>& ch, unsigned who, number times) -> task<support::passage> {
    support::passage mine;
    for (number n = 1; mine.in.count < times;) {
      if (ch.try_send(value_of(who, n))) mine.in.add(value_of(who, n++));
      if (auto const value = ch.try_recv()) mine.out.add(*value);
      if (n % 512 == 0) co_await yield();
    }
    co_return mine;
  };
  runtime rt{{.workers = GENERATE(from_range(support::each_number_of_workers()))}};
  constexpr auto all = operations(tried);
  channel<number> ch{128};
  std::vector<join_handle<support::passage>> crew;
  for (unsigned who = 0; who < 4; ++who) crew.push_back(rt.spawn(tries(ch, who, all / 8)));
  support::passage seen;
  for (auto& each : crew) seen += std::move(each).join_blocking();
  while (auto const value = ch.try_recv()) seen.out.add(*value);
  check(seen, all / 8 * 4);
}

TEST_CASE("what was sent before a close arrives, and what was not is given back", "[channel][stress][threads][C12]") {
  auto sends_until_closed = [](channel<number>& to, unsigned who) -> task<tally> {
    tally sent;
    for (number n = 1;; ++n) {
      auto const how = co_await to.send(always, value_of(who, n));
      if (!how) {
        if (how.error().value != value_of(who, n)) sent.add(0);  // given back as it was, or it shows
        co_return sent;
      }
      sent.add(value_of(who, n));
    }
  };
  auto receives_and_closes = [](channel<number>& from, number after) -> task<tally> {
    tally got;
    while (auto const value = co_await from.recv(always)) {
      got.add(*value);
      if (got.count == after) from.close();
    }
    co_return got;
  };
  runtime rt{{.workers = GENERATE(from_range(support::each_number_of_workers()))}};
  constexpr auto all = operations(closing);
  constexpr number values_a_round = 100;
  support::passage seen;
  for (number n = 0; n < all / 2 / values_a_round; ++n) {
    channel<number> ch{n % 4};
    auto receiving = rt.spawn(receives_and_closes(ch, values_a_round));
    std::vector<join_handle<tally>> sending;
    for (unsigned who = 0; who < 3; ++who) sending.push_back(rt.spawn(sends_until_closed(ch, who)));
    for (auto& each : sending) seen.in += std::move(each).join_blocking();
    seen.out += std::move(receiving).join_blocking();
  }
  CHECK(seen.in == seen.out);
  CHECK(seen.in.count >= all / 2 / values_a_round * values_a_round);
}

TEST_CASE("threads that block and tasks that wait lose no value between them", "[channel][stress][threads][C5][C8]") {
  runtime rt{{.workers = GENERATE(from_range(support::each_number_of_workers()))}};
  constexpr auto all = operations(blocking);
  channel<number> there{4};
  channel<number> back{4};
  // What a thread sends a task passes on, and another thread receives.
  auto passes_on = [](channel<number>& from, channel<number>& to) -> task<void> {
    while (auto const value = co_await from.recv(always)) (void)co_await to.send(always, *value);
    to.close();
  };
  auto passing = rt.spawn(passes_on(there, back));
  support::passage seen;
  support::run_together(2, [&](unsigned who) {
    if (who == 0) {
      for (number n = 1; n <= all / 4; ++n)
        if (there.send_blocking(always, n)) seen.in.add(n);
      there.close();
    } else {
      while (auto const value = back.recv_blocking(always)) seen.out.add(*value);
    }
  });
  std::move(passing).join_blocking();
  check(seen, all / 4);
}
