// channel_bench — values between tasks: there and back through unbuffered channels, and one way through a buffered one.
#include "harness/shapes.hpp"
#include "micro/task_workload.hpp"

#include <sluice/channel/channel.hpp>

#include <atomic>
#include <chrono>

namespace sluice::bench {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t buffer = 128;

auto echo(context ctx, channel<int>& there, channel<int>& back) -> task<void> {
  while (auto const value = co_await there.recv(ctx)) (void)co_await back.send(ctx, *value + 1);
  back.close();
}

/// One value goes there and comes back one larger, `rounds` times. Returns what it became.
auto ping(runtime& on, std::uint64_t rounds) -> task<int> {
  auto const ctx = on.background();
  channel<int> there{0};
  channel<int> back{0};
  auto echoing = on.spawn(echo(ctx, there, back));
  int value = 0;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    (void)co_await there.send(ctx, value);
    value = (co_await back.recv(ctx)).value();
  }
  there.close();
  co_await std::move(echoing);
  co_return value;
}

auto ping_pong(runtime& on, std::uint64_t rounds) -> timing {
  auto const start = clock::now();
  auto const value = on.block_on(ping(on, rounds));
  auto const took = clock::now() - start;
  if (!value) return std::unexpected{"ping-pong: " + value.error().message()};
  if (static_cast<std::uint64_t>(*value) != rounds)
    return std::unexpected{"ping-pong: the value is " + std::to_string(*value) + " after " + std::to_string(rounds) +
                           " round trips"};
  return took;
}

/// Adds up what arrives at one consumer, and how many that were.
struct tally {
  std::atomic<std::uint64_t> sum{0};
  std::atomic<std::uint64_t> count{0};
};

auto produce(context ctx, channel<std::int64_t>& into, std::uint64_t from, std::uint64_t to) -> task<void> {
  for (auto value = from; value < to; ++value) (void)co_await into.send(ctx, static_cast<std::int64_t>(value));
}

auto consume(context ctx, channel<std::int64_t>& from, tally& into) -> task<void> {
  std::uint64_t sum = 0;
  std::uint64_t count = 0;
  while (auto const value = co_await from.recv(ctx)) sum += static_cast<std::uint64_t>(*value), ++count;
  into.sum += sum;
  into.count += count;
}

auto pass_all(runtime& on, shape of, std::uint64_t items, tally& arrived) -> task<void> {
  auto const ctx = on.background();
  channel<std::int64_t> between{buffer};
  std::vector<join_handle<void>> producing;
  std::vector<join_handle<void>> consuming;
  for (unsigned who = 0; who < of.producers; ++who) {
    auto const part = share(who, of.producers, items);
    auto const from = part.empty() ? 0 : part.front();
    producing.push_back(on.spawn(produce(ctx, between, from, from + part.size())));
  }
  for (unsigned who = 0; who < of.consumers; ++who) consuming.push_back(on.spawn(consume(ctx, between, arrived)));
  for (auto& each : producing) co_await std::move(each);
  between.close();
  for (auto& each : consuming) co_await std::move(each);
}

auto buffered(runtime& on, shape of, std::uint64_t items) -> timing {
  tally arrived;
  auto const start = clock::now();
  auto const ended = on.block_on(pass_all(on, of, items, arrived));
  auto const took = clock::now() - start;
  if (!ended) return std::unexpected{"buffered: " + ended.error().message()};
  if (arrived.count != items || arrived.sum != checksum(items))
    return std::unexpected{"buffered: " + std::to_string(arrived.count) + " of " + std::to_string(items) +
                           " values arrived, or others than were sent"};
  return took;
}

}  // namespace

void add_channel_workloads(workload_list& to) {
  add_task_workload(to, "ping-pong", "round trip", "an int there and back between 2 tasks, 2 unbuffered channels",
                    1'000'000, ping_pong);
  for (auto const of : {shape{1, 1}, shape{4, 4}})
    add_task_workload(to, "buffered-" + of.name(), "item",
                      std::to_string(of.producers) + (of.producers == 1 ? " task to " : " tasks to ") +
                          std::to_string(of.consumers) + " through a channel of 128 int64",
                      4'000'000, [of](runtime& on, std::uint64_t items) { return buffered(on, of, items); });
}

}  // namespace sluice::bench
