// count_up — every thread adds to one counter as fast as it can; each counter gets the same body.
#pragma once

#include "harness/shapes.hpp"
#include "micro/entrant.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace sluice::bench {

constexpr std::uint64_t counted = 20'000'000;

/// What a thread adds to: the counter itself, or the part of it that `for_me` gives out.
template <class Counter>
auto with_mine(Counter& counter, auto const& work) {
  if constexpr (requires { counter.for_me(); }) {
    auto mine = counter.for_me();
    work(mine);
  } else {
    work(counter);
  }
}

template <class Counter>
auto count_up(crew& threads, unsigned members, std::uint64_t adds) -> timing {
  auto const counter = std::make_unique<Counter>();
  auto const took = threads.run([&](unsigned who) {
    with_mine(*counter, [&](auto& mine) {
      for (auto left = share(who, members, adds).size(); left > 0; --left) mine.add(1);
    });
  });
  if (auto const total = counter->total(); total != adds)
    return std::unexpected{"counter: " + std::to_string(total) + " after " + std::to_string(adds) + " adds"};
  return took;
}

template <class Counter>
void add_counter(workload_list& to, entrant const& enters) {
  for (unsigned const members : {1U, 2U})
    to.push_back({.id = "counter/" + std::to_string(members) + "t",
                  .contender = enters.name,
                  .who = enters.who,
                  .item = "add",
                  .help = std::to_string(members) + (members == 1 ? " thread adds" : " threads add") + " 1 to " +
                          enters.help,
                  .items = counted,
                  .go = {{"go", "counter-atomic"}, {"go-mutex", "counter-mutex"}},
                  .workers = members,
                  .time = [members](std::uint64_t adds) {
                    crew threads{members};
                    return warmed_up(adds, [&](std::uint64_t n) { return count_up<Counter>(threads, members, n); });
                  }});
}

}  // namespace sluice::bench
