// flow — values in motion, stage after stage.
#include <sluice/scenarios/families/families.hpp>

namespace sluice::scenarios {

extern scenario const producer_consumer_scenario;
extern scenario const pipeline_scenario;

auto families::flow() noexcept -> std::span<scenario const* const> {
  static constexpr scenario const* all[] = {
      &producer_consumer_scenario,
      &pipeline_scenario,
  };
  return all;
}

}  // namespace sluice::scenarios
