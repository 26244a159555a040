// spawn_bench — tasks that do next to nothing: many at once, and one after the other.
#include "micro/task_workload.hpp"

#include <sluice/sync/wait_group.hpp>

#include <atomic>
#include <chrono>

namespace sluice::bench {
namespace {

auto add_one(std::atomic<std::uint64_t>& to, wait_group& all) -> task<void> {
  to.fetch_add(1, std::memory_order_relaxed);
  all.done();
  co_return;
}

auto spawn_all(runtime& on, std::uint64_t tasks, std::atomic<std::uint64_t>& counter) -> task<void> {
  wait_group all;
  all.add(static_cast<std::int64_t>(tasks));
  for (std::uint64_t i = 0; i < tasks; ++i) (co_await on.fork(add_one(counter, all))).detach();
  (void)co_await all.wait(on.background());
}

auto add_one_alone(std::atomic<std::uint64_t>& to) -> task<void> {
  to.fetch_add(1, std::memory_order_relaxed);
  co_return;
}

auto spawn_in_turn(runtime& on, std::uint64_t tasks, std::atomic<std::uint64_t>& counter) -> task<void> {
  for (std::uint64_t i = 0; i < tasks; ++i) co_await on.spawn(add_one_alone(counter));
}

auto counted(std::string const& name, runtime& on, std::uint64_t tasks, auto const& work) -> timing {
  std::atomic<std::uint64_t> counter{0};
  auto const start = std::chrono::steady_clock::now();
  auto const ended = on.block_on(work(on, tasks, counter));
  auto const took = std::chrono::steady_clock::now() - start;
  if (!ended) return std::unexpected{name + ": " + ended.error().message()};
  if (counter != tasks)
    return std::unexpected{name + ": " + std::to_string(counter) + " of " + std::to_string(tasks) + " tasks ran"};
  return took;
}

}  // namespace

void add_spawn_workloads(workload_list& to) {
  add_task_workload(to, "spawn", "task", "tasks that add 1 to an atomic, then all are joined", 1'000'000,
                    [](runtime& on, std::uint64_t tasks) { return counted("spawn", on, tasks, spawn_all); });
  add_task_workload(to, "spawnseq", "task", "a task that adds 1 to an atomic is spawned and joined, then the next", 1'000'000,
                    [](runtime& on, std::uint64_t tasks) { return counted("spawnseq", on, tasks, spawn_in_turn); });
}

}  // namespace sluice::bench
