// sync_all — every public header of the room sync.
#pragma once

#include <sluice/sync/mutex.hpp>
#include <sluice/sync/wait_group.hpp>
