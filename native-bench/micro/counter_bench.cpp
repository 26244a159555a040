// counter_bench — one number that all threads add to: ours, and the plainest things that work.
#include "micro/count_up.hpp"
#include "micro/plain.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>

namespace sluice::bench {
namespace {

class one_atomic {
 public:
  void add() { value_.fetch_add(1, std::memory_order_relaxed); }
  auto total() -> std::uint64_t { return value_; }

 private:
  std::atomic<std::uint64_t> value_{0};
};

template <class Lock>
class locked_number {
 public:
  void add() {
    std::lock_guard const hold(lock_);
    ++value_;
  }
  auto total() -> std::uint64_t {
    std::lock_guard const hold(lock_);
    return value_;
  }

 private:
  Lock lock_;
  std::uint64_t value_ = 0;
};

}  // namespace

void add_counter_workloads(workload_list& to) {
  using enum standing;
  add_counter<one_atomic>(to, {"atomic", "one std::atomic", plain});
  add_counter<locked_number<std::mutex>>(to, {"mutex", "a number behind a std::mutex", plain});
  add_counter<locked_number<spinlock>>(to, {"spinlock", "a number behind a spinlock", plain});
}

}  // namespace sluice::bench
