// reclaim_all — every public header of the room reclaim.
#pragma once

#include <sluice/reclaim/epoch_domain.hpp>
#include <sluice/reclaim/hazard_domain.hpp>
#include <sluice/reclaim/leaky.hpp>
#include <sluice/reclaim/node_counters.hpp>
#include <sluice/reclaim/reclaimer.hpp>
#include <sluice/reclaim/retired_list.hpp>
