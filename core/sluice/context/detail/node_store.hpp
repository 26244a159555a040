// node_store — memory of contexts that are gone, for those to come. Private to its room.
#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>

namespace sluice::detail {

/// Blocks of one size, at most `capacity` of them idle. Shared by a pool and by every node that
/// lives in its memory; the last of them frees it.
/// Invariant  a block is idle only after the node in it was destroyed.
class node_store {
 public:
  node_store(std::size_t block, std::size_t capacity) noexcept
      : block_(block), capacity_(capacity) {}
  node_store(node_store const&) = delete;
  auto operator=(node_store const&) -> node_store& = delete;

  void hold() noexcept { owners_.fetch_add(1, std::memory_order_relaxed); }
  void let_go() noexcept {
    if (owners_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  /// A block, idle or new; the store lives until it is given back.
  /// Throws    `std::bad_alloc`.
  [[nodiscard]] auto take() -> void*;
  void give_back(void* block) noexcept;

  [[nodiscard]] auto idle() const noexcept -> std::size_t;

 private:
  struct free_block {
    free_block* next;
  };
  ~node_store();

  std::atomic<unsigned> owners_{1};
  std::size_t const block_;
  std::size_t const capacity_;
  mutable std::mutex lock_;
  free_block* first_ = nullptr;
  std::size_t idle_ = 0;
};

}  // namespace sluice::detail
