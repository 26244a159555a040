// hand_off — all values pass through one queue between plain threads; every queue gets the same body.
#pragma once

#include "harness/shapes.hpp"
#include "micro/entrant.hpp"

#include <sluice/base/cpu.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

namespace sluice::bench {

constexpr std::size_t hand_off_capacity = 128;  // where a queue has one
constexpr std::uint64_t hand_off_items = 4'000'000;

/// Spins a little, then lets others run: what a user of a queue that only tries has to do.
class patience {
 public:
  void wait() {
    if (++tries_ % 64 == 0) std::this_thread::yield();
    else cpu_pause();
  }

 private:
  unsigned tries_ = 0;
};

template <class Queue>
auto make_queue() -> std::unique_ptr<Queue> {
  if constexpr (std::is_constructible_v<Queue, std::size_t>) return std::make_unique<Queue>(hand_off_capacity);
  else return std::make_unique<Queue>();
}

template <class Queue>
void put(Queue& into, std::uint64_t value) {
  if constexpr (requires { into.push_blocking(std::move(value)); }) {
    (void)into.push_blocking(std::move(value));
  } else {
    for (patience waiting; !into.try_push(std::move(value));) waiting.wait();
  }
}

template <class Queue>
auto take(Queue& from) -> std::uint64_t {
  if constexpr (requires { *from.pop_blocking(); }) {
    return *from.pop_blocking();
  } else if constexpr (requires { std::uint64_t{from.pop_blocking()}; }) {
    return from.pop_blocking();
  } else {
    for (patience waiting;; waiting.wait())
      if (auto value = from.try_pop()) return *value;
  }
}

/// The whole numbers below `items`, split evenly among the producers. The checksum proves that each arrived once.
template <class Queue>
auto hand_off(crew& threads, shape of, std::uint64_t items) -> timing {
  [[maybe_unused]] auto const here = visit<Queue>();
  auto const queue = make_queue<Queue>();
  std::atomic<std::uint64_t> sum{0};
  auto const took = threads.run([&](unsigned who) {
    [[maybe_unused]] auto const there = visit<Queue>();
    if (who < of.producers) {
      for (auto const value : share(who, of.producers, items)) put(*queue, value);
    } else {
      std::uint64_t local = 0;
      for (auto left = share(who - of.producers, of.consumers, items).size(); left > 0; --left) local += take(*queue);
      sum += local;
    }
  });
  if (sum != checksum(items)) return std::unexpected{std::string{"hand-off: values were lost or doubled"}};
  return took;
}

template <class Queue>
void add_hand_off(workload_list& to, entrant const& enters, shape of, std::string const& id) {
  auto const threads_of = [](unsigned count) { return std::to_string(count) + (count == 1 ? " thread" : " threads"); };
  to.push_back({.id = id,
                .contender = enters.name,
                .who = enters.who,
                .bounded = enters.bounded,
                .item = "item",
                .help = threads_of(of.producers) + " to " + std::to_string(of.consumers) + " through " + enters.help,
                .items = hand_off_items,
                .workers = of.producers + of.consumers,
                .time = [of](std::uint64_t items) {
                  crew threads{of.producers + of.consumers};
                  return warmed_up(items, [&](std::uint64_t n) { return hand_off<Queue>(threads, of, n); });
                }});
}

/// For queues that take any number of threads on both sides.
template <class Queue>
void add_hand_off(workload_list& to, entrant const& enters) {
  for (auto const of : {shape{1, 1}, shape{4, 4}}) add_hand_off<Queue>(to, enters, of, "hand-off-" + of.name());
}

/// For queues between one thread and one other.
template <class Queue>
void add_spsc(workload_list& to, entrant const& enters) {
  add_hand_off<Queue>(to, enters, {1, 1}, "spsc");
}

}  // namespace sluice::bench
