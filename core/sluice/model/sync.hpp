// sync — a mutex and a parker for modelled threads.
#pragma once

#include <chrono>

#include <sluice/model/atomic.hpp>

namespace sluice::model {

/// What `std::mutex` is, for modelled threads. Waiting for one that nobody will unlock is a deadlock.
class mutex {
  using where = code_location;

 public:
  mutex() = default;
  mutex(mutex const&) = delete;
  auto operator=(mutex const&) -> mutex& = delete;

  void lock(where at = where::current()) {
    if (auto* const engine = detail::engine::current())
      (void)engine->await(locked_.location(), 0, 1, detail::engine::waiting_for::mutex, false, at);
    else locked_.store(true);
  }
  [[nodiscard]] auto try_lock(where at = where::current()) -> bool {
    bool expected = false;
    return locked_.compare_exchange_strong(expected, true, std::memory_order_acquire, std::memory_order_relaxed, at);
  }
  void unlock(where at = where::current()) { locked_.store(false, std::memory_order_release, at); }

 private:
  atomic<bool> locked_{false};
};

/// What `sluice::parker` is, for modelled threads. Sleeping where nobody will wake is a lost wake-up.
class parker {
  using where = code_location;

 public:
  parker() = default;
  parker(parker const&) = delete;
  auto operator=(parker const&) -> parker& = delete;

  void park(where at = where::current()) { (void)wait(false, at); }

  /// May give up at any time, since time is no part of the model.
  [[nodiscard]] auto park_until(std::chrono::steady_clock::time_point, where at = where::current()) -> bool {
    return wait(true, at);
  }
  [[nodiscard]] auto park_for(std::chrono::nanoseconds, where at = where::current()) -> bool {
    return wait(true, at);
  }

  void unpark(where at = where::current()) noexcept {
    (void)token_.exchange(true, std::memory_order_acq_rel, at);
  }

 private:
  auto wait(bool may_give_up, where at) -> bool {
    if (auto* const engine = detail::engine::current())
      return engine->await(token_.location(), 1, 0, detail::engine::waiting_for::wake_up, may_give_up, at);
    return token_.exchange(false);
  }

  atomic<bool> token_{false};
};

}  // namespace sluice::model
