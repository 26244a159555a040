// observe_all — every public header of the room observe.
#pragma once

#include <sluice/observe/concurrent_histogram.hpp>
#include <sluice/observe/histogram.hpp>
#include <sluice/observe/leak_check.hpp>
#include <sluice/observe/metrics.hpp>
#include <sluice/observe/perfetto_trace.hpp>
#include <sluice/observe/profile.hpp>
#include <sluice/observe/recorder.hpp>
#include <sluice/observe/telemetry.hpp>
#include <sluice/observe/trace.hpp>
