// counter_bench — one number that all threads add to: ours, and the plainest things that work.
#include "micro/count_up.hpp"
#include "micro/plain.hpp"

#include <sluice/lockfree/striped_counter.hpp>

#include <atomic>
#include <cstdint>
#include <mutex>

namespace sluice::bench {
namespace {

/// Each thread finds its stripe anew every time.
class striped {
 public:
  void add(std::uint64_t by) { counter_.add(by); }
  auto total() -> std::uint64_t { return counter_.sum(); }

 private:
  striped_counter counter_;
};

/// Each thread keeps its stripe at hand.
class joined {
 public:
  auto for_me() { return counter_.join(); }
  auto total() -> std::uint64_t { return counter_.sum(); }

 private:
  striped_counter counter_;
};

class one_atomic {
 public:
  void add(std::uint64_t by) { value_.fetch_add(by, std::memory_order_relaxed); }
  auto total() -> std::uint64_t { return value_; }

 private:
  std::atomic<std::uint64_t> value_{0};
};

template <class Lock>
class locked_number {
 public:
  void add(std::uint64_t by) {
    std::lock_guard const hold(lock_);
    value_ += by;
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
  add_counter<striped>(to, {"striped_counter", "a striped_counter", ours});
  add_counter<joined>(to, {"striped_joined", "a striped_counter that each has joined", ours});
  add_counter<one_atomic>(to, {"atomic", "one std::atomic", plain});
  add_counter<locked_number<std::mutex>>(to, {"mutex", "a number behind a std::mutex", plain});
  add_counter<locked_number<spinlock>>(to, {"spinlock", "a number behind a spinlock", plain});
}

}  // namespace sluice::bench
