#include "micro/micro_bench.hpp"

#include "harness/json.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>

namespace sluice::bench {

auto all_workloads() -> workload_list {
  workload_list all;
  add_channel_workloads(all);
  add_thread_workloads(all);
  add_select_workloads(all);
  add_spawn_workloads(all);
  add_generator_workloads(all);
  add_fork_join_workloads(all);
  add_context_workloads(all);
  add_queue_workloads(all);
  add_contended_workloads(all);
  add_counter_workloads(all);
  add_checker_workloads(all);
  add_watch_workloads(all);
  add_peer_workloads(all);
  return all;
}

void register_workloads(workload_list const& workloads, progress& line, bool& wrong) {
  for (auto const& each : workloads) {
    if (each.on_request) continue;
    benchmark::RegisterBenchmark(each.name().c_str(), [&line, &wrong, &each](benchmark::State& state) {
      line.say(each.name());
      for (auto _ : state) {
        auto const took = each.time(each.items);
        if (!took) {
          wrong = true;
          state.SkipWithError(took.error().c_str());
          break;
        }
        state.SetIterationTime(std::chrono::duration<double>(took->time).count());
        if (took->bytes != 0)
          state.counters["bytes"] = static_cast<double>(took->bytes) / static_cast<double>(each.items);
      }
      state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(each.items));
      line.clear();
    })
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
  }
}

auto print_sample(workload_list const& workloads, std::string_view name) -> int {
  auto const found = std::ranges::find_if(workloads, [&](auto const& each) { return each.name() == name; });
  if (found == workloads.end()) {
    std::fprintf(stderr, "there is no workload '%s'; --list shows all\n", std::string{name}.c_str());
    return 2;
  }
  auto const took = found->time(found->items);
  if (!took) {
    std::fprintf(stderr, "%s\n", took.error().c_str());
    return 1;
  }
  auto line = json::object({{"workload", found->id},
                            {"contender", found->contender},
                            {"items", static_cast<std::int64_t>(found->items)},
                            {"ns", std::int64_t{took->time.count()}}});
  if (took->bytes != 0) line.set("bytes", took->bytes);
  std::printf("%s\n", line.dump().c_str());
  return 0;
}

}  // namespace sluice::bench
