// boost_lockfree — boost::lockfree::queue: a linked queue over a fixed pool of nodes.
#include "micro/hand_off.hpp"

#include SLUICE_PEER_HEADER

#include <optional>

namespace sluice::bench {
namespace {

class linked {
 public:
  bool try_push(std::uint64_t&& value) { return queue_.bounded_push(value); }
  auto try_pop() -> std::optional<std::uint64_t> {
    std::uint64_t value = 0;
    return queue_.pop(value) ? std::optional{value} : std::nullopt;
  }

 private:
  boost::lockfree::queue<std::uint64_t> queue_{hand_off_capacity};
};

}  // namespace

void add_boost_lockfree_workloads(workload_list& to);
void add_boost_lockfree_workloads(workload_list& to) {
  add_hand_off<linked>(to, "boost_lockfree", "boost::lockfree::queue with 128 nodes", false);
}

}  // namespace sluice::bench
