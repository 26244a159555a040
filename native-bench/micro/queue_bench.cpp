// queue_bench — one hand-off between threads, for every queue of ours and the plainest thing that works.
#include "micro/floor_ring.hpp"
#include "micro/hand_off.hpp"

#include <sluice/container/mutex_queue.hpp>
#include <sluice/lockfree/blocking_queue.hpp>
#include <sluice/lockfree/mpmc_ring.hpp>
#include <sluice/lockfree/ms_queue.hpp>
#include <sluice/lockfree/segment_queue.hpp>
#include <sluice/lockfree/spsc_ring.hpp>

namespace sluice::bench {

void add_queue_workloads(workload_list& to) {
  using enum standing;
  using value = std::uint64_t;
  add_spsc<spsc_ring<value>>(to, {"spsc_ring", "spsc_ring of 128", ours, true});
  add_spsc<floor_ring>(to, {"floor", "the least code that does it: what two cores allow", floor, true});

  add_hand_off<mpmc_ring<value>>(to, {"mpmc_ring", "mpmc_ring of 128", ours, true});
  add_hand_off<blocking_queue<mpmc_ring<value>>>(
      to, {"blocking_ring", "mpmc_ring of 128, whose threads sleep", ours, true});
  add_hand_off<segment_queue<value>>(to, {"segment_queue", "segment_queue over hazard pointers, unbounded", ours});
  add_hand_off<ms_queue<value>>(to, {"ms_queue", "ms_queue over hazard pointers, unbounded", ours});
  add_hand_off<mutex_queue<value>>(to, {"mutex_queue", "mutex_queue of 128, the yardstick", ours, true});
}

}  // namespace sluice::bench
