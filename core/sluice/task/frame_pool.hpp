// frame_pool — where coroutine frames come from, and how many of them are alive.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>

#include <sluice/atomics/orders.hpp>
#include <sluice/task/detail/frame_sheets.hpp>

// A sanitizer sees the use of a freed frame only if it has really been freed.
#if defined(__SANITIZE_ADDRESS__)
#define SLUICE_KEEPS_FRAMES 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SLUICE_KEEPS_FRAMES 0
#endif
#endif
#ifndef SLUICE_KEEPS_FRAMES
#define SLUICE_KEEPS_FRAMES 1
#endif

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

constexpr std::size_t frame_granule = frame_sheets::granule;
constexpr std::size_t frame_sizes = 64;  // frames of up to 1 KiB are kept

/// One thread's unused frames of one size.
/// Invariant  `room` is how many more it may hold; 0 and empty until the thread has been made known.
struct frame_drawer {
  unused_frame* first = nullptr;
  std::uint32_t room = 0;
};

/// One thread's frames, and its counts, which it alone writes.
struct frame_cabinet : list_node<> {
  bool known = false;  // whether it is among those that are counted
  std::array<frame_drawer, frame_sizes> drawers;
  std::atomic<std::uint64_t> made{0};
  std::atomic<std::uint64_t> freed{0};
};

inline thread_local constinit frame_cabinet frames_of_thread;
inline constinit std::atomic<unsigned> fresh_frames_wanted{SLUICE_KEEPS_FRAMES ? 0 : 1};

[[nodiscard]] auto allocate_block_slowly(std::size_t bytes) -> void*;
void free_block_slowly(void* block, std::size_t bytes) noexcept;
void count_frame_made_slowly() noexcept;
void count_frame_freed_slowly() noexcept;

// A block of `bytes` comes from, and goes back to, the drawer of this number; beyond the last there is none.
[[nodiscard]] constexpr auto frame_size_of(std::size_t bytes) noexcept -> std::size_t {
  return (bytes - 1) / frame_granule;
}

/// A block from where frames come from, that does not count as one.
[[nodiscard]] inline auto allocate_block(std::size_t bytes) -> void* {
  auto const size = frame_size_of(bytes);
  if (size >= frame_sizes || fresh_frames_wanted.load(relaxed) != 0) [[unlikely]]
    return allocate_block_slowly(bytes);
  auto& drawer = frames_of_thread.drawers[size];
  auto* const block = drawer.first;
  if (block == nullptr) [[unlikely]] return allocate_block_slowly(bytes);
  drawer.first = block->next;
  ++drawer.room;
  return block;
}

inline void free_block(void* block, std::size_t bytes) noexcept {
  auto const size = frame_size_of(bytes);
  if (size >= frame_sizes || fresh_frames_wanted.load(relaxed) != 0) [[unlikely]]
    return free_block_slowly(block, bytes);
  auto& drawer = frames_of_thread.drawers[size];
  if (drawer.room == 0) [[unlikely]] return free_block_slowly(block, bytes);
  --drawer.room;
  drawer.first = ::new (block) unused_frame{drawer.first, nullptr};
}

[[nodiscard]] inline auto allocate_frame(std::size_t bytes) -> void* {
  auto* const frame = allocate_block(bytes);
  auto& here = frames_of_thread;
  if (!here.known) [[unlikely]] count_frame_made_slowly();
  else here.made.store(here.made.load(relaxed) + 1, relaxed);
  return frame;
}

inline void free_frame(void* frame, std::size_t bytes) noexcept {
  auto& here = frames_of_thread;
  if (!here.known) [[unlikely]] count_frame_freed_slowly();
  else here.freed.store(here.freed.load(relaxed) + 1, release);
  free_block(frame, bytes);
}

}  // namespace detail

/// Base of what is made and freed all day beside frames: it comes from the same pool, uncounted.
/// Throws    `std::bad_alloc`.
struct pooled {
  static auto operator new(std::size_t bytes) -> void* { return detail::allocate_block(bytes); }
  static void operator delete(void* block, std::size_t bytes) noexcept { detail::free_block(block, bytes); }
};

/// Base of promise types: their frames are counted, and come from the pool. A thread keeps up to 64 of
/// each size for itself, and the threads together up to some thousand; what is beyond that leaves its memory
/// to other sizes, and to the system, once whole stretches of it are unused.
/// Throws    `std::bad_alloc` at the call of the coroutine, before anything of it has run.
/// Cost      some ten instructions where this thread has freed one of this size.
struct counted_frame {
  static auto operator new(std::size_t bytes) -> void* { return detail::allocate_frame(bytes); }
  static void operator delete(void* frame, std::size_t bytes) noexcept {
    detail::free_frame(frame, bytes);
  }
};

}  // namespace sluice
