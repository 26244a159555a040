// thread — starting threads, and what the machine offers.
#pragma once

#include <functional>
#include <thread>

#include <sluice/base/result.hpp>

namespace sluice::platform {

/// True when this build can start threads at all; the single-threaded WebAssembly build cannot.
#if defined(__EMSCRIPTEN__) && !defined(__EMSCRIPTEN_PTHREADS__)
inline constexpr bool has_threads = false;
#else
inline constexpr bool has_threads = true;
#endif

/// Starts a thread.
/// Fails     `resource` when the system gives none; nothing was started then.
[[nodiscard]] auto start_thread(std::function<void()> body) -> result<std::thread>;

/// How many processors this process may use, as far as the system tells; at least 1.
[[nodiscard]] auto processors() noexcept -> unsigned;

}  // namespace sluice::platform
