// resilience — when something goes wrong.
#include <sluice/scenarios/families/families.hpp>

namespace sluice::scenarios {

extern scenario const error_group_scenario;

auto families::resilience() noexcept -> std::span<scenario const* const> {
  static constexpr scenario const* all[] = {
      &error_group_scenario,
  };
  return all;
}

}  // namespace sluice::scenarios
