// naive_stack — the stack as it is often printed, where a garbage collector keeps it right. Here it is wrong.
#pragma once

#include <sluice/atomics/policy.hpp>

namespace sluice::scenarios {

/// A linked stack without any care for when a node may be used again. A popped node belongs to whoever
/// popped it.
///
/// What is wrong  pop looks at the top and at what is below it, and then exchanges one for the other if
///                the top is still the same node. The same node is not the same stack: meanwhile it may
///                have been popped, and pushed again over something else (A, B, A). And when popped nodes
///                are freed, the look below reads memory that is gone.
template <atomics_policy Atomics>
class naive_stack {
 public:
  struct node {
    explicit node(int held) : value(held) {}
    int value;
    typename Atomics::template atomic<node*> below{nullptr};
  };

  void push(node& fresh) {
    auto* top = top_.load();
    do fresh.below.store(top);
    while (!top_.compare_exchange_strong(top, &fresh));
  }

  /// The newest node; null when empty.
  auto pop() -> node* {
    auto* top = top_.load();
    while (top != nullptr) {
      auto* const below = top->below.load();
      if (top_.compare_exchange_strong(top, below)) break;  // "top is as it was, so below is as it was"
    }
    return top;
  }

  /// For naming it.
  [[nodiscard]] auto top() const noexcept -> auto const& { return top_; }

 private:
  typename Atomics::template atomic<node*> top_{nullptr};
};

}  // namespace sluice::scenarios
