// testing_all — every public header of the room testing.
#pragma once

#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/testing/faults.hpp>
#include <sluice/testing/for_each_schedule.hpp>
#include <sluice/testing/for_each_seed.hpp>
#include <sluice/testing/scripted_channel.hpp>
#include <sluice/testing/trial.hpp>
#include <sluice/testing/trial_report.hpp>
