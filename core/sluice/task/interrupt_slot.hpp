// interrupt_slot — where whoever waits can be found by whoever has to interrupt it.
#pragma once

#include <atomic>
#include <utility>

#include <sluice/atomics/backoff.hpp>
#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>

namespace sluice::detail {

/// Holds the wait that its owner is in, if any. Waits are many and interruptions few, so that the owner only writes, and
/// whoever interrupts announces it first, with a fence for all threads. An interruption that comes before the wait is
/// not noted here: who has armed the slot looks once more for the reason of it.
///
///     slot.arm(me);                            // the owner
///     if (!over.load(acquire)) wait();
///     slot.disarm(announced);                  // nobody touches `me` from here on
///
///     over.store(true, release);               // the other
///     announced.store(true, relaxed);
///     slot.announce();                         // once for any number of slots
///     slot.interrupt([](waiter& who) { … });
///     announced.store(false, release);
///
/// Progress   wait-free to arm, and to disarm while nothing is announced; else that waits for an interruption of this slot
///            that is under way.
/// Edges      look   the owner's light fence after arming, and after disarming, and the heavy one of `announce`: either
///            the interruption finds what the owner has written, or the owner sees the reason, and the announcement
///            found  waits_ release -> waits_ acquire   the wait is complete before it is touched
///            leave  touching_ release -> touching_ acquire   the interruption has let go of the wait before its owner
///            goes on; between the two stands a seq_cst fence of either: the other one's word is seen, or one's own is
/// Threads    arm and disarm: the owner. interrupt: one at a time.
template <class Waiter, atomics_policy Atomics = std_atomics>
class basic_interrupt_slot {
 public:
  constexpr basic_interrupt_slot() noexcept = default;
  basic_interrupt_slot(basic_interrupt_slot const&) = delete;
  auto operator=(basic_interrupt_slot const&) -> basic_interrupt_slot& = delete;

  void arm(Waiter& wait) noexcept {
    fill(wait);
    look();
  }
  /// The same by who knows already that there is a light fence.
  void arm_lightly(Waiter& wait) noexcept {
    fill(wait);
    Atomics::light_fence();  // look, lightly
  }

  /// `announced` is non-null, or true, from before `announce` until `interrupt` has returned.
  void disarm(auto const& announced) noexcept {
    waits_.store(nullptr, relaxed);
    look();
    if (announced.load(acquire)) [[unlikely]] until_let_go();
  }

  /// Between giving the reason and interrupting.
  static void announce() noexcept { Atomics::heavy_fence(); }  // look

  /// Calls `touch` with the wait, if its owner is in one, and lets go of it. Returns what `touch` does,
  /// or a default: what may be done only afterwards, as waking.
  template <class Touch>
  auto interrupt(Touch touch) noexcept -> decltype(touch(std::declval<Waiter&>())) {
    touching_.store(true, relaxed);
    Atomics::fence(seq_cst);  // leave
    auto* const wait = waits_.load(acquire);  // found
    decltype(touch(*wait)) answer{};
    if (wait != nullptr) answer = touch(*wait);
    touching_.store(false, release);  // leave
    return answer;
  }

 private:
  void fill(Waiter& wait) noexcept { waits_.store(&wait, release); }  // found
  static void look() noexcept {
    if (Atomics::has_light_fence()) [[likely]] Atomics::light_fence();  // look
    else Atomics::fence(seq_cst);                                       // look
  }
  [[gnu::noinline]] void until_let_go() noexcept {
    Atomics::fence(seq_cst);                                                            // leave
    for (basic_backoff<Atomics> wait_for; touching_.load(acquire);) wait_for();  // leave
  }

  typename Atomics::template atomic<Waiter*> waits_{nullptr};
  typename Atomics::template atomic<bool> touching_{false};
};

}  // namespace sluice::detail
