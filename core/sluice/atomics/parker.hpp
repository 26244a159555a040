// parker — one thread sleeps until another wakes it.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace sluice {

/// A bed for one thread, and a token that says "do not sleep". A wake-up that comes before the
/// sleep is kept, so none is lost; two of them count as one. Going to sleep and being woken takes a system
/// tens of microseconds, so the owner first looks around for a few of them, where there is another
/// processor from which the wake-up may come.
///
///     while (!ready.load(acquire)) bed.park();      // the owner
///     ready.store(true, release), bed.unpark();     // anyone
///
/// Cost      `unpark` one exchange while the owner is awake, else a call of the system.
/// Edges     What precedes `unpark` happens-before what follows the `park` that it ends:
///           token  state_ acq_rel -> state_ acquire, of all wake-ups that count as one
/// Threads   `park` and `park_until` by the owner only; `unpark` by any thread.
/// Lifetime  The owner may destroy the parker as soon as a `park` has returned, even while the
///           `unpark` that ended it is on its way out.
class parker {
 public:
  parker() = default;
  parker(parker const&) = delete;
  auto operator=(parker const&) -> parker& = delete;

  /// Owner only. Blocks the thread until there is a token, and takes it. Never returns without one.
  /// In a build without threads nobody could ever bring it: that is misuse, and ends the program.
  void park();

  /// Owner only. The same, but gives up at `limit`; returns whether a token was taken. In the last
  /// century that the clock can tell there is no limit.
  [[nodiscard]] auto park_until(std::chrono::steady_clock::time_point limit) -> bool;

  /// Owner only. `park_until` that long from now; a century or more is no limit.
  [[nodiscard]] auto park_for(std::chrono::nanoseconds limit) -> bool;

  /// Any thread. Leaves a token, and wakes the owner if it sleeps.
  void unpark() noexcept;

 private:
  enum class state : std::uint8_t { nothing, token, sleeping };

  [[nodiscard]] auto take_token() noexcept -> bool;
  [[nodiscard]] auto found_while_awake() noexcept -> bool;
  [[nodiscard]] auto sleep_until(std::chrono::steady_clock::time_point limit) -> bool;

  std::atomic<state> state_{state::nothing};
  // Who finds the owner asleep brings the wake-up under the lock, and sends it before the lock is let go:
  // once the owner has the lock again, nothing of `unpark` touches this object but the unlocking.
  std::mutex mutex_;
  std::condition_variable woken_;
  bool brought_ = false;
};

}  // namespace sluice
