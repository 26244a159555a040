#include <sluice/scenarios/catalogue.hpp>

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace sluice::scenarios {

extern scenario const worker_pool_scenario;
extern scenario const pipeline_scenario;
extern scenario const lock_free_queue_scenario;
extern scenario const lock_free_stack_scenario;
extern scenario const work_stealing_deque_scenario;
extern scenario const counter_scenario;
extern scenario const atomic_vs_mutex_scenario;
extern scenario const aba_scenario;
extern scenario const memory_orders_scenario;

namespace {

constexpr scenario const* all[] = {
    &worker_pool_scenario,
    &pipeline_scenario,
    &lock_free_queue_scenario,
    &lock_free_stack_scenario,
    &work_stealing_deque_scenario,
    &counter_scenario,
    &atomic_vs_mutex_scenario,
    &aba_scenario,
    &memory_orders_scenario,
};

// How many letters must be added, taken or changed to make one word of the other.
auto distance(std::string_view a, std::string_view b) -> std::size_t {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      auto const changed = diagonal + (a[i - 1] == b[j - 1] ? 0u : 1u);
      diagonal = row[j];
      row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

auto catalogue() noexcept -> std::span<scenario const* const> { return all; }

auto find(std::string_view id) -> result<scenario const*> {
  for (auto const* each : all)
    if (each->id == id) return each;
  std::vector<std::pair<std::size_t, std::string_view>> near;
  for (auto const* each : all) near.emplace_back(distance(id.substr(0, 64), each->id), each->id);
  std::ranges::sort(near);
  std::string names;
  for (std::size_t i = 0; i < near.size() && i < 3; ++i)
    (names += names.empty() ? "" : ", ") += near[i].second;
  return failure({errc::not_found, "no scenario is called " + std::string(id.substr(0, 64)) +
                                       "; the nearest are " + names});
}

}  // namespace sluice::scenarios
