// thread — starting threads, and what the machine offers.
#pragma once

#include <cstdint>
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
/// Fails     `resource` when the system, or memory, has none left; nothing was started then.
[[nodiscard]] auto start_thread(std::function<void()> body) -> result<std::thread>;

/// For tests: the start of a thread that fails, counted from now: 1 is the next one, 0 none. It fails once.
/// Returns what was left to go until then, 0 when it has failed.
/// Threads   any; counts those of the whole process.
auto plant_failing_start(std::uint32_t which) noexcept -> std::uint32_t;

/// How many processors this process may use, as far as the system tells; at least 1.
[[nodiscard]] auto processors() noexcept -> unsigned;

}  // namespace sluice::platform
