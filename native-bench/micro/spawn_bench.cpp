// spawn_bench — many tasks that do next to nothing, and somebody who waits for all of them.
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
  for (std::uint64_t i = 0; i < tasks; ++i) on.spawn(add_one(counter, all)).detach();
  (void)co_await all.wait(on.background());
}

auto spawn_and_join(runtime& on, std::uint64_t tasks) -> timing {
  std::atomic<std::uint64_t> counter{0};
  auto const start = std::chrono::steady_clock::now();
  auto const ended = on.block_on(spawn_all(on, tasks, counter));
  auto const took = std::chrono::steady_clock::now() - start;
  if (!ended) return std::unexpected{"spawn: " + ended.error().message()};
  if (counter != tasks)
    return std::unexpected{"spawn: " + std::to_string(counter) + " of " + std::to_string(tasks) + " tasks ran"};
  return took;
}

}  // namespace

void add_spawn_workloads(workload_list& to) {
  add_task_workload(to, "spawn", "task", "tasks that add 1 to an atomic, then all are joined", 1'000'000, spawn_and_join);
}

}  // namespace sluice::bench
