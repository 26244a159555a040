// boost_fiber — Boost.Fiber on one thread, with pooled stacks: a stack for each task, and channels between them.
#include "micro/workload.hpp"

#include SLUICE_PEER_HEADER
#include <boost/fiber/buffered_channel.hpp>
#include <boost/fiber/pooled_fixedsize_stack.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace sluice::bench {
namespace {

namespace fibers = boost::fibers;
using stacks = fibers::pooled_fixedsize_stack;

constexpr std::size_t stack_size = 16 * 1024;

/// One thread: what the fibers count needs no atomic. Each runs at once, so that they do not pile up.
auto spawn_all(std::uint64_t tasks, bool in_turn) -> timing {
  stacks from{stack_size};
  std::uint64_t counter = 0;
  auto const start = std::chrono::steady_clock::now();
  for (std::uint64_t i = 0; i < tasks; ++i) {
    fibers::fiber each{fibers::launch::dispatch, std::allocator_arg, from, [&counter] { ++counter; }};
    if (in_turn) each.join();
    else each.detach();
  }
  auto const took = std::chrono::steady_clock::now() - start;
  if (counter != tasks) return std::unexpected{"boost_fiber: " + std::to_string(counter) + " of " + std::to_string(tasks) + " ran"};
  return took;
}

auto generators(std::uint64_t items) -> timing {
  stacks from{stack_size};
  std::uint64_t sum = 0;
  std::uint64_t expected = 0;
  for (std::uint64_t id = 0; id < items; ++id) expected += id * id;
  auto const start = std::chrono::steady_clock::now();
  for (std::uint64_t id = 0; id < items; ++id) {
    fibers::fiber each{fibers::launch::dispatch, std::allocator_arg, from, [&sum, &from, id] {
      fibers::buffered_channel<std::uint64_t> squares{2};  // the smallest there is
      fibers::fiber sending{fibers::launch::dispatch, std::allocator_arg, from, [&squares, id] {
        squares.push(id * id);
        squares.close();
      }};
      for (std::uint64_t square = 0; squares.pop(square) == fibers::channel_op_status::success;) sum += square;
      sending.join();
    }};
    each.join();
  }
  auto const took = std::chrono::steady_clock::now() - start;
  if (sum != expected) return std::unexpected{"boost_fiber: the sum is " + std::to_string(sum)};
  return took;
}

void add_fibers(workload_list& to, std::string const& question, std::string const& item, auto const& work) {
  to.push_back({.id = question + "/1w",
                .contender = "boost_fiber",
                .who = standing::peer,
                .item = item,
                .help = "the same with Boost.Fiber on one thread",
                .items = 1'000'000,
                .workers = 1,
                .time = [work](std::uint64_t items) { return warmed_up(items, work); }});
}

}  // namespace

void add_boost_fiber_workloads(workload_list& to);
void add_boost_fiber_workloads(workload_list& to) {
  add_fibers(to, "spawn", "task", [](std::uint64_t tasks) { return spawn_all(tasks, false); });
  add_fibers(to, "spawnseq", "task", [](std::uint64_t tasks) { return spawn_all(tasks, true); });
  add_fibers(to, "gen", "generator", [](std::uint64_t items) { return generators(items); });
}

}  // namespace sluice::bench
