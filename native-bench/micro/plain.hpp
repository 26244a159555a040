// plain — what one would write without a library: a container behind a lock.
#pragma once

#include <sluice/base/cpu.hpp>

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

namespace sluice::bench {

/// The textbook's: look until it is free, then try.
class spinlock {
 public:
  void lock() {
    while (held_.exchange(true, std::memory_order_acquire))
      while (held_.load(std::memory_order_relaxed)) cpu_pause();
  }
  void unlock() { held_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> held_{false};
};

template <class Lock>
class locked_vector {
 public:
  bool try_push(std::uint64_t&& value) {
    std::lock_guard const hold(lock_);
    values_.push_back(value);
    return true;
  }
  auto try_pop() -> std::optional<std::uint64_t> {
    std::lock_guard const hold(lock_);
    if (values_.empty()) return std::nullopt;
    auto const value = values_.back();
    values_.pop_back();
    return value;
  }

 private:
  Lock lock_;
  std::vector<std::uint64_t> values_;
};

template <class Lock>
class locked_deque {
 public:
  bool try_push(std::uint64_t&& value) {
    std::lock_guard const hold(lock_);
    values_.push_back(value);
    return true;
  }
  auto try_pop() -> std::optional<std::uint64_t> {
    std::lock_guard const hold(lock_);
    if (values_.empty()) return std::nullopt;
    auto const value = values_.front();
    values_.pop_front();
    return value;
  }

 private:
  Lock lock_;
  std::deque<std::uint64_t> values_;
};

}  // namespace sluice::bench
