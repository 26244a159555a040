#include <sluice/base/process_fence.hpp>

#if defined(__linux__)
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace sluice {

#if defined(__linux__)

auto prepare_process_fence() noexcept -> bool {
  if (process_fence_prepared()) return true;
  if (::syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) != 0) return false;
  detail::process_fence_is_prepared.store(true, std::memory_order_release);
  return true;
}

void process_fence() noexcept {
  // Also where this thread has not heard yet that it is prepared: another one may rely on it already. Where it is not,
  // nobody does, and the call fails.
  (void)::syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

#else

auto prepare_process_fence() noexcept -> bool { return false; }
void process_fence() noexcept { std::atomic_thread_fence(std::memory_order_seq_cst); }

#endif

}  // namespace sluice
