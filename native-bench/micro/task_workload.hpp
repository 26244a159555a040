// task_workload — a question put to tasks of a runtime, and to goroutines.
#pragma once

#include "micro/workload.hpp"

#include <sluice/platform/thread.hpp>
#include <sluice/runtime/runtime.hpp>

#include <string>

namespace sluice::bench {

/// Registers one question for one and for two workers, and, to be asked for by name, for 4, 8 and 16 where there are as many
/// processors. `work(runtime, items)` answers it and yields a `timing`; the runtime, and what it keeps for its tasks, is
/// the same for the warm-up and the measurement.
template <class Work>
void add_task_workload(workload_list& to, std::string const& question, std::string const& item,
                       std::string const& help, std::uint64_t items, Work const& work, bool on_request = false) {
  for (unsigned const workers : {1U, 2U, 4U, 8U, 16U}) {
    if (workers > 2 && workers > platform::processors()) break;
    to.push_back({.id = question + "/" + std::to_string(workers) + "w",
                  .contender = "sluice",
                  .item = item,
                  .help = help + " on " + std::to_string(workers) + (workers == 1 ? " worker" : " workers"),
                  .items = items,
                  .go = {{"go", question}},
                  .workers = workers,
                  .on_request = on_request || workers > 2,
                  .time = [work, workers](std::uint64_t n) {
                    runtime on{runtime_options{.workers = workers, .report = {}}};
                    return warmed_up(n, [&](std::uint64_t part) { return work(on, part); });
                  }});
  }
}

}  // namespace sluice::bench
