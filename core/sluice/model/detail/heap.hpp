// heap — memory for what a modelled program allocates: every address is known, and comes again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <sluice/model/detail/vector_time.hpp>

namespace sluice::model::detail {

/// One allocation.
struct block {
  std::size_t begin = 0;  ///< offset in the heap
  std::size_t size = 0;
  std::uint16_t thread = 0;  ///< who freed it, and when
  std::uint16_t event = 0;
  bool freed = false;
  bool retired = false;
  bool counted = true;  ///< a leak when it is still there at the end
  bool reused = false;  ///< its address has been given out again
};

/// Hands out addresses in turn, the same ones in every execution that makes the same choices. A freed
/// block stays where it is until the execution ends, so that whoever still reads it can be caught;
/// or, when asked to, its address is given out again at once to whoever knows that it was freed.
class heap {
 public:
  explicit heap(std::size_t bytes);

  void clear() noexcept {
    blocks_.clear();
    used_ = 0;
  }

  static constexpr std::size_t none = ~std::size_t{0};
  static constexpr std::size_t most_alignment = 128;

  /// The blocks of that size whose addresses may be given out again: freed before `now`, as the
  /// program itself can tell; whose turn it is to run must not matter. Newest first.
  void reusable(std::size_t size, std::size_t alignment, vector_time const& now,
                std::vector<std::size_t>& into) const;

  /// The number of a new block, at the address of the freed block `again` unless that is `none`;
  /// `none` when the heap is full. At most `most_alignment`.
  [[nodiscard]] auto add(std::size_t size, std::size_t alignment, std::size_t again) -> std::size_t;
  [[nodiscard]] auto address(std::size_t number) noexcept -> void* {
    return room_.get() + blocks_[number].begin;
  }
  [[nodiscard]] auto at(std::size_t number) noexcept -> block& { return blocks_[number]; }
  [[nodiscard]] auto blocks() const noexcept -> std::vector<block> const& { return blocks_; }

  /// The newest block that `address` lies in, or `none`.
  [[nodiscard]] auto find(void const* address) const noexcept -> std::size_t;

 private:
  struct page_free {
    void operator()(char* room) const noexcept;
  };
  std::unique_ptr<char, page_free> room_;
  std::size_t bytes_;
  std::size_t used_ = 0;
  std::vector<block> blocks_;
};

}  // namespace sluice::model::detail
