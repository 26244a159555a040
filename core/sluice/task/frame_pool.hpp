// frame_pool — where coroutine frames come from, and how many of them are alive.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice {

/// Coroutine frames made and freed so far by this process.
struct frame_count {
  std::uint64_t made = 0;
  std::uint64_t freed = 0;
  [[nodiscard]] auto alive() const noexcept -> std::uint64_t { return made - freed; }
};

/// Exact when no coroutine is being made or freed meanwhile.
[[nodiscard]] auto count_frames() noexcept -> frame_count;

namespace detail {
[[nodiscard]] auto allocate_frame(std::size_t bytes) -> void*;
void free_frame(void* frame, std::size_t bytes) noexcept;
}  // namespace detail

/// Base of promise types: their frames are counted, and come from here.
/// Throws    `std::bad_alloc` at the call of the coroutine, before anything of it has run.
struct counted_frame {
  static auto operator new(std::size_t bytes) -> void* { return detail::allocate_frame(bytes); }
  static void operator delete(void* frame, std::size_t bytes) noexcept {
    detail::free_frame(frame, bytes);
  }
};

}  // namespace sluice
