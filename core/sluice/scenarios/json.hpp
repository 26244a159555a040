// json — scenarios and outcomes as the page and the command line read them.
#pragma once

#include <string>

#include <sluice/scenarios/run.hpp>

namespace sluice::scenarios {

/// Every scenario with its parameters, series, pictures and words.
[[nodiscard]] auto catalogue_json() -> std::string;

/// What a run came to.
[[nodiscard]] auto outcome_json(run_request const& request, outcome const& of) -> std::string;

}  // namespace sluice::scenarios
