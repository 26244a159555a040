// atomic_queue — AtomicQueue2: a bounded ring without waiting of its own.
#include "micro/contend.hpp"
#include "micro/hand_off.hpp"

#include SLUICE_PEER_HEADER

#include <optional>

namespace sluice::bench {
namespace {

template <unsigned Capacity>
class ring {
 public:
  bool try_push(std::uint64_t&& value) { return queue_.try_push(value); }
  auto try_pop() -> std::optional<std::uint64_t> {
    std::uint64_t value = 0;
    return queue_.try_pop(value) ? std::optional{value} : std::nullopt;
  }

 private:
  atomic_queue::AtomicQueue2<std::uint64_t, Capacity> queue_;
};

}  // namespace

void add_atomic_queue_workloads(workload_list& to);
void add_atomic_queue_workloads(workload_list& to) {
  using enum standing;
  add_hand_off<ring<hand_off_capacity>>(to, {"atomic_queue", "atomic_queue::AtomicQueue2, a ring of 128", peer, true});
  add_contended<ring<contended_capacity>>(
      to, "queue", {"atomic_queue", "atomic_queue::AtomicQueue2, a ring of 8192", peer, true});
}

}  // namespace sluice::bench
