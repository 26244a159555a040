// intrusive_list — a list whose links live in its elements, so that joining it cannot fail.
#pragma once

#include <cstddef>
#include <utility>

#include <sluice/base/contract.hpp>

namespace sluice {

/// The links of an element. `Tag` lets one object stand in several lists.
template <class Tag = void>
struct list_node {
  list_node* next_ = nullptr;
  list_node* previous_ = nullptr;

  [[nodiscard]] auto linked() const noexcept -> bool { return next_ != nullptr; }
};

/// A doubly linked list of `T`, which derives from `list_node<Tag>`.
///
/// Invariant  `head_` is null in both directions while the list is empty; else the first and the last element lead back to it.
///            So a list that has one element and then none, as most queues of waiting tasks, is changed by branches, which a
///            processor foresees, and not by stores to where a load has yet to say.
/// Cost      two pointers; every operation but `size` O(1), without allocation.
/// Lifetime  an element leaves before it dies; the list owns nothing.
template <class T, class Tag = void>
class intrusive_list {
  using node = list_node<Tag>;

 public:
  intrusive_list() noexcept = default;
  intrusive_list(intrusive_list const&) = delete;
  auto operator=(intrusive_list const&) -> intrusive_list& = delete;
  ~intrusive_list() { SLUICE_ASSERT(empty()); }

  [[nodiscard]] auto empty() const noexcept -> bool { return head_.next_ == nullptr; }
  /// Cost      O(elements): it keeps no count.
  [[nodiscard]] auto size() const noexcept -> std::size_t {
    std::size_t count = 0;
    for_each([&](T const&) { ++count; });
    return count;
  }

  void push_back(T& element) noexcept {
    auto& added = newcomer(element);
    added.next_ = &head_;
    if (auto* const last = head_.previous_) {
      added.previous_ = last;
      last->next_ = &added;
    } else {
      added.previous_ = &head_;
      head_.next_ = &added;
    }
    head_.previous_ = &added;
  }
  void push_front(T& element) noexcept {
    auto& added = newcomer(element);
    added.previous_ = &head_;
    if (auto* const first = head_.next_) {
      added.next_ = first;
      first->previous_ = &added;
    } else {
      added.next_ = &head_;
      head_.previous_ = &added;
    }
    head_.next_ = &added;
  }

  [[nodiscard]] auto front() noexcept -> T& { return static_cast<T&>(*head_.next_); }
  [[nodiscard]] auto back() noexcept -> T& { return static_cast<T&>(*head_.previous_); }

  auto pop_front() noexcept -> T* {
    auto* const first = head_.next_;
    if (first == nullptr) return nullptr;
    if (auto* const second = first->next_; second == &head_) {
      head_.next_ = head_.previous_ = nullptr;
    } else {
      head_.next_ = second;
      second->previous_ = &head_;
    }
    first->next_ = first->previous_ = nullptr;
    return static_cast<T*>(first);
  }

  void remove(T& element) noexcept {
    auto& gone = static_cast<node&>(element);
    SLUICE_ASSERT(gone.linked());
    auto* const next = std::exchange(gone.next_, nullptr);
    auto* const previous = std::exchange(gone.previous_, nullptr);
    if (next == previous) {  // that is, &head_
      head_.next_ = head_.previous_ = nullptr;
    } else {
      previous->next_ = next;
      next->previous_ = previous;
    }
  }

  /// Calls `look` with each element, first to last; `look` may not change the list.
  template <class F>
  void for_each(F&& look) const {
    if (empty()) return;
    for (auto* each = head_.next_; each != &head_; each = each->next_) look(static_cast<T&>(*each));
  }

 private:
  static auto newcomer(T& element) noexcept -> node& {
    auto& added = static_cast<node&>(element);
    SLUICE_ASSERT(!added.linked());
    return added;
  }

  node head_;
};

}  // namespace sluice
