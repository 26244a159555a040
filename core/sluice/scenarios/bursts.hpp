// bursts — one worker's part of a scenario that is made of very short operations.
#pragma once

#include <cstdint>
#include <memory>

#include <sluice/scenarios/rig.hpp>
#include <sluice/task/task.hpp>

namespace sluice::scenarios {

/// Short operations, done many at a time, so that what is measured is the operations and not the
/// scheduler between them.
/// Lifetime  made by the scenario, destroyed by `in_bursts` before its task counts as done.
class burst_job {
 public:
  virtual ~burst_job() = default;

  /// Asked before each burst.
  [[nodiscard]] virtual auto more() -> bool = 0;
  /// Does a burst; answers how many operations it had.
  virtual auto burst() -> std::uint64_t = 0;
  /// Told after each burst, outside of the time that counts as work.
  virtual void after() {}
};

/// How many operations make a burst: enough to hide the scheduler, few enough to stop within 100 ms.
inline constexpr std::uint64_t most_in_a_burst = 512;

/// Does `job` to its end as stage `stage`. An exception of a burst ends it and breaks an invariant.
auto in_bursts(rig& r, std::uint64_t stage, std::unique_ptr<burst_job> job,
               duration each = rig::operation_cost) -> task<void>;

}  // namespace sluice::scenarios
