// scenario_bench — every entry of the catalogue as a benchmark.
#pragma once

#include "harness/progress.hpp"

#include <sluice/scenarios/run.hpp>

namespace sluice::bench {

/// Registers one run under "scenario/<id>/<engine>"; an iteration is one whole run, timed by its own clock, which is
/// virtual in `sim`. A run that breaks a promise has no number: it raises `wrong`.
void register_scenario(scenarios::run_request const& run, progress& line, bool& wrong);

/// Registers the whole catalogue at its default parameters, in both engines.
void register_catalogue(std::uint64_t seed, progress& line, bool& wrong);

}  // namespace sluice::bench
