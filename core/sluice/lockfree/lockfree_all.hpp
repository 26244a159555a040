// lockfree_all — every public header of the room lockfree.
#pragma once

#include <sluice/lockfree/atomic_aliases.hpp>
#include <sluice/lockfree/atomic_counter.hpp>
#include <sluice/lockfree/atomic_semaphore.hpp>
#include <sluice/lockfree/atomic_value.hpp>
#include <sluice/lockfree/barging_lock.hpp>
#include <sluice/lockfree/barging_queue.hpp>
#include <sluice/lockfree/barging_stack.hpp>
#include <sluice/lockfree/blocking_queue.hpp>
#include <sluice/lockfree/event_count.hpp>
#include <sluice/lockfree/mpmc_ring.hpp>
#include <sluice/lockfree/mpsc_queue.hpp>
#include <sluice/lockfree/ms_queue.hpp>
#include <sluice/lockfree/ref_count.hpp>
#include <sluice/lockfree/segment_queue.hpp>
#include <sluice/lockfree/seqlock.hpp>
#include <sluice/lockfree/spsc_ring.hpp>
#include <sluice/lockfree/state_machine.hpp>
#include <sluice/lockfree/striped_counter.hpp>
#include <sluice/lockfree/treiber_stack.hpp>
#include <sluice/lockfree/work_stealing_deque.hpp>
