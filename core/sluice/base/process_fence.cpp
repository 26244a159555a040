#include <sluice/base/process_fence.hpp>

#include <cerrno>
#include <string>
#include <thread>

#include <sluice/base/contract.hpp>

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
  auto const promised = process_fence_prepared();
  std::atomic_thread_fence(std::memory_order_seq_cst);
  // Also where this thread has not heard yet that it is prepared: another one may rely on it already. Where nobody does, the
  // call may fail: who relies on it from then on sees what precedes the fence above.
  for (unsigned attempt = 0; ::syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) != 0; ++attempt) {
    if (!promised) break;
    if (errno != ENOMEM || attempt == 1000)
      terminate_misuse("process_fence", "the system refuses membarrier(2), which it has promised before: errno " + std::to_string(errno));
    std::this_thread::yield();
  }
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

#else

auto prepare_process_fence() noexcept -> bool { return false; }
void process_fence() noexcept { std::atomic_thread_fence(std::memory_order_seq_cst); }

#endif

}  // namespace sluice
