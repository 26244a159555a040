// container_all — every public header of the room container.
#pragma once

#include <sluice/container/mutex_queue.hpp>
