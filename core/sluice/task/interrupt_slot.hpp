// interrupt_slot — where whoever waits can be found by whoever has to interrupt it.
#pragma once

#include <sluice/atomics/backoff.hpp>
#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>

namespace sluice::detail {

/// Holds the wait that its owner is in, if any. An interruption that comes before the wait is not
/// noted here: who has armed the slot looks once more for the reason of it.
///
///     slot.arm(me);                            // the owner
///     if (!over.load(acquire)) wait();
///     slot.disarm(me);                         // nobody touches `me` from here on
///
///     over.store(true, release);               // the other
///     slot.interrupt([](waiter& who) { … });
///
/// Progress   wait-free to arm; disarming waits for an interruption that is under way.
/// Edges      look   waits_ acq_rel -> waits_ acq_rel   of arming and interrupting one comes later: either
///            the wait is found, or the reason of the interruption is seen by who has armed
///            leave  waits_ release -> waits_ acquire   the interruption has let go of the wait before
///            its owner goes on
/// Threads    arm and disarm: the owner. interrupt: one at a time.
template <class Waiter, atomics_policy Atomics = std_atomics>
class basic_interrupt_slot {
 public:
  constexpr basic_interrupt_slot() noexcept = default;
  basic_interrupt_slot(basic_interrupt_slot const&) = delete;
  auto operator=(basic_interrupt_slot const&) -> basic_interrupt_slot& = delete;

  void arm(Waiter& wait) noexcept { (void)waits_.exchange(&wait, acq_rel); }  // look

  void disarm(Waiter& wait) noexcept {
    void* seen = &wait;
    if (waits_.compare_exchange_strong(seen, nullptr, acquire, relaxed)) [[likely]] return;
    until_let_go();
  }

  /// Calls `touch` with the wait, if its owner is in one, and lets go of it. Returns what `touch` does,
  /// or a default: what may be done only afterwards, as waking.
  template <class Touch>
  auto interrupt(Touch touch) noexcept -> decltype(touch(std::declval<Waiter&>())) {
    void* seen = waits_.load(relaxed);
    // Also where there is none: an exchange, so that whoever arms later has seen what came before.
    while (!waits_.compare_exchange_weak(seen, seen == nullptr ? nullptr : busy(), acq_rel, relaxed)) {  // look
    }
    if (seen == nullptr) return {};
    auto answer = touch(*static_cast<Waiter*>(seen));
    waits_.store(nullptr, release);  // leave
    return answer;
  }

 private:
  [[nodiscard]] auto busy() noexcept -> void* { return this; }
  [[gnu::noinline]] void until_let_go() noexcept {
    for (basic_backoff<Atomics> wait_for; waits_.load(acquire) != nullptr;) wait_for();  // leave
  }

  typename Atomics::template atomic<void*> waits_{nullptr};
};

}  // namespace sluice::detail
