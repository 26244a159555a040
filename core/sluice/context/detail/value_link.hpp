// value_link — one value above a context, and the way to those above it. Private to its room.
#pragma once

#include <atomic>
#include <optional>
#include <utility>

#include <sluice/context/context_key.hpp>

namespace sluice::detail {

/// A chain that is never changed once it is made, shared by every context below it. It knows
/// nothing of cancelling, so values stay readable for as long as anybody holds the chain.
/// Invariant  `key_` is null in a link that looks things up elsewhere, and then `look` does.
class value_link {
 public:
  value_link(value_link const&) = delete;
  auto operator=(value_link const&) -> value_link& = delete;

  void hold() noexcept { owners_.fetch_add(1, std::memory_order_relaxed); }
  void let_go() noexcept {
    // Each link owns the next: no recursion, however long the chain.
    for (auto* link = this; link != nullptr;) {
      if (link->owners_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
      auto* const next = link->next_;
      delete link;
      link = next;
    }
  }

  /// The nearest value under `key`; null when there is none, or when the nearest is empty.
  [[nodiscard]] auto find(any_context_key const& key) const noexcept -> void const* {
    for (auto const* link = this; link != nullptr; link = link->next_) {
      if (link->key_ == &key) return link->data_;
      if (link->key_ != nullptr) continue;
      if (auto const* const found = link->look(key)) return found;
    }
    return nullptr;
  }

  /// Stands in a context that has been moved from. Owns nothing and is never let go of.
  [[nodiscard]] static auto moved_from() noexcept -> value_link* { return &moved_from_; }

 protected:
  /// Takes over one reference to `next`, which may be null.
  constexpr value_link(value_link* next, any_context_key const* key) noexcept
      : next_(next), key_(key) {}
  constexpr virtual ~value_link() = default;

  void const* data_ = nullptr;

 private:
  [[nodiscard]] virtual auto look(any_context_key const&) const noexcept -> void const* {
    return nullptr;
  }

  static value_link moved_from_;

  std::atomic<unsigned> owners_{1};
  value_link* next_;
  any_context_key const* key_;
};

inline constinit value_link value_link::moved_from_{nullptr, nullptr};

/// A value, or nothing, under a key.
template <class T>
class value_of final : public value_link {
 public:
  value_of(value_link* next, context_key<T> const& key, std::optional<T>&& value)
      : value_link(next, &key), value_(std::move(value)) {
    if (value_) data_ = &*value_;
  }

 private:
  std::optional<T> const value_;
};

}  // namespace sluice::detail
