// atomics_all — every public header of the room atomics.
#pragma once

#include <sluice/atomics/backoff.hpp>
#include <sluice/atomics/biased_mutex.hpp>
#include <sluice/atomics/counting_atomics.hpp>
#include <sluice/atomics/lock_bias.hpp>
#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/parker.hpp>
#include <sluice/atomics/policy.hpp>
#include <sluice/atomics/spin_lock.hpp>
