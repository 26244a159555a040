// cpu — the one instruction a spinning thread owes its neighbour.
#pragma once

namespace sluice {

/// Tells the core that this thread is spinning.
/// Cost      a few to a hundred cycles, by processor; nothing where there is no such instruction.
inline void cpu_pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
  __asm__ __volatile__("yield");
#endif
}

}  // namespace sluice
