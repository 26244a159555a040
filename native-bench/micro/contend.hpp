// contend — every thread pushes and pops at one stack or queue as fast as it can; each gets the same body.
#pragma once

#include "harness/shapes.hpp"
#include "micro/entrant.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace sluice::bench {

constexpr std::uint64_t contended_operations = 4'000'000;
constexpr std::uint64_t prefilled = 1000;
constexpr std::size_t contended_capacity = 8192;  // where there has to be one: more than the walk ever reaches

/// What went in or came out: how many, and their sum.
struct flow {
  std::atomic<std::uint64_t> count{0};
  std::atomic<std::uint64_t> sum{0};

  void add(std::uint64_t how_many, std::uint64_t of_value) {
    count.fetch_add(how_many, std::memory_order_relaxed);
    sum.fetch_add(of_value, std::memory_order_relaxed);
  }
};

/// A random bit before each operation decides between push and pop. What came out must be what went in.
template <class Structure>
auto contend(crew& threads, unsigned members, std::uint64_t operations) -> timing {
  [[maybe_unused]] auto const here = visit<Structure>();
  auto const held = [] {
    if constexpr (std::is_constructible_v<Structure, std::size_t>) return std::make_unique<Structure>(contended_capacity);
    else return std::make_unique<Structure>();
  }();
  flow in;
  flow out;
  for (std::uint64_t value = 0; value < prefilled; ++value)
    if (!held->try_push(std::uint64_t{value})) return std::unexpected{std::string{"it is full with 1000 values"}};
  in.add(prefilled, checksum(prefilled));
  auto const took = threads.run([&](unsigned who) {
    [[maybe_unused]] auto const there = visit<Structure>();
    std::uint64_t random = 0x9e37'79b9'7f4a'7c15 * (who + 1);
    std::uint64_t pushed = 0, pushed_sum = 0, popped = 0, popped_sum = 0;
    for (auto left = share(who, members, operations).size(); left > 0; --left) {
      random ^= random << 13, random ^= random >> 7, random ^= random << 17;
      if ((random & 1) != 0) {
        if (held->try_push(std::uint64_t{random})) ++pushed, pushed_sum += random;
      } else if (auto const value = held->try_pop()) {
        ++popped, popped_sum += *value;
      }
    }
    in.add(pushed, pushed_sum);
    out.add(popped, popped_sum);
  });
  while (auto const value = held->try_pop()) out.add(1, *value);
  if (in.count != out.count || in.sum != out.sum)
    return std::unexpected{std::to_string(in.count) + " values went in, " + std::to_string(out.count) +
                           " came out, or others"};
  return took;
}

/// `question` is "stack" or "queue". Asked of one thread and of two.
template <class Structure>
void add_contended(workload_list& to, std::string const& question, entrant const& enters) {
  for (unsigned const members : {1U, 2U})
    to.push_back({.id = question + "/" + std::to_string(members) + "t",
                  .contender = enters.name,
                  .who = enters.who,
                  .bounded = enters.bounded,
                  .item = "operation",
                  .help = std::to_string(members) + (members == 1 ? " thread pushes" : " threads push") +
                          " and pop at random at " + enters.help,
                  .items = contended_operations,
                  .go = {{"go", question}},
                  .workers = members,
                  .time = [members](std::uint64_t operations) {
                    crew threads{members};
                    return warmed_up(operations, [&](std::uint64_t n) { return contend<Structure>(threads, members, n); });
                  }});
}

}  // namespace sluice::bench
