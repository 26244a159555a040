#include <sluice/scenarios/catalogue.hpp>

#include <algorithm>
#include <array>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <sluice/scenarios/words.hpp>

namespace sluice::scenarios {

extern scenario const worker_pool_scenario;
extern scenario const pipeline_scenario;
extern scenario const select_fairness_scenario;
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
    &select_fairness_scenario,
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
  std::string names;
  auto const given = id.substr(0, 64);
  auto nearest = std::to_array(all);
  for (auto at = nearest.begin(); at != nearest.begin() + 3; ++at) {  // of a few: no need to sort them all
    auto const best = std::ranges::min_element(
        at, nearest.end(), {}, [&](auto* each) { return std::pair(distance(given, each->id), each->id); });
    std::swap(*at, *best);
    (names += names.empty() ? "" : ", ") += (*at)->id;
  }
  return failure({errc::not_found, words({"no scenario is called ", given, "; the nearest are ", names})});
}

}  // namespace sluice::scenarios
