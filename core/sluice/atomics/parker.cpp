#include <sluice/atomics/parker.hpp>

#include <thread>
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

// How often to look for a wake-up before going to sleep: some microseconds; to sleep and be woken takes tens.
auto looks_before_sleep() noexcept -> unsigned {
  static auto const looks = std::thread::hardware_concurrency() > 1 ? 256U : 1U;
  return looks;
}

}  // namespace

// Taken by an exchange, not a load and a store: of two wake-ups that count as one both are seen.
auto parker::take_token() noexcept -> bool {
  return state_.load(std::memory_order_relaxed) == state::token &&
         state_.exchange(state::nothing, std::memory_order_acquire) == state::token;  // token
}

auto parker::found_while_awake() noexcept -> bool {
  for (auto left = somebody_else_can_run ? looks_before_sleep() : 1U; left > 0; --left) {
    if (take_token()) return true;
    cpu_pause();
  }
  return false;
}

void parker::park() {
  if (found_while_awake()) return;
  if constexpr (somebody_else_can_run) {
    (void)sleep_until(clock::time_point::max());
  } else {
    terminate_misuse("parker", "the only thread of this build went to sleep for ever");
  }
}

auto parker::park_until(clock::time_point limit) -> bool {
  if (found_while_awake()) return true;
  if constexpr (somebody_else_can_run) return sleep_until(limit);
  while (clock::now() < limit)
    if (take_token()) return true;
  return false;
}

auto parker::sleep_until(clock::time_point limit) -> bool {
  std::unique_lock lock(mutex_);
  auto seen = state::nothing;
  if (!state_.compare_exchange_strong(seen, state::sleeping, std::memory_order_relaxed)) return take_token();
  auto const brought = [this] { return brought_; };
  if (limit > clock::time_point::max() - century) {
    woken_.wait(lock, brought);
  } else if (!woken_.wait_until(lock, limit, brought)) {
    seen = state::sleeping;
    if (state_.compare_exchange_strong(seen, state::nothing, std::memory_order_relaxed)) return false;
    woken_.wait(lock, brought);  // somebody has just found it asleep, and will touch it once more
  }
  brought_ = false;
  return take_token();
}

auto parker::park_for(std::chrono::nanoseconds limit) -> bool {
  return park_until(limit < century ? clock::now() + limit : clock::time_point::max());
}

void parker::unpark() noexcept {
  if (state_.exchange(state::token, std::memory_order_acq_rel) != state::sleeping) return;  // token
  std::lock_guard const lock(mutex_);
  brought_ = true;
  woken_.notify_one();
}

}  // namespace sluice
