// frame_pool — where coroutine frames come from, and how many of them are alive.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice {

/// Coroutine frames, and the blocks of spawned tasks, made and freed so far by this process.
struct frame_count {
  std::uint64_t made = 0;
  std::uint64_t freed = 0;
  [[nodiscard]] auto alive() const noexcept -> std::uint64_t { return made - freed; }
};

/// Exact when no coroutine is being made or freed meanwhile.
[[nodiscard]] auto count_frames() noexcept -> frame_count;

/// While one lives, every frame comes from `operator new` and goes back at once: for tests that let it fail,
/// and for instruments that watch memory. Else freed frames are kept for the next ones of their size.
/// Threads   any; counts for all of them.
class [[nodiscard]] fresh_frames {
 public:
  fresh_frames() noexcept;
  fresh_frames(fresh_frames const&) = delete;
  auto operator=(fresh_frames const&) -> fresh_frames& = delete;
  ~fresh_frames();
};

namespace detail {
[[nodiscard]] auto allocate_frame(std::size_t bytes) -> void*;
void free_frame(void* frame, std::size_t bytes) noexcept;
}  // namespace detail

/// Base of promise types: their frames are counted, and come from the pool. A thread keeps up to 64 of
/// each size for itself, and the threads together up to some thousand; what is beyond that is freed.
/// Throws    `std::bad_alloc` at the call of the coroutine, before anything of it has run.
/// Cost      some ten instructions where this thread has freed one of this size.
struct counted_frame {
  static auto operator new(std::size_t bytes) -> void* { return detail::allocate_frame(bytes); }
  static void operator delete(void* frame, std::size_t bytes) noexcept {
    detail::free_frame(frame, bytes);
  }
};

}  // namespace sluice
