// generator_bench — a task that sends what it makes, and somebody who receives it: one after the other, or all alive at once.
#include "harness/memory.hpp"
#include "micro/task_workload.hpp"

#include <sluice/channel/channel.hpp>
#include <sluice/sync/wait_group.hpp>

#include <atomic>
#include <chrono>
#include <vector>

namespace sluice::bench {
namespace {

using clock = std::chrono::steady_clock;

/// The sum of the squares of what is below `items`, modulo 2^64.
auto sum_of_squares(std::uint64_t items) -> std::uint64_t {
  std::uint64_t sum = 0;
  for (std::uint64_t id = 0; id < items; ++id) sum += id * id;
  return sum;
}

auto send_square(context const& ctx, channel<std::uint64_t>& into, std::uint64_t id) -> task<void> {
  (void)co_await into.send(ctx, id * id);
  into.close();
}

/// Makes a channel and a task that fills it, and receives until it is closed.
auto use_generator(runtime& on, std::uint64_t id, std::atomic<std::uint64_t>& sum, wait_group& all) -> task<void> {
  auto const& ctx = on.background();
  {
    channel<std::uint64_t> squares{1};
    auto sending = co_await on.fork(send_square(ctx, squares, id));
    while (auto const square = co_await squares.recv(ctx)) sum.fetch_add(*square, std::memory_order_relaxed);
    co_await std::move(sending);
  }
  all.done();
}

auto use_generators(runtime& on, std::uint64_t items, std::atomic<std::uint64_t>& sum) -> task<void> {
  wait_group all;
  all.add(static_cast<std::int64_t>(items));
  for (std::uint64_t id = 0; id < items; ++id) (co_await on.fork(use_generator(on, id, sum, all))).detach();
  (void)co_await all.wait(on.background());
}

auto generators(runtime& on, std::uint64_t items) -> timing {
  std::atomic<std::uint64_t> sum{0};
  auto const expected = sum_of_squares(items);
  auto const start = clock::now();
  auto const ended = on.block_on(use_generators(on, items, sum));
  auto const took = clock::now() - start;
  if (!ended) return std::unexpected{"gen: " + ended.error().message()};
  if (sum != expected) return std::unexpected{"gen: the sum is " + std::to_string(sum) + ", not " + std::to_string(expected)};
  return took;
}

auto send_square_later(context const& ctx, channel<std::uint64_t>& into, std::uint64_t id, wait_group& begun,
                       wait_group& all) -> task<void> {
  begun.done();
  (void)co_await into.send(ctx, id * id);
  into.close();
  all.done();
}

struct consumed {
  std::uint64_t sum = 0;
  std::int64_t resident = 0;  // when all were alive
};

/// Every generator waits in its first send before the first of them is asked.
auto consume_all_alive(runtime& on, std::uint64_t items) -> task<consumed> {
  auto const& ctx = on.background();
  consumed result;
  wait_group begun;
  wait_group all;
  begun.add(static_cast<std::int64_t>(items));
  all.add(static_cast<std::int64_t>(items));
  std::vector<channel<std::uint64_t>> channels;
  channels.reserve(items);
  for (std::uint64_t id = 0; id < items; ++id)
    on.spawn(send_square_later(ctx, channels.emplace_back(0), id, begun, all)).detach();
  (void)co_await begun.wait(ctx);
  result.resident = resident_bytes();
  for (auto& each : channels)
    while (auto const square = co_await each.recv(ctx)) result.sum += *square;
  (void)co_await all.wait(ctx);
  co_return result;
}

auto generators_alive(runtime& on, std::uint64_t items) -> timing {
  static auto const before = resident_bytes();  // what the warm-up leaves behind is used again
  auto const expected = sum_of_squares(items);
  auto const start = clock::now();
  auto const result = on.block_on(consume_all_alive(on, items));
  auto const took = clock::now() - start;
  if (!result) return std::unexpected{"genalive: " + result.error().message()};
  if (result->sum != expected)
    return std::unexpected{"genalive: the sum is " + std::to_string(result->sum) + ", not " + std::to_string(expected)};
  return measurement{took, result->resident - before};
}

void add_alive(workload_list& to, std::string const& question, std::uint64_t items, bool on_request) {
  add_task_workload(to, question, "generator", "all wait in their first send on an unbuffered channel, then all are consumed",
                    items, generators_alive, on_request);
}

}  // namespace

void add_generator_workloads(workload_list& to) {
  add_task_workload(to, "gen", "generator", "a task makes a channel of 1 and a task that sends one value and closes it, and receives until then",
                    1'000'000, generators);
  add_alive(to, "genalive", 1'000'000, false);
  add_alive(to, "ten-million-alive", 10'000'000, true);
}

}  // namespace sluice::bench
