// biased_mutex — a mutex that sleeps, and belongs to whoever takes it nearly always.
#pragma once

#include <mutex>

#include <sluice/atomics/lock_bias.hpp>

namespace sluice {

/// Mutual exclusion for what may take long now and then, where waiting is for the system: but a thread that takes
/// it many times in a row owns it until somebody else comes, and pays for no exchange meanwhile. Works with
/// `std::unique_lock` and `std::condition_variable_any`.
///
/// Progress   blocking; who takes it from its owner spins, and gives the processor away, until that one is not inside.
/// Threads    Any thread; unlock by the one that locked.
class biased_mutex {
 public:
  biased_mutex() = default;
  biased_mutex(biased_mutex const&) = delete;
  auto operator=(biased_mutex const&) -> biased_mutex& = delete;

  void lock() noexcept {
    if (bias_.enter(this)) return;
    inner_.lock();
    bias_.taken(this);
  }
  void unlock() noexcept {
    if (!bias_.leave()) inner_.unlock();
  }

 private:
  std::mutex inner_;
  [[no_unique_address]] usual_bias<std_atomics> bias_;
};

}  // namespace sluice
