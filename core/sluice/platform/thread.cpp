#include <sluice/platform/thread.hpp>

#include <atomic>
#include <new>
#include <system_error>

#if defined(__linux__) && !defined(__EMSCRIPTEN__)
#include <sched.h>
#endif

namespace sluice::platform {
namespace {

constinit std::atomic<std::uint32_t> failing_start{0};

[[maybe_unused]] auto start_is_to_fail() noexcept -> bool {
  auto left = failing_start.load(std::memory_order_relaxed);
  while (left != 0)
    if (failing_start.compare_exchange_weak(left, left - 1, std::memory_order_relaxed)) return left == 1;
  return false;
}

}  // namespace

auto plant_failing_start(std::uint32_t which) noexcept -> std::uint32_t {
  return failing_start.exchange(which, std::memory_order_relaxed);
}

auto start_thread(std::function<void()> body) -> result<std::thread> {
  if constexpr (!has_threads) {
    return failure({errc::resource, "start a thread: this build has none"});
  } else {
    if (start_is_to_fail()) return failure({errc::resource, "start a thread: a fault was planted"});
    try {
      return std::thread(std::move(body));
    } catch (std::system_error const& refused) {
      return failure({errc::resource, std::string("start a thread: ") + refused.what()});
    } catch (std::bad_alloc const&) {
      return failure(errc::resource);
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
