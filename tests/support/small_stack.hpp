// small_stack — runs something where deep recursion would show.
#pragma once

#include <exception>
#include <functional>
#include <system_error>

#if !defined(__EMSCRIPTEN__)
#include <pthread.h>
#endif

namespace support {

/// Calls `work` on a thread with a stack of 256 KiB, and waits for its end. In WebAssembly, where the stack of every
/// thread is small, on this one.
/// Throws    what `work` throws.
inline void on_a_small_stack(std::function<void()> const& work) {
#if defined(__EMSCRIPTEN__)
  work();
#else
  struct errand {
    std::function<void()> const& work;
    std::exception_ptr thrown;
    static auto run(void* raw) -> void* {
      auto& self = *static_cast<errand*>(raw);
      try {
        self.work();
      } catch (...) {
        self.thrown = std::current_exception();
      }
      return nullptr;
    }
  } mine{work, nullptr};
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 256 * 1024);
  pthread_t thread;
  auto const failed = pthread_create(&thread, &small, &errand::run, &mine);
  pthread_attr_destroy(&small);
  if (failed != 0) throw std::system_error(failed, std::generic_category());
  pthread_join(thread, nullptr);
  if (mine.thrown) std::rethrow_exception(mine.thrown);
#endif
}

}  // namespace support
