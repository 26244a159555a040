// context_all — every public header of the room context.
#pragma once

#include <sluice/context/context.hpp>
#include <sluice/context/waiting.hpp>
