// injector — work that comes from outside a worker, and work that wants to go last.
#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>

#include <sluice/task/executor.hpp>

namespace sluice {

/// A FIFO of runnable tasks, linked through the tasks themselves.
/// Progress   blocking, for a handful of instructions; `empty` is one load.
/// Edges      the lock orders everything; a worker that looks at `size_` before it sleeps is ordered
///            after the push by the edge `sleep` of the driver.
class injector {
 public:
  void push(task_control& ready) noexcept {
    std::lock_guard const hold{lock_};
    ready.next_ready = nullptr;
    (last_ != nullptr ? last_->next_ready : first_) = &ready;
    last_ = &ready;
    size_.store(size_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }

  /// The task that has waited longest, or null.
  [[nodiscard]] auto pop() noexcept -> task_control* {
    if (empty()) return nullptr;
    std::lock_guard const hold{lock_};
    auto* const oldest = first_;
    if (oldest == nullptr) return nullptr;
    first_ = oldest->next_ready;
    if (first_ == nullptr) last_ = nullptr;
    size_.store(size_.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
    return oldest;
  }

  [[nodiscard]] auto empty() const noexcept -> bool {
    return size_.load(std::memory_order_acquire) == 0;
  }

 private:
  std::mutex lock_;
  task_control* first_ = nullptr;
  task_control* last_ = nullptr;
  std::atomic<std::size_t> size_{0};
};

}  // namespace sluice
