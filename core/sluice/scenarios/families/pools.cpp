// pools — who does the work.
#include <sluice/scenarios/families/families.hpp>

namespace sluice::scenarios {

extern scenario const worker_pool_scenario;
extern scenario const semaphore_limit_scenario;

auto families::pools() noexcept -> std::span<scenario const* const> {
  static constexpr scenario const* all[] = {
      &worker_pool_scenario,
      &semaphore_limit_scenario,
  };
  return all;
}

}  // namespace sluice::scenarios
