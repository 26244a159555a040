// platform_all — every public header of the room platform.
#pragma once

#include <sluice/platform/thread.hpp>
