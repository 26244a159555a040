// waiter — one waiting task or thread; both stand in the same queues.
#pragma once

#include <sluice/atomics/parker.hpp>
#include <sluice/base/contract.hpp>
#include <sluice/base/intrusive_list.hpp>
#include <sluice/task/executor.hpp>

namespace sluice {

/// A place in a queue of waiters. Lives in the awaiting coroutine's frame, or on the stack of the
/// blocked thread.
/// Lifetime  whoever wakes it first takes it out of its queue, and touches it no more afterwards.
struct waiter : list_node<> {
  task_control* task = nullptr;
  parker* thread = nullptr;

  void wake() noexcept {
    if (task != nullptr) {
      task->schedule();
    } else {
      thread->unpark();
    }
  }
};

/// Waiters in the order in which they came.
using wait_list = intrusive_list<waiter>;

namespace detail {
/// Blocking a runtime's own thread would stop the tasks that it runs.
/// Throws    `misuse` on such a thread.
inline void refuse_on_worker(char const* primitive) {
  if (worker_of != nullptr)
    throw misuse(primitive, "a blocking form was called on a worker of a runtime; await the other form");
}
}  // namespace detail

}  // namespace sluice
