// observe_all — every public header of the room observe.
#pragma once

#include <sluice/observe/concurrent_histogram.hpp>
#include <sluice/observe/histogram.hpp>
#include <sluice/observe/recorder.hpp>
#include <sluice/observe/telemetry.hpp>
