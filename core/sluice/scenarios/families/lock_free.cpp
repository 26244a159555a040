// lock_free — sharing without locks.
#include <sluice/scenarios/families/families.hpp>

namespace sluice::scenarios {

extern scenario const lock_free_queue_scenario;
extern scenario const lock_free_stack_scenario;
extern scenario const work_stealing_deque_scenario;
extern scenario const counter_scenario;
extern scenario const atomic_vs_mutex_scenario;
extern scenario const aba_scenario;
extern scenario const memory_orders_scenario;

auto families::lock_free() noexcept -> std::span<scenario const* const> {
  static constexpr scenario const* all[] = {
      &lock_free_queue_scenario,
      &lock_free_stack_scenario,
      &work_stealing_deque_scenario,
      &counter_scenario,
      &atomic_vs_mutex_scenario,
      &aba_scenario,
      &memory_orders_scenario,
  };
  return all;
}

}  // namespace sluice::scenarios
