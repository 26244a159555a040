// sync — taking turns.
#include <sluice/scenarios/families/families.hpp>

namespace sluice::scenarios {

extern scenario const safe_counter_scenario;
extern scenario const mutex_vs_rwmutex_scenario;
extern scenario const condition_variable_scenario;
extern scenario const once_race_scenario;

auto families::sync() noexcept -> std::span<scenario const* const> {
  static constexpr scenario const* all[] = {
      &safe_counter_scenario,
      &mutex_vs_rwmutex_scenario,
      &condition_variable_scenario,
      &once_race_scenario,
  };
  return all;
}

}  // namespace sluice::scenarios
