// scenarios_all — every public header of the room scenarios.
#pragma once

#include <sluice/scenarios/adding_up.hpp>
#include <sluice/scenarios/bursts.hpp>
#include <sluice/scenarios/catalogue.hpp>
#include <sluice/scenarios/exploring.hpp>
#include <sluice/scenarios/families/families.hpp>
#include <sluice/scenarios/hand_off.hpp>
#include <sluice/scenarios/json.hpp>
#include <sluice/scenarios/naive_stack.hpp>
#include <sluice/scenarios/outcome.hpp>
#include <sluice/scenarios/rig.hpp>
#include <sluice/scenarios/run.hpp>
#include <sluice/scenarios/scenario.hpp>
#include <sluice/scenarios/schema.hpp>
#include <sluice/scenarios/shares.hpp>
#include <sluice/scenarios/subjects/structure_subject.hpp>
#include <sluice/scenarios/subjects/subject.hpp>
#include <sluice/scenarios/subjects/unreleased_ring.hpp>
#include <sluice/scenarios/words.hpp>
#include <sluice/scenarios/work_kernel.hpp>
