// list — what can be run here, for people and for programs.
#pragma once

#include "harness/json.hpp"
#include "micro/workload.hpp"

#include <string>

namespace sluice::bench {

auto list_text(workload_list const& workloads) -> std::string;
auto list_json(workload_list const& workloads) -> json;

}  // namespace sluice::bench
