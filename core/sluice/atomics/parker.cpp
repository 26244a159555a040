#include <sluice/atomics/parker.hpp>

#include <utility>

#include <sluice/base/contract.hpp>
#include <sluice/base/cpu.hpp>

namespace sluice {

namespace {

#if defined(__EMSCRIPTEN__) && !defined(__EMSCRIPTEN_PTHREADS__)
constexpr bool somebody_else_can_run = false;
#else
constexpr bool somebody_else_can_run = true;
#endif

using clock = std::chrono::steady_clock;

// Some implementations turn an instant into one of another clock, and overflow near the end of
// time. What lies in its last century is never, and the centuries before leave them room.
constexpr auto century = std::chrono::nanoseconds{std::chrono::hours{24 * 365 * 100}};

}  // namespace

void parker::park() {
  std::unique_lock lock(mutex_);
  if constexpr (somebody_else_can_run) {
    woken_.wait(lock, [this] { return token_; });
  } else if (!token_) {
    terminate_misuse("parker", "the only thread of this build went to sleep for ever");
  }
  token_ = false;
}

auto parker::park_until(clock::time_point limit) -> bool {
  if (limit > clock::time_point::max() - century) return park(), true;
  std::unique_lock lock(mutex_);
  if constexpr (somebody_else_can_run) {
    woken_.wait_until(lock, limit, [this] { return token_; });
  } else {
    while (!token_ && clock::now() < limit) cpu_pause();
  }
  return std::exchange(token_, false);
}

auto parker::park_for(std::chrono::nanoseconds limit) -> bool {
  return park_until(limit < century ? clock::now() + limit : clock::time_point::max());
}

void parker::unpark() noexcept {
  std::lock_guard const lock(mutex_);
  token_ = true;
  woken_.notify_one();
}

}  // namespace sluice
