// tasks — tasks and channels: what Go gives for free.
#include <sluice/scenarios/families/families.hpp>

namespace sluice::scenarios {

extern scenario const ping_pong_scenario;
extern scenario const select_fairness_scenario;
extern scenario const context_tree_scenario;
extern scenario const deadlines_scenario;
extern scenario const deadlock_scenario;
extern scenario const million_tasks_scenario;

auto families::tasks() noexcept -> std::span<scenario const* const> {
  static constexpr scenario const* all[] = {
      &ping_pong_scenario,
      &select_fairness_scenario,
      &context_tree_scenario,
      &deadlines_scenario,
      &deadlock_scenario,
      &million_tasks_scenario,
  };
  return all;
}

}  // namespace sluice::scenarios
