// process_fence — one thread pays for the fences of all.
#pragma once

#include <atomic>

namespace sluice {

namespace detail {
inline constinit std::atomic<bool> process_fence_is_prepared{false};
}  // namespace detail

/// Whether the system can do it at all.
#if defined(__linux__)
inline constexpr bool process_fence_possible = true;
#else
inline constexpr bool process_fence_possible = false;
#endif

/// Asks the system to be ready for `process_fence`. True when it is, from now on for ever; false where it cannot be.
/// Cost      a system call the first time: under a microsecond in a process of one thread, up to some milliseconds in
///           one of many.
/// Threads   any.
auto prepare_process_fence() noexcept -> bool;

[[nodiscard]] inline auto process_fence_prepared() noexcept -> bool {
  if constexpr (!process_fence_possible) return false;
  else return detail::process_fence_is_prepared.load(std::memory_order_acquire);
}

/// A seq_cst fence of the calling thread and, once it is prepared, one of each other thread of the process, wherever
/// that is at this moment. Where the system has promised that and then refuses it, the program ends: locks rely on it.
/// Threads   any.
/// Source    membarrier(2), private and expedited.
void process_fence() noexcept;

}  // namespace sluice
