// timer_setting — what a timer is set to, what came of it, and who waits for that. Private to its room.
#pragma once

#include <mutex>
#include <optional>
#include <utility>

#include <sluice/atomics/policy.hpp>
#include <sluice/base/clock.hpp>
#include <sluice/task/timer_service.hpp>
#include <sluice/task/waiter.hpp>
#include <sluice/task/wait_place.hpp>

namespace sluice::detail {

/// One setting at a time, and the instant at which it fired until somebody takes it. Calling it off, firing
/// and receiving are each one step under a lock; a handler that was taken out of the timers before that step
/// is on the way, and finds out that its setting is over.
///
/// `Timers` is a `timer_service`, null where no time passes any more. A `Place` is a `basic_wait_place` with
/// `at`, the instant that it receives.
///
/// Invariant  under `lock_`: while `armed`, the entry is in the timers, unless it is never due or its
///            handler is on the way; `stale` says that a handler of a setting that is over is on the
///            way, and will do nothing; while `fired` holds a value nobody waits and nothing is armed;
///            it runs while either is so.
template <class Timers, class Place, class Lock, atomics_policy Atomics = std_atomics>
class basic_timer_setting {
 public:
  using queue_type = typename Place::queue_type;

  [[nodiscard]] auto lock() noexcept -> Lock& { return lock_; }
  [[nodiscard]] auto queue() noexcept -> queue_type& { return receivers_; }

  /// Fires once, `after` from now, or, with a `period`, every so often from then on. True when an earlier
  /// setting was pending: still to come, or not received yet.
  /// Throws    what adding to the timers throws; nothing is set then.
  auto set(Timers* timers, timer_entry& entry, duration after, duration period) -> bool {
    std::lock_guard const hold{lock_};
    return now_.write([&](state& now) {
      auto const pending = disarm(now, timers, entry);
      if (timers == nullptr) return pending;  // no time passes any more
      now.period = period;
      entry.due = saturating_add(timers->now(), after);
      arm(now, *timers, entry);
      return pending;
    });
  }

  /// Returns what `set` would. Nothing of the setting can be received after it.
  auto stop(Timers* timers, timer_entry& entry) noexcept -> bool {
    std::lock_guard const hold{lock_};
    return now_.write([&](state& now) { return disarm(now, timers, entry); });
  }

  /// By the handler of the entry. Returns who received the instant, and is to be woken; null when there is
  /// nobody.
  [[nodiscard]] auto fire(Timers& timers, timer_entry& entry) noexcept -> Place* {
    std::lock_guard const hold{lock_};
    return now_.write([&](state& now) -> Place* {
      if (std::exchange(now.stale, false)) return nullptr;
      now.armed = false;
      auto* const first = static_cast<Place*>(pop_served(receivers_));
      if (first == nullptr) {
        now.fired = timers.now();  // until it is taken, further ticks would be lost: there are none
        return nullptr;
      }
      first->at = timers.now();
      first->serve();
      if (now.period.count() > 0) arm_next(now, timers, entry);
      return first;
    });
  }

  /// Under the lock: the instant, if it has fired and nobody has received it.
  [[nodiscard]] auto take_locked(Timers* timers, timer_entry& entry) -> std::optional<instant> {
    return now_.write([&](state& now) {
      if (now.fired && now.period.count() > 0 && timers != nullptr) arm_next(now, *timers, entry);
      return std::exchange(now.fired, std::nullopt);
    });
  }
  [[nodiscard]] auto take(Timers* timers, timer_entry& entry) -> std::optional<instant> {
    std::lock_guard const hold{lock_};
    return take_locked(timers, entry);
  }

  /// Receives at once (true), or queues `me`, whose wait can be interrupted already.
  [[nodiscard]] auto take_or_wait(Timers* timers, timer_entry& entry, Place& me) -> bool {
    std::lock_guard const hold{lock_};
    if (me.state == wait_state::cancelled) return true;
    auto const at = take_locked(timers, entry);
    if (!at) return !me.enqueue();
    me.at = *at;
    me.state = wait_state::served;
    return true;
  }

 private:
  struct state {
    bool armed = false;
    bool stale = false;
    duration period{0};
    std::optional<instant> fired;
  };

  // All below: under the lock.

  auto disarm(state& now, Timers* timers, timer_entry& entry) noexcept -> bool {
    auto const pending = now.armed || now.fired.has_value();
    // A clock that is gone calls nobody.
    if (now.armed && entry.due != never && timers != nullptr && !timers->withdraw(entry)) now.stale = true;
    now.armed = false;
    now.fired.reset();
    return pending;
  }

  void arm(state& now, Timers& timers, timer_entry& entry) {
    if (entry.due != never) timers.add(entry);
    now.armed = true;
  }

  // The first of start + k * period that is still to come.
  void arm_next(state& now, Timers& timers, timer_entry& entry) {
    auto const missed = (timers.now() - entry.due) / now.period;
    entry.due = saturating_add(entry.due + missed * now.period, now.period);
    arm(now, timers, entry);
  }

  Lock lock_;
  typename Atomics::template cell<state> now_;
  queue_type receivers_;
};

}  // namespace sluice::detail
