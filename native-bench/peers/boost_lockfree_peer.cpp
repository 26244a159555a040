// boost_lockfree — boost::lockfree: a linked queue and stack over a pool of nodes, and a ring between two threads.
#include "micro/contend.hpp"
#include "micro/hand_off.hpp"

#include SLUICE_PEER_HEADER
#include <boost/lockfree/spsc_queue.hpp>
#include <boost/lockfree/stack.hpp>

#include <optional>

namespace sluice::bench {
namespace {

template <class Container>
class popping {
 public:
  explicit popping(std::size_t nodes) : values_{nodes} {}
  auto try_pop() -> std::optional<std::uint64_t> {
    std::uint64_t value = 0;
    return values_.pop(value) ? std::optional{value} : std::nullopt;
  }

 protected:
  Container values_;
};

/// No more values than nodes.
class bounded_queue : public popping<boost::lockfree::queue<std::uint64_t>> {
 public:
  using popping::popping;
  bool try_push(std::uint64_t&& value) { return values_.bounded_push(value); }
};

/// Allocates when the nodes are used up.
template <class Container>
class growing : public popping<Container> {
 public:
  using popping<Container>::popping;
  bool try_push(std::uint64_t&& value) { return this->values_.push(value); }
};

}  // namespace

void add_boost_lockfree_workloads(workload_list& to);
void add_boost_lockfree_workloads(workload_list& to) {
  using namespace boost::lockfree;
  using enum standing;
  add_spsc<growing<spsc_queue<std::uint64_t>>>(to, {"boost_spsc", "boost::lockfree::spsc_queue of 128", peer, true});
  add_hand_off<bounded_queue>(to, {"boost_lockfree", "boost::lockfree::queue with 128 nodes", peer, true});
  add_contended<growing<stack<std::uint64_t>>>(to, "stack", {"boost_lockfree", "boost::lockfree::stack", peer});
  add_contended<growing<queue<std::uint64_t>>>(to, "queue", {"boost_lockfree", "boost::lockfree::queue", peer});
}

}  // namespace sluice::bench
