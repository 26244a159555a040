// waiter — one waiting task or thread; both stand in the same queues.
#pragma once

#include <sluice/atomics/parker.hpp>
#include <sluice/base/contract.hpp>
#include <sluice/base/intrusive_list.hpp>
#include <sluice/task/executor.hpp>
#include <sluice/task/selectable.hpp>

namespace sluice {

/// A place in a queue of waiters. Lives in the awaiting coroutine's frame, or on the stack of the
/// blocked thread.
/// Lifetime  whoever wakes it first takes it out of its queue, and touches it no more afterwards.
struct waiter : list_node<> {
  task_control* task = nullptr;
  parker* thread = nullptr;
  select_link* of_select = nullptr;  ///< where this place belongs to a case of a select

  /// Becomes a place of `whom`'s select.
  void stand_for(waiter const& whom, select_link& link) noexcept {
    task = whom.task;
    thread = whom.thread;
    of_select = &link;
  }

  /// Whether a partner that has taken it out of its queue may serve it: a case of a select only while
  /// none is decided upon.
  [[nodiscard]] auto claim() noexcept -> bool {
    return of_select == nullptr ||
           of_select->decision->try_claim(of_select->index) != select_decision::claim::lost;
  }

  /// For sources of cases that are no queue under a lock: claims the case and wakes its select.
  void claim_and_wake() noexcept {
    if (of_select->decision->try_claim(of_select->index) == select_decision::claim::won) wake();
  }

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
/// The longest-waiting one that may be served, out of its queue: a select may have decided for another
/// of its cases. Null when there is none.
template <class Node>
auto pop_served(intrusive_list<Node>& queue) noexcept -> Node* {
  while (auto* const first = queue.pop_front())
    if (first->claim()) return first;
  return nullptr;
}

/// Wakes a partner at the end of a scope, behind a lock, also when something throws before.
template <class Place = waiter>
struct wake_at_end {
  Place* who = nullptr;
  ~wake_at_end() {
    if (who != nullptr) who->wake();
  }
};

/// Blocking a runtime's own thread would stop the tasks that it runs.
/// Throws    `misuse` on such a thread.
inline void refuse_on_worker(char const* primitive) {
  if (worker_of != nullptr)
    throw misuse(primitive, "a blocking form was called on a worker of a runtime; await the other form");
}
}  // namespace detail

}  // namespace sluice
