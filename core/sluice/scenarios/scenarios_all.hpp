// scenarios_all — every public header of the room scenarios.
#pragma once

#include <sluice/scenarios/catalogue.hpp>
#include <sluice/scenarios/json.hpp>
#include <sluice/scenarios/outcome.hpp>
#include <sluice/scenarios/rig.hpp>
#include <sluice/scenarios/run.hpp>
#include <sluice/scenarios/scenario.hpp>
#include <sluice/scenarios/schema.hpp>
#include <sluice/scenarios/work_kernel.hpp>
