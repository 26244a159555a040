// time_all — every public header of the room time.
#pragma once

#include <sluice/time/after.hpp>
#include <sluice/time/after_func.hpp>
#include <sluice/time/sleep.hpp>
#include <sluice/time/tick_case.hpp>
#include <sluice/time/ticker.hpp>
#include <sluice/time/timer.hpp>
