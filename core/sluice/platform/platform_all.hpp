// platform_all — every public header of the room platform.
#pragma once

#include <sluice/platform/fiber.hpp>
#include <sluice/platform/pages.hpp>
#include <sluice/platform/thread.hpp>
