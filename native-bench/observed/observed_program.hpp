// observed_program — native-bench-observed, the program beside this one whose libraries have probes.
#pragma once

#include "harness/process.hpp"

#include <expected>
#include <string>
#include <utility>
#include <vector>

namespace sluice::bench {

/// In which ways work can be watched: the word for the command line, and what it means.
inline auto watch_modes() -> std::vector<std::pair<std::string, std::string>> {
  return {{"off", "nobody listens"},
          {"metrics", "metrics are counted"},
          {"profile", "a profile of all waits is kept"},
          {"trace", "a trace is written, to nowhere"}};
}

/// Runs it to its end. Blocks.
/// Fails    when it is not there or cannot be started.
auto run_observed(std::vector<std::string> arguments) -> std::expected<ended_process, std::string>;

}  // namespace sluice::bench
