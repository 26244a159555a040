// hearing — how a task learns that the context it waits under has ended.
#pragma once

#include <atomic>
#include <utility>

#include <sluice/base/intrusive_list.hpp>
#include <sluice/task/interrupt_slot.hpp>

namespace sluice::detail {

class cancellable_waiter;
class context_node;
struct cancel_sweep;

struct hearing;
/// Leaves the context that `ears` hear of. The room that knows contexts defines it.
void forget_context(hearing& ears) noexcept;

/// Something to be told when a context ends.
/// Lifetime  removed before it dies; `context_node::remove` waits for a handler that is running
///           elsewhere.
struct context_handler : list_node<> {
  using function = void (*)(context_handler&) noexcept;
  constexpr explicit context_handler(function then) noexcept : fire(then) {}

  function fire;
  std::atomic<cancel_sweep*> sweep{nullptr};  // non-null from the end of the context until fired
};

/// A task, or a blocked thread, among those that one context tells of its end. It stays there from
/// wait to wait: joining and leaving at each would cost more than all else, and everybody would meet
/// at the lock of the context's tree.
///
/// Invariant  `node`, to which it holds a reference, is the context it is registered with, or was
///            until that ended.
/// Threads    the owner; what waits is interrupted by others.
struct hearing : context_handler {
  constexpr hearing() noexcept : context_handler(nullptr) {}

  context_node* node = nullptr;
  [[no_unique_address]] basic_interrupt_slot<cancellable_waiter> slot;

  /// By who has ended contexts, and is about to tell those that heard of them.
  static void announce() noexcept { basic_interrupt_slot<cancellable_waiter>::announce(); }

  /// The end of a wait, of which nobody knows from here on.
  void disarm() noexcept { slot.disarm(sweep); }

  /// No context is heard any more, and nobody touches this.
  void stop() noexcept {
    if (node != nullptr) forget_context(*this);
  }
};

}  // namespace sluice::detail
