// idle_counts — how many workers sleep, and how many look for work: whether one has to be woken.
#pragma once

#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>
#include <sluice/base/cache_line.hpp>

namespace sluice {

/// Without it, of a worker that falls asleep and somebody who makes work both could miss the other, and a task
/// would lie in a queue while everybody sleeps.
///
///     idle.sleep(), idle.announce();           // a worker that has found nothing
///     if (!work_in_sight()) park();            // looks once more
///
///     queue.push(task);                        // whoever makes work
///     if (idle.must_wake()) wake_somebody();
///
/// Edges      look   the light fence of who asks, between its work and the counts, and the heavy one of a worker that falls
///            asleep, between its count and its last look: the sleeper is counted, or it sees the work. Work is made all
///            day, and workers fall asleep seldom. Without a light fence, to ask is a read-modify-write that changes
///            nothing: of it and the sleeper's the later reads the earlier
///            sleep  sleepers_ acq_rel -> sleepers_ acquire, acq_rel   a search is over before its worker sleeps, so whoever
///            has seen the sleeper sees that, too
/// Progress   wait-free.
/// Threads    any.
template <atomics_policy Atomics = std_atomics>
class basic_idle_counts {
 public:
  void begin_search() noexcept { (void)searchers_.fetch_add(1, relaxed); }
  /// True when nobody else searches any more: whoever leaves with work wakes the next, for more may have come
  /// that was left to it.
  auto end_search() noexcept -> bool { return searchers_.fetch_sub(1, relaxed) == 1; }

  void sleep() noexcept { (void)sleepers_.fetch_add(1, acq_rel); }  // sleep
  /// Between `sleep` and the last look. Costs a system call: not under a lock that others want.
  void announce() noexcept { Atomics::heavy_fence(); }  // look
  void leave_sleep() noexcept { (void)sleepers_.fetch_sub(1, acq_rel); }  // sleep
  /// A sleeper is woken, to search.
  void wake_to_search() noexcept {
    (void)searchers_.fetch_add(1, relaxed);
    (void)sleepers_.fetch_sub(1, acq_rel);  // sleep
  }

  /// After work was made: true when somebody sleeps, and nobody searches who will find it.
  [[nodiscard]] auto must_wake() noexcept -> bool {
    if (!Atomics::has_light_fence()) [[unlikely]]
      return sleepers_.fetch_add(0, acq_rel) != 0 && searchers_.load(relaxed) == 0;  // sleep
    Atomics::light_fence();                                                          // look
    return sleepers_.load(acquire) != 0 && searchers_.load(relaxed) == 0;            // sleep
  }

 private:
  alignas(cache_line) typename Atomics::template atomic<unsigned> sleepers_{0};
  typename Atomics::template atomic<unsigned> searchers_{0};
};

using idle_counts = basic_idle_counts<>;

}  // namespace sluice
