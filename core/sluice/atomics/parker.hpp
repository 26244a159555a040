// parker — one thread sleeps until another wakes it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace sluice {

/// A bed for one thread, and a token that says "do not sleep". A wake-up that comes before the
/// sleep is kept, so none is lost; two of them count as one.
///
///     while (!ready.load(acquire)) bed.park();      // the owner
///     ready.store(true, release), bed.unpark();     // anyone
///
/// Edges     What precedes `unpark` happens-before what follows the `park` that it ends.
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
  // The token changes hands under the lock, and the wake-up is sent before the lock is let go:
  // once the owner has the lock again, nothing of `unpark` touches this object but the unlocking.
  std::mutex mutex_;
  std::condition_variable woken_;
  bool token_ = false;
};

}  // namespace sluice
