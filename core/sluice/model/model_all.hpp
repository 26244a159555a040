// model_all — every public header of the room model.
#pragma once

#include <sluice/model/container_specs.hpp>
#include <sluice/model/history.hpp>
#include <sluice/model/linearizability.hpp>
#include <sluice/model/memory_specs.hpp>
#include <sluice/model/recorder.hpp>
#include <sluice/model/sequential_specs.hpp>
