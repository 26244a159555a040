// retired_list — nodes that have left their structure and wait to be freed.
#pragma once

#include <cstddef>
#include <utility>

namespace sluice {

/// What a node inherits in order to be retired: the links are in the node, so that retiring, which
/// happens after the point of no return, can never fail for want of memory.
class retirable {
 protected:
  retirable() = default;
  retirable(retirable const&) = default;
  auto operator=(retirable const&) -> retirable& = default;
  ~retirable() = default;

 private:
  friend class retired_list;
  retirable* next_retired_ = nullptr;
  void (*dispose_)(retirable*) noexcept = nullptr;
};

/// A list of retired nodes, in the order in which they came.
/// Threads   one at a time. Only the thread that took a node out of its structure writes to its links.
class retired_list {
 public:
  retired_list() = default;
  retired_list(retired_list&& other) noexcept { append(std::move(other)); }
  auto operator=(retired_list&& other) noexcept -> retired_list& {
    first_ = std::exchange(other.first_, nullptr);
    last_ = std::exchange(other.last_, nullptr);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  /// Takes up a chain that `release` once gave out.
  explicit retired_list(retirable* chain) noexcept {
    while (chain != nullptr) push(*std::exchange(chain, chain->next_retired_));
  }

  [[nodiscard]] auto empty() const noexcept -> bool { return first_ == nullptr; }
  [[nodiscard]] auto size() const noexcept -> std::size_t { return size_; }

  /// `dispose` will be called with the node when its time has come.
  void push(retirable& node, void (*dispose)(retirable*) noexcept) noexcept {
    node.dispose_ = dispose;
    push(node);
  }

  void append(retired_list&& other) noexcept {
    if (other.empty()) return;
    (first_ == nullptr ? first_ : last_->next_retired_) = other.first_;
    last_ = other.last_;
    size_ += other.size_;
    other = retired_list{};
  }

  /// Moves the nodes that `wanted` names to the end of `into`; the others stay, in order.
  void move_if(auto&& wanted, retired_list& into) noexcept {
    retired_list stay;
    while (first_ != nullptr) {
      auto& node = pop();
      (wanted(static_cast<retirable const*>(&node)) ? into : stay).push(node);
    }
    *this = std::move(stay);
  }

  /// Frees every node.
  void dispose_all() noexcept {
    while (first_ != nullptr) {
      auto& node = pop();
      node.dispose_(&node);
    }
  }

  /// Gives out the nodes as a chain and forgets them. `join` hangs another chain behind the last.
  [[nodiscard]] auto release() noexcept -> retirable* {
    last_ = nullptr;
    size_ = 0;
    return std::exchange(first_, nullptr);
  }
  void join(retirable* chain) noexcept { last_->next_retired_ = chain; }
  [[nodiscard]] auto front() const noexcept -> retirable* { return first_; }

 private:
  void push(retirable& node) noexcept {
    node.next_retired_ = nullptr;
    (first_ == nullptr ? first_ : last_->next_retired_) = &node;
    last_ = &node;
    ++size_;
  }

  auto pop() noexcept -> retirable& {
    auto& node = *first_;
    first_ = node.next_retired_;
    if (first_ == nullptr) last_ = nullptr;
    --size_;
    return node;
  }

  retirable* first_ = nullptr;
  retirable* last_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace sluice
