// retired_list — nodes that have left their structure and wait to be freed.
#pragma once

#include <cstddef>
#include <utility>

#include <sluice/atomics/policy.hpp>

namespace sluice {

template <atomics_policy Atomics>
class retired_list;

/// What a node inherits in order to be retired: the links are in the node, so that retiring, which
/// happens after the point of no return, can never fail for want of memory.
template <atomics_policy Atomics = std_atomics>
class basic_retirable {
 protected:
  basic_retirable() = default;
  basic_retirable(basic_retirable const&) = delete;
  auto operator=(basic_retirable const&) -> basic_retirable& = delete;
  ~basic_retirable() = default;

 private:
  friend class retired_list<Atomics>;
  struct links {
    basic_retirable* next = nullptr;
    void (*dispose)(basic_retirable*) noexcept = nullptr;
  };
  typename Atomics::template cell<links> links_;
};

/// A list of retired nodes, in the order in which they came.
/// Threads   one at a time. Only the thread that took a node out of its structure writes to its links.
template <atomics_policy Atomics = std_atomics>
class retired_list {
 public:
  using retirable = basic_retirable<Atomics>;

  retired_list() = default;
  retired_list(retired_list&& other) noexcept { *this = std::move(other); }
  auto operator=(retired_list&& other) noexcept -> retired_list& {
    first_ = std::exchange(other.first_, nullptr);
    last_ = std::exchange(other.last_, nullptr);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  /// Takes up a chain that was given out by `front` and `join`.
  explicit retired_list(retirable* chain) noexcept {
    while (chain != nullptr) push(*std::exchange(chain, next_of(*chain)));
  }

  [[nodiscard]] auto empty() const noexcept -> bool { return first_ == nullptr; }
  [[nodiscard]] auto size() const noexcept -> std::size_t { return size_; }

  /// The node is deallocated, as a `Node`, when its time has come.
  template <class Node>
  void add(Node& node) noexcept {
    retirable& base = node;
    base.links_.write([](auto& links) {
      links.dispose = [](retirable* old) noexcept { Atomics::deallocate(static_cast<Node*>(old)); };
    });
    push(base);
  }

  void append(retired_list&& other) noexcept {
    if (other.empty()) return;
    hang_behind_last(other.first_);
    last_ = other.last_;
    size_ += other.size_;
    other = retired_list{};
  }

  /// Moves the nodes that `wanted` names to the end of `into`; the others stay, in order.
  void move_if(auto&& wanted, retired_list& into) noexcept {
    retired_list stay;
    while (!empty()) {
      auto& node = pop();
      (wanted(static_cast<retirable const*>(&node)) ? into : stay).push(node);
    }
    *this = std::move(stay);
  }

  /// Frees every node.
  void dispose_all() noexcept {
    while (!empty()) {
      auto& node = pop();
      node.links_.read([](auto& links) { return links.dispose; })(&node);
    }
  }

  /// For giving the nodes away as a chain: its first node, and what comes behind its last one.
  [[nodiscard]] auto front() const noexcept -> retirable* { return first_; }
  void join(retirable* chain) noexcept { set_next(*last_, chain); }

 private:
  static auto next_of(retirable const& node) noexcept -> retirable* {
    return node.links_.read([](auto& links) { return links.next; });
  }
  static void set_next(retirable& node, retirable* next) noexcept {
    node.links_.write([&](auto& links) { links.next = next; });
  }

  void hang_behind_last(retirable* node) noexcept {
    if (empty()) first_ = node;
    else set_next(*last_, node);
  }

  void push(retirable& node) noexcept {
    set_next(node, nullptr);
    hang_behind_last(&node);
    last_ = &node;
    ++size_;
  }

  auto pop() noexcept -> retirable& {
    auto& node = *first_;
    first_ = next_of(node);
    if (first_ == nullptr) last_ = nullptr;
    --size_;
    return node;
  }

  retirable* first_ = nullptr;
  retirable* last_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace sluice
