// time_all — every public header of the room time.
#pragma once

#include <sluice/time/sleep.hpp>
