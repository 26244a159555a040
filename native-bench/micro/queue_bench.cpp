// queue_bench — one hand-off between threads, for every queue of ours and the plainest thing that works.
#include "micro/hand_off.hpp"

#include <sluice/container/mutex_queue.hpp>
#include <sluice/lockfree/mpmc_ring.hpp>
#include <sluice/lockfree/ms_queue.hpp>

namespace sluice::bench {

void add_queue_workloads(workload_list& to) {
  add_hand_off<mpmc_ring<std::uint64_t>>(to, "mpmc_ring", "mpmc_ring of 128");
  add_hand_off<ms_queue<std::uint64_t>>(to, "ms_queue", "ms_queue over hazard pointers, unbounded");
  add_hand_off<mutex_queue<std::uint64_t>>(to, "mutex_queue", "mutex_queue of 128, the yardstick");
}

}  // namespace sluice::bench
