// contended_bench — one stack or queue that all threads want at once: ours, and the plainest things that work.
#include "micro/contend.hpp"
#include "micro/plain.hpp"

#include <sluice/lockfree/barging_queue.hpp>
#include <sluice/lockfree/barging_stack.hpp>
#include <sluice/lockfree/mpmc_ring.hpp>
#include <sluice/lockfree/ms_queue.hpp>
#include <sluice/lockfree/segment_queue.hpp>
#include <sluice/lockfree/treiber_stack.hpp>

namespace sluice::bench {

void add_contended_workloads(workload_list& to) {
  using enum standing;
  using value = std::uint64_t;
  add_contended<barging_stack<value>>(to, "stack", {"barging_stack", "barging_stack", ours});
  add_contended<treiber_stack<value>>(to, "stack", {"treiber_stack", "treiber_stack over hazard pointers", ours});
  add_contended<locked_vector<std::mutex>>(to, "stack", {"mutex", "a std::vector behind a std::mutex", plain});
  add_contended<locked_vector<spinlock>>(to, "stack", {"spinlock", "a std::vector behind a spinlock", plain});

  add_contended<barging_queue<value>>(to, "queue", {"barging_queue", "barging_queue", ours});
  add_contended<mpmc_ring<value>>(to, "queue", {"mpmc_ring", "mpmc_ring of 8192", ours, true});
  add_contended<segment_queue<value>>(to, "queue", {"segment_queue", "segment_queue over hazard pointers", ours});
  add_contended<ms_queue<value>>(to, "queue", {"ms_queue", "ms_queue over hazard pointers", ours});
  add_contended<locked_deque<std::mutex>>(to, "queue", {"mutex", "a std::deque behind a std::mutex", plain});
  add_contended<locked_deque<spinlock>>(to, "queue", {"spinlock", "a std::deque behind a spinlock", plain});
}

}  // namespace sluice::bench
