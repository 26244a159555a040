// sync — a mutex and a parker for modelled threads.
#pragma once

#include <atomic>
#include <chrono>
#include <string>

#include <sluice/model/atomic.hpp>

namespace sluice::model {

/// What `std::mutex` is, for modelled threads. Waiting for one that nobody will unlock is a
/// deadlock; who unlocks what it has not locked is found out.
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
    owner_ = caller();
  }
  [[nodiscard]] auto try_lock(where at = where::current()) -> bool {
    bool expected = false;
    auto const is = locked_.compare_exchange_strong(expected, true, std::memory_order_acquire,
                                                    std::memory_order_relaxed, at);
    if (is) owner_ = caller();
    return is;
  }
  void unlock(where at = where::current()) {
    auto* const engine = detail::engine::current();
    if (owner_ != caller() && engine != nullptr)
      engine->fail(fault::failed_assertion, "T" + std::to_string(engine->thread()) +
                                                " unlocks a mutex that it has not locked");
    owner_ = nobody;
    locked_.store(false, std::memory_order_release, at);
    if (engine != nullptr) engine->retell(step_kind::unlock, ".unlock()");
  }

 private:
  static constexpr unsigned nobody = max_threads;
  static auto caller() noexcept -> unsigned {
    auto* const engine = detail::engine::current();
    return engine == nullptr ? 0 : engine->thread();
  }

  atomic<bool> locked_{false};
  unsigned owner_ = nobody;  // no part of the model: its threads take turns
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
    if (auto* const engine = detail::engine::current())
      engine->retell(step_kind::unpark, ".unpark()");
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
