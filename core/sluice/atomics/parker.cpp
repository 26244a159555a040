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

auto parker::park_until(std::chrono::steady_clock::time_point limit) -> bool {
  std::unique_lock lock(mutex_);
  if constexpr (somebody_else_can_run) {
    woken_.wait_until(lock, limit, [this] { return token_; });
  } else {
    while (!token_ && std::chrono::steady_clock::now() < limit) cpu_pause();
  }
  return std::exchange(token_, false);
}

auto parker::park_for(std::chrono::nanoseconds limit) -> bool {
  using clock = std::chrono::steady_clock;
  // Some implementations turn an instant into one of another clock, and overflow near the end of
  // time. A century is the same as never, and leaves them room.
  constexpr auto for_ever = std::chrono::nanoseconds{std::chrono::hours{24 * 365 * 100}};
  return park_until(clock::now() + (limit < for_ever ? limit : for_ever));
}

void parker::unpark() noexcept {
  std::lock_guard const lock(mutex_);
  token_ = true;
  woken_.notify_one();
}

}  // namespace sluice
