// micro_bench — the workloads as benchmarks, and as single samples for a comparison.
#pragma once

#include "harness/progress.hpp"
#include "micro/workload.hpp"

#include <string_view>

namespace sluice::bench {

/// Registers every workload with Google Benchmark under its name; an iteration is one whole workload, timed by itself.
/// A wrong result has no number: it raises `wrong`.
void register_workloads(workload_list const& workloads, progress& line, bool& wrong);

/// Runs one workload once and prints one line of JSON for `compare`.
/// Returns the exit status: 0; 1 for a wrong result; 2 for a name nobody has.
auto print_sample(workload_list const& workloads, std::string_view name) -> int;

}  // namespace sluice::bench
