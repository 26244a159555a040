#include <sluice/platform/thread.hpp>

#include <system_error>

#if defined(__linux__) && !defined(__EMSCRIPTEN__)
#include <sched.h>
#endif

namespace sluice::platform {

auto start_thread(std::function<void()> body) -> result<std::thread> {
  if constexpr (!has_threads) {
    return failure({errc::resource, "start a thread: this build has none"});
  } else {
    try {
      return std::thread(std::move(body));
    } catch (std::system_error const& refused) {
      return failure({errc::resource, std::string("start a thread: ") + refused.what()});
    }
  }
}

auto processors() noexcept -> unsigned {
#if defined(__linux__) && !defined(__EMSCRIPTEN__)
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) {
    if (auto const count = CPU_COUNT(&allowed); count > 0) return static_cast<unsigned>(count);
  }
#endif
  auto const count = std::thread::hardware_concurrency();
  return count == 0 ? 1 : count;
}

}  // namespace sluice::platform
