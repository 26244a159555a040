// injector — work that comes from outside a worker, and work that wants to go last.
#pragma once

#include <cstddef>
#include <mutex>

#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>
#include <sluice/atomics/spin_lock.hpp>
#include <sluice/task/executor.hpp>

namespace sluice {

/// A FIFO of runnable tasks, linked through the tasks themselves by `next_ready`.
/// Progress   blocking, for a handful of instructions; `empty` is one load.
/// Edges      the lock orders everything; a worker that looks at `size_` before it sleeps is ordered
///            after the push by the edge `look` of `idle_counts`.
template <class Task, atomics_policy Atomics = std_atomics>
class basic_injector {
 public:
  void push(Task& ready) noexcept {
    std::lock_guard const hold{lock_};
    ready.next_ready = nullptr;
    (last_ != nullptr ? last_->next_ready : first_) = &ready;
    last_ = &ready;
    size_.store(size_.load(relaxed) + 1, relaxed);
  }

  /// The task that has waited longest, or null.
  [[nodiscard]] auto pop() noexcept -> Task* {
    if (empty()) return nullptr;
    std::lock_guard const hold{lock_};
    Task* const oldest = first_;
    if (oldest == nullptr) return nullptr;
    first_ = oldest->next_ready;
    if (first_ == nullptr) last_ = nullptr;
    size_.store(size_.load(relaxed) - 1, relaxed);
    return oldest;
  }

  [[nodiscard]] auto empty() const noexcept -> bool { return size_.load(relaxed) == 0; }

 private:
  basic_spin_lock<Atomics> lock_;
  Task* first_ = nullptr;
  Task* last_ = nullptr;
  typename Atomics::template atomic<std::size_t> size_{0};  // changes under `lock_`
};

using injector = basic_injector<task_control>;

}  // namespace sluice
