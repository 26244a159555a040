// tbb — oneTBB's concurrent_bounded_queue: bounded, and blocking by itself.
#include "micro/hand_off.hpp"

#include SLUICE_PEER_HEADER

namespace sluice::bench {
namespace {

class bounded {
 public:
  bounded() { queue_.set_capacity(hand_off_capacity); }
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

}  // namespace

void add_tbb_workloads(workload_list& to);
void add_tbb_workloads(workload_list& to) {
  add_hand_off<bounded>(to, "tbb", "oneapi::tbb::concurrent_bounded_queue of 128, blocking", false);
}

}  // namespace sluice::bench
