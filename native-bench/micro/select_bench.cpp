// select_bench — one of several channels: ready, awaited, or none.
#include "micro/task_workload.hpp"

#include <sluice/channel/select.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sluice::bench {
namespace {

using clock = std::chrono::steady_clock;

/// `N` cases that receive, one for each channel.
template <std::size_t N>
auto cases_of(std::array<channel<std::int64_t>, N>& from) -> std::array<receive_case<std::int64_t>, N> {
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<receive_case<std::int64_t>, N>{receive_case<std::int64_t>{from[I].core()}...};
  }(std::make_index_sequence<N>{});
}

template <std::size_t N>
auto select_any(std::array<receive_case<std::int64_t>, N>& cases) {
  return [&]<std::size_t... I>(std::index_sequence<I...>) { return select(cases[I]...); }(std::make_index_sequence<N>{});
}

template <std::size_t N>
auto channels_of(std::size_t capacity) -> std::array<channel<std::int64_t>, N> {
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<channel<std::int64_t>, N>{((void)I, channel<std::int64_t>{capacity})...};
  }(std::make_index_sequence<N>{});
}

/// One value lies in one of `N` channels, in each of them in turn, and is selected.
template <std::size_t N>
auto select_ready(std::uint64_t items, std::uint64_t& sum) -> task<void> {
  auto channels = channels_of<N>(1);
  auto cases = cases_of(channels);
  for (std::uint64_t value = 0; value < items; ++value) {
    (void)channels[value % N].try_send(static_cast<std::int64_t>(value));
    sum += static_cast<std::uint64_t>(cases[co_await select_any(cases)].take().value());
  }
}

auto produce(context ctx, channel<std::int64_t>& into, std::uint64_t from, std::uint64_t step, std::uint64_t to)
    -> task<void> {
  for (auto value = from; value < to; value += step) (void)co_await into.send(ctx, static_cast<std::int64_t>(value));
}

/// `N` producers, each with an unbuffered channel of its own, and one who selects among them.
template <std::size_t N>
auto select_blocked(runtime& on, std::uint64_t items, std::uint64_t& sum) -> task<void> {
  auto channels = channels_of<N>(0);
  auto cases = cases_of(channels);
  std::vector<join_handle<void>> producing;
  for (std::size_t who = 0; who < N; ++who)
    producing.push_back(on.spawn(produce(on.background(), channels[who], who, N, items)));
  for (std::uint64_t taken = 0; taken < items; ++taken)
    sum += static_cast<std::uint64_t>(cases[co_await select_any(cases)].take().value());
  for (auto& each : producing) co_await std::move(each);
}

/// Nothing is there, and nobody waits.
auto select_nothing(std::uint64_t items, std::uint64_t& sum) -> task<void> {
  channel<std::int64_t> silent{0};
  auto from = on_recv(silent);
  std::uint64_t mine = 0;  // as in Go: not in memory that somebody else may see
  for (std::uint64_t look = 0; look < items; ++look)
    if (!try_select(from)) mine += look;
  sum = mine;
  co_return;
}

auto summed(std::string const& name, runtime& on, std::uint64_t items, auto const& work) -> timing {
  std::uint64_t sum = 0;
  auto const start = clock::now();
  auto const ended = on.block_on(work(sum));
  auto const took = clock::now() - start;
  if (!ended) return std::unexpected{name + ": " + ended.error().message()};
  if (sum != items * (items - 1) / 2) return std::unexpected{name + ": the sum is " + std::to_string(sum)};
  return took;
}

template <std::size_t N>
void add_ready(workload_list& to) {
  auto const name = "select-ready-" + std::to_string(N);
  add_task_workload(to, name, "select", "one of " + std::to_string(N) + " buffered channels holds a value, in turn, and is selected",
                    2'000'000, [name](runtime& on, std::uint64_t items) {
                      return summed(name, on, items, [&](std::uint64_t& sum) { return select_ready<N>(items, sum); });
                    });
}

template <std::size_t N>
void add_blocked(workload_list& to) {
  auto const name = "select-block-" + std::to_string(N);
  add_task_workload(to, name, "select", std::to_string(N) + " producers on unbuffered channels, one task that selects among them",
                    1'000'000, [name](runtime& on, std::uint64_t items) {
                      return summed(name, on, items, [&](std::uint64_t& sum) { return select_blocked<N>(on, items, sum); });
                    });
}

}  // namespace

void add_select_workloads(workload_list& to) {
  add_ready<2>(to);
  add_ready<8>(to);
  add_blocked<2>(to);
  add_blocked<8>(to);
  add_task_workload(to, "select-poll", "select", "a select with a default, of one empty channel", 20'000'000,
                    [](runtime& on, std::uint64_t items) {
                      return summed("select-poll", on, items, [&](std::uint64_t& sum) { return select_nothing(items, sum); });
                    });
}

}  // namespace sluice::bench
