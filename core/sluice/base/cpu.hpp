// cpu — what the processor, and the compiler for it, have to be told.
#pragma once

/// A member that is carried out some ten million times a second: natively it becomes part of whoever calls it, so that what it
/// writes and reads again stays in registers. In WebAssembly, where each byte is downloaded, the compiler decides.
#if defined(__wasm__)
#define SLUICE_HOT inline
#else
#define SLUICE_HOT [[gnu::always_inline]] inline
#endif

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
