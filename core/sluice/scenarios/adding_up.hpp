// adding_up — a crew that adds ones to one total, and a sum that says whether any was lost.
#pragma once

#include <cstdint>

#include <sluice/scenarios/rig.hpp>
#include <sluice/sync/wait_group.hpp>

namespace sluice::scenarios {

/// A total to which several workers add at once; how they keep out of each other's way is its affair.
class shared_total {
 public:
  virtual ~shared_total() = default;
  /// Adds one, `times` times over.
  virtual void add_ones(std::uint64_t times) = 0;
  /// What they have come to, once nobody adds any more.
  [[nodiscard]] virtual auto sum() -> std::uint64_t = 0;
};

/// Starts as many tasks as there are workers, each with its share of the operations, counted by `crew`.
void share_out(rig& r, values const& v, wait_group& crew, auto&& task_for) {
  auto const workers = v.count("workers");
  auto const operations = v.count("operations");
  for (std::size_t i = 0; i < workers; ++i)
    crew.go(r.home(), task_for(operations / workers + (i < operations % workers ? 1 : 0)));
}

/// Lets `workers` workers add `operations` ones to `total` between them, and checks the sum.
auto add_up(rig& r, values const& v, shared_total& total) -> task<void>;

/// The same check for whoever adds in another way.
void check_sum(rig& r, std::uint64_t sum);

// What all such scenarios have in common.
inline constexpr std::uint64_t adding = 0;
inline constexpr stage_label adding_stages[] = {{"add", "adding"}};
inline constexpr parameter adding_workers{
    .id = "workers", .label = "Workers", .unit = "", .help = "Workers that add to the same total.",
    .type = param_type::integer, .min = 1, .max = 16, .fallback = 2};
[[nodiscard]] constexpr auto adding_operations(double fallback) -> parameter {
  return {.id = "operations", .label = "Additions", .unit = "additions",
          .help = "Ones to add before the run ends.", .type = param_type::integer, .min = 1'000,
          .max = 500'000'000, .fallback = fallback, .log_scale = true};
}
[[nodiscard]] auto adding_crew(values const& v) -> unsigned;

/// Longer bursts than elsewhere: an addition may take less than two nanoseconds.
inline constexpr std::uint64_t additions_in_a_burst = 32'768;

}  // namespace sluice::scenarios
