// flow_all — every public header of the room flow.
#pragma once

#include <sluice/flow/pipeline.hpp>
