// backoff — spin a little, then let others run.
#pragma once

#include <sluice/atomics/policy.hpp>

namespace sluice {

/// How long to wait before looking again: twice as long each time, and from a limit on by giving
/// the processor away, since whoever is waited for may need it.
///
///     for (backoff wait; !queue.try_push(std::move(value));) wait();
///
/// Threads   an object per waiting thread.
template <atomics_policy Atomics = std_atomics>
class basic_backoff {
 public:
  void operator()() noexcept {
    if (yielding()) {
      Atomics::yield();
      return;
    }
    for (unsigned left = 1u << round_; left > 0; --left) Atomics::spin_hint();
    ++round_;
  }

  /// True when the short waits are used up: a good moment to park instead.
  [[nodiscard]] auto yielding() const noexcept -> bool { return round_ >= rounds_of_spinning; }

  /// Something happened: begin with short waits again.
  void reset() noexcept { round_ = 0; }

 private:
  // 1 + 2 + … + 32 pauses: some hundred nanoseconds, a few round trips between two cores.
  static constexpr unsigned rounds_of_spinning = 6;
  unsigned round_ = 0;
};

using backoff = basic_backoff<>;

}  // namespace sluice
