// model_all — every public header of the room model.
#pragma once

#include <sluice/model/atomic.hpp>
#include <sluice/model/atomics.hpp>
#include <sluice/model/call_log.hpp>
#include <sluice/model/cell.hpp>
#include <sluice/model/code_location.hpp>
#include <sluice/model/container_specs.hpp>
#include <sluice/model/explore.hpp>
#include <sluice/model/fault.hpp>
#include <sluice/model/history.hpp>
#include <sluice/model/linearizability.hpp>
#include <sluice/model/litmus.hpp>
#include <sluice/model/memory_specs.hpp>
#include <sluice/model/recorder.hpp>
#include <sluice/model/report.hpp>
#include <sluice/model/sequential_specs.hpp>
#include <sluice/model/sync.hpp>
