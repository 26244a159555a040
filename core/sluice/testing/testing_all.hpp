// testing_all — every public header of the room testing.
#pragma once

#include <sluice/testing/deterministic_runtime.hpp>
