// sequential_specs — what objects do when calls come one at a time: the yardsticks of linearizability.
#pragma once

#include <sluice/model/container_specs.hpp>
#include <sluice/model/linearizability.hpp>
#include <sluice/model/memory_specs.hpp>

namespace sluice::model {

static_assert(sequential_spec<stack_spec>);
static_assert(sequential_spec<queue_spec>);
static_assert(sequential_spec<bounded_queue_spec>);
static_assert(sequential_spec<ticket_queue_spec>);
static_assert(sequential_spec<deque_spec>);
static_assert(sequential_spec<register_spec>);
static_assert(sequential_spec<map_spec>);
static_assert(sequential_spec<semaphore_spec>);

}  // namespace sluice::model
