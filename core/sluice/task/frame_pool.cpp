#include <sluice/task/frame_pool.hpp>

#include <array>
#include <atomic>
#include <new>

#include <sluice/base/cache_line.hpp>

namespace sluice {
namespace {

// A counter per stripe, so that workers which make and free frames all day do not meet here.
struct alignas(cache_line) stripe {
  std::atomic<std::uint64_t> made{0};
  std::atomic<std::uint64_t> freed{0};
};

constinit std::array<stripe, 16> stripes;

auto my_stripe() noexcept -> stripe& {
  static constinit std::atomic<unsigned> arrivals{0};
  thread_local unsigned const mine = arrivals.fetch_add(1, std::memory_order_relaxed);
  return stripes[mine % stripes.size()];
}

}  // namespace

auto count_frames() noexcept -> frame_count {
  frame_count total;
  for (auto& each : stripes) {
    total.freed += each.freed.load(std::memory_order_acquire);
    total.made += each.made.load(std::memory_order_acquire);
  }
  return total;
}

auto detail::allocate_frame(std::size_t bytes) -> void* {
  auto* const frame = ::operator new(bytes);
  my_stripe().made.fetch_add(1, std::memory_order_relaxed);
  return frame;
}

void detail::free_frame(void* frame, std::size_t bytes) noexcept {
  my_stripe().freed.fetch_add(1, std::memory_order_release);
#if defined(__cpp_sized_deallocation)
  ::operator delete(frame, bytes);
#else
  (void)bytes;
  ::operator delete(frame);
#endif
}

}  // namespace sluice
