// runtime_all — every public header of the room runtime.
#pragma once

#include <sluice/runtime/blocking_threads.hpp>
#include <sluice/runtime/driver.hpp>
#include <sluice/runtime/driver_sim.hpp>
#include <sluice/runtime/driver_threads.hpp>
#include <sluice/runtime/due_heap.hpp>
#include <sluice/runtime/idle_counts.hpp>
#include <sluice/runtime/injector.hpp>
#include <sluice/runtime/runtime.hpp>
#include <sluice/runtime/task_registry.hpp>
#include <sluice/runtime/timer_heap.hpp>
#include <sluice/runtime/worker.hpp>
