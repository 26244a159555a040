// tbb — oneTBB: concurrent_bounded_queue, which blocks by itself, and the unbounded concurrent_queue.
#include "micro/contend.hpp"
#include "micro/hand_off.hpp"

#include SLUICE_PEER_HEADER

#include <optional>

namespace sluice::bench {
namespace {

class bounded_queue {
 public:
  bounded_queue() { queue_.set_capacity(hand_off_capacity); }
  bool push_blocking(std::uint64_t&& value) {
    queue_.push(value);
    return true;
  }
  auto pop_blocking() -> std::uint64_t {
    std::uint64_t value = 0;
    queue_.pop(value);
    return value;
  }

 private:
  oneapi::tbb::concurrent_bounded_queue<std::uint64_t> queue_;
};

class unbounded_queue {
 public:
  bool try_push(std::uint64_t&& value) {
    queue_.push(value);
    return true;
  }
  auto try_pop() -> std::optional<std::uint64_t> {
    std::uint64_t value = 0;
    return queue_.try_pop(value) ? std::optional{value} : std::nullopt;
  }

 private:
  oneapi::tbb::concurrent_queue<std::uint64_t> queue_;
};

}  // namespace

void add_tbb_workloads(workload_list& to);
void add_tbb_workloads(workload_list& to) {
  using enum standing;
  add_hand_off<bounded_queue>(to, {"tbb", "oneapi::tbb::concurrent_bounded_queue of 128, blocking", peer, true});
  add_contended<unbounded_queue>(to, "queue", {"tbb", "oneapi::tbb::concurrent_queue", peer});
}

}  // namespace sluice::bench
