// fiber — a second stack for the calling thread, and the way from one to the other.
#pragma once

#include <cstddef>
#include <memory>

namespace sluice::platform {

/// True when this build has fibers. A WebAssembly module has them only when it is built for them
/// (Asyncify), which the modules that run on threads or need exceptions are not.
#if defined(__EMSCRIPTEN__) && !defined(SLUICE_WASM_FIBERS)
inline constexpr bool has_fibers = false;
#else
inline constexpr bool has_fibers = true;
#endif

/// A stack on which a function runs until it hands over to another fiber. Nothing runs by itself.
///
/// Cost      a few nanoseconds a switch on x86-64 Linux; elsewhere, and under the sanitizers, that of
///           `swapcontext`; in WebAssembly the stack is unwound and rewound.
/// Threads   all fibers that hand over to one another belong to one thread.
/// Lifetime  Destroying a fiber forgets what is on its stack: no destructor runs there.
class fiber {
 public:
  /// The context that is running now. It has a stack already.
  fiber();
  /// A stack of at least `stack_bytes`, with a guard page at its end where the system has such.
  /// Throws    `std::bad_alloc`.
  explicit fiber(std::size_t stack_bytes);
  fiber(fiber const&) = delete;
  auto operator=(fiber const&) -> fiber& = delete;
  ~fiber();

  /// From now on the fiber begins with `entry(argument)`, which must never return. What was on its
  /// stack before is forgotten.
  void restart(void (*entry)(void*), void* argument);

  /// Goes on in `next`; returns when somebody switches back. `*this` is the fiber that is running.
  void switch_to(fiber& next);

  /// To be called first in `entry`: tells the sanitizers on which stack they are.
  void arrived() noexcept;

 private:
  struct body;
  std::unique_ptr<body> body_;
};

}  // namespace sluice::platform
