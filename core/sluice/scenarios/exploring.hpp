// exploring — a scenario whose operations are executions: every interleaving of a small program.
#pragma once

#include <sluice/model/explore.hpp>
#include <sluice/platform/fiber.hpp>
#include <sluice/scenarios/rig.hpp>

namespace sluice::scenarios {

/// Whether this build can explore. The modules of the page cannot: they have no stacks for modelled
/// threads, and the page has an explorer of its own.
inline constexpr bool can_explore = platform::has_fibers;

/// Throws    `std::runtime_error`, saying where it can be done.
[[noreturn]] void refuse_to_explore();

/// Runs `body` in every way there is, or until the run is stopped, and keeps what was found. Each
/// execution counts as an item. The run has one worker: an exploration stays on its thread.
auto explore(rig& r, model::program body, model::options how = {}) -> task<model::report>;

/// The workers of such a scenario.
[[nodiscard]] inline auto exploring_crew(values const&) -> unsigned { return 1; }

inline constexpr stage_label exploring_stages[] = {{"explore", "exploring"}};

}  // namespace sluice::scenarios
