// task_all — every public header of the room task.
#pragma once

#include <sluice/task/awaitable.hpp>
#include <sluice/task/blocking.hpp>
#include <sluice/task/executor.hpp>
#include <sluice/task/frame_pool.hpp>
#include <sluice/task/hearing.hpp>
#include <sluice/task/interrupt_slot.hpp>
#include <sluice/task/join_handle.hpp>
#include <sluice/task/selectable.hpp>
#include <sluice/task/source_case.hpp>
#include <sluice/task/spawn.hpp>
#include <sluice/task/task.hpp>
#include <sluice/task/timer_service.hpp>
#include <sluice/task/wait_place.hpp>
#include <sluice/task/waiter.hpp>
#include <sluice/task/when_all.hpp>
