// chunked — a stack and a queue for one thread at a time, which never move a value once it is in.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

#include <sluice/atomics/policy.hpp>
#include <sluice/base/concepts.hpp>
#include <sluice/lockfree/detail/slot_value.hpp>

namespace sluice::detail {

/// As many values as make a kilobyte, within reason.
template <class T>
inline constexpr std::size_t usual_chunk = std::clamp<std::size_t>(1024 / sizeof(T), 8, 128);

/// Some slots in one piece of memory.
template <transferable T, std::size_t Slots>
  requires(Slots > 0)
struct chunk {
  chunk* link = nullptr;  ///< in a stack the one below, in a queue the one behind
  std::array<slot_value<T>, Slots> slots;
};

/// Where chunks come from and go to. One is kept, so that going to and fro over the edge of a chunk
/// does not allocate each time.
template <class Chunk, atomics_policy Atomics>
class chunk_store {
 public:
  chunk_store() = default;
  chunk_store(chunk_store const&) = delete;
  auto operator=(chunk_store const&) -> chunk_store& = delete;
  ~chunk_store() { put(nullptr); }

  /// Throws    `std::bad_alloc`.
  auto get() -> Chunk* {
    if (spare_ != nullptr) return std::exchange(spare_, nullptr);
    return Atomics::template allocate<Chunk>();
  }
  void put(Chunk* empty) noexcept {
    if (auto* const surplus = std::exchange(spare_, empty)) Atomics::deallocate(surplus);
  }

 private:
  Chunk* spare_ = nullptr;
};

/// A LIFO. Whoever calls sees to it that nobody else does.
/// Invariant  The slots below `used_` of the top chunk hold a value, and all of those further down.
template <transferable T, std::size_t Slots, atomics_policy Atomics>
class chunked_stack {
 public:
  chunked_stack() = default;
  chunked_stack(chunked_stack const&) = delete;
  auto operator=(chunked_stack const&) -> chunked_stack& = delete;
  ~chunked_stack() {
    while (uncover()) top_->slots[--used_].drop();
    if (top_ != nullptr) chunks_.put(top_);
  }

  /// Throws    `std::bad_alloc` without having moved from `value`, or what moving a `T` throws; the
  ///           stack is then as it was.
  void push(T&& value) {
    if (used_ == Slots) {
      auto* const fresh = chunks_.get();
      fresh->link = std::exchange(top_, fresh);
      used_ = 0;
    }
    top_->slots[used_].put(std::move(value));
    ++used_;
  }

  /// Throws    what moving a `T` throws; the value is then gone.
  void pop(std::optional<T>& into) {
    if (!uncover()) return;
    --used_;
    top_->slots[used_].take(into);
  }

 private:
  /// Puts an empty top chunk away if there is one below. False when nothing is left.
  auto uncover() noexcept -> bool {
    if (used_ != 0) return top_ != nullptr;
    if (top_->link == nullptr) return false;
    chunks_.put(std::exchange(top_, top_->link));
    used_ = Slots;
    return true;
  }

  chunk<T, Slots>* top_ = nullptr;
  std::size_t used_ = Slots;  // as if full, while there is no chunk at all
  chunk_store<chunk<T, Slots>, Atomics> chunks_;
};

/// A FIFO. Whoever calls sees to it that nobody else does.
/// Invariant  A value is in each slot from `taken_` of the first chunk to before `used_` of the last.
template <transferable T, std::size_t Slots, atomics_policy Atomics>
class chunked_queue {
 public:
  chunked_queue() = default;
  chunked_queue(chunked_queue const&) = delete;
  auto operator=(chunked_queue const&) -> chunked_queue& = delete;
  ~chunked_queue() {
    while (advance()) first_->slots[taken_++].drop();
    if (first_ != nullptr) chunks_.put(first_);
  }

  /// Throws    `std::bad_alloc` without having moved from `value`, or what moving a `T` throws; the
  ///           queue is then as it was.
  void push(T&& value) {
    if (used_ == Slots) {
      auto* const fresh = chunks_.get();
      fresh->link = nullptr;
      if (last_ != nullptr) {
        last_->link = fresh;
      } else {
        first_ = fresh;
        taken_ = 0;
      }
      last_ = fresh;
      used_ = 0;
    }
    last_->slots[used_].put(std::move(value));
    ++used_;
  }

  /// Throws    what moving a `T` throws; the value is then gone.
  void pop(std::optional<T>& into) {
    if (!advance()) return;
    ++taken_;
    first_->slots[taken_ - 1].take(into);
  }

 private:
  /// Puts an emptied first chunk away if there is one behind. False when nothing is left.
  auto advance() noexcept -> bool {
    if (taken_ == Slots && first_ != last_) {
      chunks_.put(std::exchange(first_, first_->link));
      taken_ = 0;
    }
    return first_ != last_ || taken_ != used_;
  }

  chunk<T, Slots>* first_ = nullptr;
  chunk<T, Slots>* last_ = nullptr;
  std::size_t taken_ = Slots;  // both as if all were used up, while there is no chunk at all
  std::size_t used_ = Slots;
  chunk_store<chunk<T, Slots>, Atomics> chunks_;
};

}  // namespace sluice::detail
