// tbb — oneTBB: concurrent_bounded_queue, which blocks by itself, the unbounded concurrent_queue, and task_group.
#include "micro/contend.hpp"
#include "micro/hand_off.hpp"

#include "micro/fork_join.hpp"

#include SLUICE_PEER_HEADER
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace sluice::bench {
namespace {

class bounded_queue {
 public:
  bounded_queue() { queue_.set_capacity(hand_off_capacity); }
  bool push_blocking(std::uint64_t&& value) {
    queue_.push(value);
    return true;
  }
  auto pop_blocking() -> std::uint64_t {
    std::uint64_t value = 0;
    queue_.pop(value);
    return value;
  }

 private:
  oneapi::tbb::concurrent_bounded_queue<std::uint64_t> queue_;
};

class unbounded_queue {
 public:
  bool try_push(std::uint64_t&& value) {
    queue_.push(value);
    return true;
  }
  auto try_pop() -> std::optional<std::uint64_t> {
    std::uint64_t value = 0;
    return queue_.try_pop(value) ? std::optional{value} : std::nullopt;
  }

 private:
  oneapi::tbb::concurrent_queue<std::uint64_t> queue_;
};

auto spawn_all(std::uint64_t tasks, bool in_turn) -> timing {
  std::atomic<std::uint64_t> counter{0};
  auto const start = std::chrono::steady_clock::now();
  oneapi::tbb::task_group all;
  for (std::uint64_t i = 0; i < tasks; ++i) {
    all.run([&counter] { counter.fetch_add(1, std::memory_order_relaxed); });
    if (in_turn) all.wait();
  }
  all.wait();
  auto const took = std::chrono::steady_clock::now() - start;
  if (counter != tasks) return std::unexpected{"tbb: " + std::to_string(counter) + " of " + std::to_string(tasks) + " tasks ran"};
  return took;
}

auto fib(unsigned n) -> std::uint64_t {
  if (n < 2) return n;
  std::uint64_t larger = 0;
  oneapi::tbb::task_group other;
  other.run([&larger, n] { larger = fib(n - 1); });
  auto const smaller = fib(n - 2);
  other.wait();
  return smaller + larger;
}

auto count(tree_node at, unsigned children) -> std::uint64_t {
  if (children == 0) return 1;
  std::vector<std::uint64_t> below(children);
  oneapi::tbb::task_group all;
  for (unsigned i = 0; i < children; ++i)
    all.run([&below, at, i] {
      auto const next = at.child(i);
      below[i] = count(next, next.children());
    });
  all.wait();
  std::uint64_t sum = 1;
  for (auto const each : below) sum += each;
  return sum;
}

/// As `work` on one and on two threads.
template <class Work>
void add_task_group(workload_list& to, std::string const& question, std::string const& item, std::uint64_t items,
                    Work const& work) {
  for (unsigned const threads : {1U, 2U})
    to.push_back({.id = question + "/" + std::to_string(threads) + "w",
                  .contender = "tbb",
                  .who = standing::peer,
                  .item = item,
                  .help = "the same with oneapi::tbb::task_group",
                  .items = items,
                  .workers = threads,
                  .time = [work, threads](std::uint64_t n) {
                    oneapi::tbb::global_control const limit{oneapi::tbb::global_control::max_allowed_parallelism, threads};
                    oneapi::tbb::task_arena arena{static_cast<int>(threads)};
                    return warmed_up(n, [&](std::uint64_t part) {
                      return arena.execute([&] { return work(part); });
                    });
                  }});
}

}  // namespace

void add_tbb_workloads(workload_list& to);
void add_tbb_workloads(workload_list& to) {
  using enum standing;
  add_hand_off<bounded_queue>(to, {"tbb", "oneapi::tbb::concurrent_bounded_queue of 128, blocking", peer, true});
  add_contended<unbounded_queue>(to, "queue", {"tbb", "oneapi::tbb::concurrent_queue", peer});
  add_task_group(to, "spawn", "task", 1'000'000, [](std::uint64_t tasks) { return spawn_all(tasks, false); });
  add_task_group(to, "spawnseq", "task", 1'000'000, [](std::uint64_t tasks) { return spawn_all(tasks, true); });
  add_task_group(to, "fib", "call", fib_calls, [](std::uint64_t calls) { return time_fib(calls, fib); });
  add_task_group(to, "uts", "node", tree_node::nodes, [](std::uint64_t nodes) { return time_tree(nodes, count); });
}

}  // namespace sluice::bench
