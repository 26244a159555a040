// once_state — who runs what runs once, and whether that has been done. Private to its room.
#pragma once

#include <cstdint>

#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>

namespace sluice::detail {

/// Invariant  everything but `done` under the lock of whoever keeps those that wait.
/// Edges      done  done_ release -> done_ acquire  the run has ended before anybody goes on
template <atomics_policy Atomics = std_atomics>
class basic_once_state {
 public:
  /// What one that asks for a turn does.
  enum class turn : std::uint8_t { runs, passes, waits };

  /// Without the lock.
  [[nodiscard]] auto done() const noexcept -> bool { return done_.load(acquire); }  // done

  [[nodiscard]] auto runs(void const* who) const noexcept -> bool { return runner_ == who; }
  [[nodiscard]] auto enter(void const* who) noexcept -> turn {
    if (done_.load(relaxed)) return turn::passes;  // the lock has ordered it
    if (runner_ != nullptr) return turn::waits;
    runner_ = who;
    return turn::runs;
  }
  void finish() noexcept {
    runner_ = nullptr;
    done_.store(true, release);  // done
  }
  /// It was not done after all: `who`, or nobody, runs it now.
  void pass_on(void const* who) noexcept { runner_ = who; }

 private:
  typename Atomics::template atomic<bool> done_{false};
  void const* runner_ = nullptr;  // null: nobody runs
};

using once_state = basic_once_state<>;

}  // namespace sluice::detail
