// report — what an exploration has found, and how to see it again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sluice/model/detail/trace.hpp>
#include <sluice/model/fault.hpp>

namespace sluice::model {

/// One execution, step by step.
struct interleaving {
  std::string choices;               ///< for `replay`
  std::vector<std::string> threads;  ///< their names; the first one sets up and checks
  std::vector<step> steps;
  fault found = fault::none;
  std::string message;

  /// A line a step, a column a thread, the fault last.
  [[nodiscard]] auto text() const -> std::string;
};

/// What an exploration came to.
struct report {
  /// Every execution was visited. False when a bound was hit, the limit reached, or the exploration
  /// stopped at a failure; never true in random mode, which cannot know.
  bool complete = false;
  std::uint64_t executions = 0;  ///< distinct ones when exploring all; runs in random mode
  std::uint64_t abandoned = 0;   ///< begun, and given up: seen before, or no order S is left
  std::uint64_t failures = 0;    ///< executions with a fault
  std::uint64_t steps = 0;       ///< taken in all of them
  std::string bound;             ///< the first bound that was hit; empty for none
  fault found = fault::none;     ///< of the first failure
  std::string message;           ///< of the first failure
  std::string choices;           ///< of the first failure, for `replay`
  std::string first_failure;     ///< the fault and its interleaving, ready to read; empty for none
};

}  // namespace sluice::model
