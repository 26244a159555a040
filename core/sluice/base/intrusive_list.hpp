// intrusive_list — a list whose links live in its elements, so that joining it cannot fail.
#pragma once

#include <cstddef>

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
/// Cost      two pointers; every operation but `size` O(1), without allocation.
/// Lifetime  an element leaves before it dies; the list owns nothing.
template <class T, class Tag = void>
class intrusive_list {
 public:
  intrusive_list() noexcept { head_.next_ = head_.previous_ = &head_; }
  intrusive_list(intrusive_list const&) = delete;
  auto operator=(intrusive_list const&) -> intrusive_list& = delete;
  ~intrusive_list() { SLUICE_ASSERT(empty()); }

  [[nodiscard]] auto empty() const noexcept -> bool { return head_.next_ == &head_; }
  /// Cost      O(elements): it keeps no count.
  [[nodiscard]] auto size() const noexcept -> std::size_t {
    std::size_t count = 0;
    for_each([&](T const&) { ++count; });
    return count;
  }

  void push_back(T& element) noexcept { insert_before(head_, element); }
  void push_front(T& element) noexcept { insert_before(*head_.next_, element); }

  [[nodiscard]] auto front() noexcept -> T& { return static_cast<T&>(*head_.next_); }
  [[nodiscard]] auto back() noexcept -> T& { return static_cast<T&>(*head_.previous_); }

  auto pop_front() noexcept -> T* {
    if (empty()) return nullptr;
    auto& first = front();
    remove(first);
    return &first;
  }

  void remove(T& element) noexcept {
    auto& node = static_cast<list_node<Tag>&>(element);
    SLUICE_ASSERT(node.linked());
    node.previous_->next_ = node.next_;
    node.next_->previous_ = node.previous_;
    node.next_ = node.previous_ = nullptr;
  }

  /// Calls `look` with each element, first to last; `look` may not change the list.
  template <class F>
  void for_each(F&& look) const {
    for (auto* node = head_.next_; node != &head_; node = node->next_)
      look(static_cast<T&>(*node));
  }

 private:
  void insert_before(list_node<Tag>& at, T& element) noexcept {
    auto& node = static_cast<list_node<Tag>&>(element);
    SLUICE_ASSERT(!node.linked());
    node.next_ = &at;
    node.previous_ = at.previous_;
    at.previous_->next_ = &node;
    at.previous_ = &node;
  }

  list_node<Tag> head_;
};

}  // namespace sluice
