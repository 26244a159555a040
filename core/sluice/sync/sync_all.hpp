// sync_all — every public header of the room sync.
#pragma once

#include <sluice/sync/barrier.hpp>
#include <sluice/sync/condition_variable.hpp>
#include <sluice/sync/event.hpp>
#include <sluice/sync/lazy.hpp>
#include <sluice/sync/limited.hpp>
#include <sluice/sync/lock_all.hpp>
#include <sluice/sync/mutex.hpp>
#include <sluice/sync/once.hpp>
#include <sluice/sync/semaphore.hpp>
#include <sluice/sync/shared_mutex.hpp>
#include <sluice/sync/single_flight.hpp>
#include <sluice/sync/wait_group.hpp>
