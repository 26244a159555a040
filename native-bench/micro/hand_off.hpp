// hand_off — all values pass through one queue between plain threads; every queue gets the same body.
#pragma once

#include "harness/crew.hpp"
#include "harness/shapes.hpp"
#include "micro/workload.hpp"

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
  auto const queue = make_queue<Queue>();
  std::atomic<std::uint64_t> sum{0};
  auto const took = threads.run([&](unsigned who) {
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
void add_hand_off(workload_list& to, std::string const& contender, std::string const& help, bool ours = true) {
  for (auto const of : {shape{1, 1}, shape{4, 4}}) {
    auto const ends = std::to_string(of.producers) + " threads to " + std::to_string(of.consumers);
    to.push_back({.id = "hand-off-" + of.name(),
                  .contender = contender,
                  .ours = ours,
                  .item = "item",
                  .help = (of.producers == 1 ? std::string{"1 thread to 1"} : ends) + " through " + help,
                  .items = hand_off_items,
                  .question = "",
                  .workers = of.producers + of.consumers,
                  .time = [of](std::uint64_t items) {
                    crew threads{of.producers + of.consumers};
                    return warmed_up(items, [&](std::uint64_t n) { return hand_off<Queue>(threads, of, n); });
                  }});
  }
}

}  // namespace sluice::bench
