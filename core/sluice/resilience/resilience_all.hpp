// resilience_all — every public header of the room resilience.
#pragma once

#include <sluice/resilience/error_group.hpp>
