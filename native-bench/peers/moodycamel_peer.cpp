// moodycamel — ConcurrentQueue: unbounded, lock-free, in order for each producer only.
#include "micro/contend.hpp"
#include "micro/hand_off.hpp"

#include SLUICE_PEER_HEADER

#include <optional>

namespace sluice::bench {
namespace {

class moodycamel_queue {
 public:
  bool try_push(std::uint64_t&& value) { return queue_.enqueue(value); }
  auto try_pop() -> std::optional<std::uint64_t> {
    std::uint64_t value = 0;
    return queue_.try_dequeue(value) ? std::optional{value} : std::nullopt;
  }

 private:
  moodycamel::ConcurrentQueue<std::uint64_t> queue_;
};

}  // namespace

void add_moodycamel_workloads(workload_list& to);
void add_moodycamel_workloads(workload_list& to) {
  entrant const enters{"moodycamel", "moodycamel::ConcurrentQueue, unbounded", standing::peer};
  add_hand_off<moodycamel_queue>(to, enters);
  add_contended<moodycamel_queue>(to, "queue", enters);
}

}  // namespace sluice::bench
