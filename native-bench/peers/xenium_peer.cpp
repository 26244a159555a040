// xenium — vyukov_bounded_queue: a ring with a ticket per slot.
#include "micro/contend.hpp"
#include "micro/hand_off.hpp"

#include SLUICE_PEER_HEADER

#include <optional>

namespace sluice::bench {
namespace {

class ring {
 public:
  explicit ring(std::size_t capacity) : queue_{capacity} {}
  bool try_push(std::uint64_t&& value) { return queue_.try_push(value); }
  auto try_pop() -> std::optional<std::uint64_t> {
    std::uint64_t value = 0;
    return queue_.try_pop(value) ? std::optional{value} : std::nullopt;
  }

 private:
  xenium::vyukov_bounded_queue<std::uint64_t> queue_;
};

}  // namespace

void add_xenium_workloads(workload_list& to);
void add_xenium_workloads(workload_list& to) {
  using enum standing;
  add_hand_off<ring>(to, {"xenium", "xenium::vyukov_bounded_queue of 128", peer, true});
  add_contended<ring>(to, "queue", {"xenium", "xenium::vyukov_bounded_queue of 8192", peer, true});
}

}  // namespace sluice::bench
