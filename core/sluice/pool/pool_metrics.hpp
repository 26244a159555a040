// pool_metrics — what a pool has done so far, in numbers that add up.
#pragma once

#include <cstdint>

namespace sluice {

/// A snapshot of a pool, taken at one moment.
/// Invariant  submitted == completed + failed + cancelled + waiting + running; refused ones are in
///            none of them.
struct pool_metrics {
  std::uint64_t submitted = 0;  ///< accepted jobs
  std::uint64_t completed = 0;  ///< ended with a value
  std::uint64_t failed = 0;     ///< ended with an exception
  std::uint64_t cancelled = 0;  ///< accepted, and never run
  std::uint64_t refused = 0;    ///< not accepted: full or stopped
  std::uint64_t waiting = 0;
  std::uint64_t running = 0;
};

}  // namespace sluice
