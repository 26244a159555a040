// start_gate — lets several tasks start together, or none of them. Private to its room.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include <sluice/task/task.hpp>

namespace sluice::detail {

/// Shared by tasks that belong together and whoever starts them, and outlives either.
///
/// Edges   decide  state_ release -> state_ acquire   what precedes the decision is seen by the tasks
class start_gate {
 public:
  enum class together : std::uint8_t { starting, all, none };

  void decide(together how) noexcept { state_.store(how, std::memory_order_release); }  // decide

  /// Runs `body` once all have been started. It yields until then, and does not wait: who starts them may be a plain
  /// thread, of which a search for deadlocks knows nothing.
  static auto behind(std::shared_ptr<start_gate const> gate, task<void> body) -> task<void> {
    auto how = together::starting;
    while ((how = gate->state_.load(std::memory_order_acquire)) == together::starting)  // decide
      co_await yield();
    if (how == together::all) co_await std::move(body);
  }

 private:
  std::atomic<together> state_{together::starting};
};

}  // namespace sluice::detail
