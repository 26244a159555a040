// event_count — what a thread sleeps on when a lock-free structure has nothing for it.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>
#include <sluice/base/cache_line.hpp>
#include <sluice/base/contract.hpp>

namespace sluice {

/// How what a notifier has published reaches those who look for it.
enum class publication : std::uint8_t {
  any,      ///< in whatever way: a relaxed store will do
  seq_cst,  ///< by a seq_cst store or exchange, which waiters look at by a seq_cst load or exchange
};

/// A condition variable without a mutex around the condition: the condition is a look at a lock-free
/// structure, and no wake-up falls between that look and the sleep.
///
///     event_count arrivals;
///     if (queue.try_push(std::move(value))) arrivals.notify_one();        // one side
///     arrivals.await([&] { return (got = queue.try_pop()).has_value(); });  // the other; or by hand:
///
///     auto place = arrivals.prepare_wait();
///     if (queue_has_nothing()) arrivals.wait(place);                       // else it cancels itself
///
/// Progress   a notify that finds nobody is wait-free: one exchange, or one load after a publication
///            that is seq_cst. With waiters it takes a mutex for a few steps, and a system call.
/// Invariant  The list holds, in turn, the keys that were prepared and neither notified nor
///            cancelled; `waiting` counts them. Both change together, under the mutex.
/// Edges      notice    state_ release -> state_ seq_cst  published before a notify that saw nobody,
///                      seen by who prepares after it; every write of state_ is an exchange, so that
///                      the edge reaches across those in between
///            announce  state_ seq_cst -> state_ seq_cst  for `publication::seq_cst`: see the note
///            wake      unpark -> park  what precedes the notify precedes the end of the wait
/// Threads    Every member may be called by any thread at any time; a key by the thread that has it.
/// Lifetime   The event count outlives its keys, and every notify; destroying it with a key in its
///            list is misuse, and ends the program.
/// Source     after Vyukov, "Eventcounts", 1024cores, 2010; here with a list, so that waiters take turns.
///
/// Why no wake-up is lost. Waiting is "announce myself, then look for work"; notifying is "publish,
/// then look for sleepers". If both looks came too early the waiter would sleep beside the work: the
/// store-buffering test. Both sides therefore exchange one word, state_: whoever is second sees the
/// first. Where the work is published by a seq_cst write and looked for by a seq_cst load, the total
/// order S promises the same of a seq_cst load of state_; with acquire and release both could miss.
/// A fence before the load would do for every publication, yet costs as much as eight exchanges on
/// x86, and an exchange that adds 0 is compiled to just that: hence the notices, which are counted
/// for no other reason.
template <atomics_policy Atomics = std_atomics>
class basic_event_count {
 public:
  class key;
  using time_point = std::chrono::steady_clock::time_point;

  /// Looks that `await` takes, with pauses in between, before it sleeps: short waits should end there,
  /// since a sleep and its waking cost some microseconds. With 0, as for a checker, it sleeps at once.
  static constexpr unsigned usual_looks = 16;

  explicit basic_event_count(unsigned looks_before_sleep = usual_looks) noexcept
      : looks_(looks_before_sleep) {}

  basic_event_count(basic_event_count const&) = delete;
  auto operator=(basic_event_count const&) -> basic_event_count& = delete;
  ~basic_event_count() {
    if (auto const left = waiting(state_.load(relaxed)); left != 0)
      terminate_misuse("event_count", "destroyed with " + std::to_string(left) + " keys in its list");
  }

  /// Takes a place behind the others. From here on a notify counts: look for work *after* this, then
  /// wait or cancel.
  [[nodiscard]] auto prepare_wait() noexcept -> key { return key(*this); }

  /// Gives the place up; no effect when it is given up already, or notified and waited for. A notify
  /// that had chosen this place goes to the next one instead. A place at another event count is
  /// misuse, and ends the program.
  void cancel_wait(key& place) noexcept {
    if (&place.at_ != this)
      terminate_misuse("event_count", "cancel_wait with a key of another event count");
    if (!place.open_) return;
    place.open_ = false;
    if (withdraw(place)) return;
    place.bed_.park();  // wake: the notifier is on its way, and must not find the bed gone
    notify_one();
  }

  /// Blocks the thread until a notify chooses this place.
  /// Throws    `misuse` when `place` is another event count's, or given up.
  void wait(key& place) {
    expect_open(place);
    place.bed_.park();  // wake
    place.open_ = false;
  }

  /// The same until `limit` at most. Returns whether it was notified; the place is given up if not.
  /// Throws    `misuse` as `wait`.
  [[nodiscard]] auto wait_until(key& place, time_point limit) -> bool {
    expect_open(place);
    auto woken = place.bed_.park_until(limit);  // wake
    if (!woken && !withdraw(place)) {
      place.bed_.park();  // wake: chosen at the last moment
      woken = true;
    }
    place.open_ = false;
    return woken;
  }

  /// Wakes the one that has waited longest, if anybody waits.
  void notify_one(publication how = publication::any) noexcept {
    if (!somebody_waits(how)) return;
    key* first = nullptr;
    {
      std::lock_guard const lock(mutex_);
      first = ends_.read([](auto& ends) { return ends.first; });
      if (first == nullptr) return;
      unlink(*first);
      state_.fetch_sub(1, relaxed);  // an exchange: `notice` reaches across it
    }
    first->bed_.unpark();  // wake
  }

  /// Wakes all that wait.
  void notify_all(publication how = publication::any) noexcept {
    if (!somebody_waits(how)) return;
    key* next = nullptr;
    {
      std::lock_guard const lock(mutex_);
      next = ends_.write([](auto& ends) { return std::exchange(ends, {}).first; });
      std::uint64_t gone = 0;
      for (auto* at = next; at != nullptr; ++gone) at = choose(*at).behind;
      state_.fetch_sub(gone, relaxed);  // an exchange: `notice` reaches across it
    }
    while (next != nullptr) {
      auto& woken = *next;
      next = woken.links_.read([](auto& links) { return links.behind; });
      woken.bed_.unpark();  // wake; the key may be gone afterwards
    }
  }

  /// Blocks the thread until `ready()` is true: looks a few times, then sleeps between the looks.
  /// Returns whether it slept. With `publication::seq_cst` on the other side, `ready` looks by
  /// seq_cst loads.
  /// Throws    what `ready` throws; no place is kept.
  template <class Ready>
  auto await(Ready&& ready) -> bool {
    return await(ready, ready);
  }

  /// The same where a look can be had cheaper as long as no sleep depends on it: the looks before the
  /// sleep are `glance()`, of which a false one may be wrong.
  template <class Glance, class Ready>
  auto await(Glance&& glance, Ready&& ready) -> bool {
    if (soon(glance)) return false;
    for (bool slept = false;; slept = true) {
      auto place = prepare_wait();
      if (ready()) return slept;
      wait(place);
      if (ready()) return true;  // it is, as a rule: spares a place
    }
  }

  /// The same until `limit` at most. Returns whether `ready()` was true in the end.
  template <class Ready>
  [[nodiscard]] auto await_until(time_point limit, Ready&& ready) -> bool {
    if (soon(ready)) return true;
    for (;;) {
      auto place = prepare_wait();
      if (ready()) return true;
      if (!wait_until(place, limit)) return ready();
    }
  }

  /// How many wait at this moment; others may come and go meanwhile.
  [[nodiscard]] auto waiting_hint() const noexcept -> std::size_t {
    return static_cast<std::size_t>(waiting(state_.load(relaxed)));
  }

 private:
  struct list_ends {
    key* first = nullptr;
    key* last = nullptr;
  };

  // state_ is the number of notices, which wraps, above the number of those that wait.
  static constexpr std::uint64_t one_notice = std::uint64_t{1} << 32;
  static auto waiting(std::uint64_t state) noexcept -> std::uint64_t { return state % one_notice; }

  auto somebody_waits(publication how) noexcept -> bool {
    return waiting(how == publication::any ? state_.fetch_add(one_notice, release)  // notice
                                           : state_.load(seq_cst)) != 0;            // announce
  }

  template <class Ready>
  auto soon(Ready& ready) -> bool {
    for (unsigned look = 0; look < looks_; ++look) {
      if (ready()) return true;
      pause_after(look);
    }
    return false;
  }

  /// 1 + 2 + 4 + 8 pauses, a round trip between two cores, then the processor is given away. A longer
  /// spin, as that of `backoff`, costs more than it brings where threads outnumber processors.
  static void pause_after(unsigned look) noexcept {
    if (look >= 4) return Atomics::yield();
    for (unsigned left = 1u << look; left > 0; --left) Atomics::spin_hint();
  }

  void enrol(key& place) noexcept {
    std::lock_guard const lock(mutex_);
    auto* const last = ends_.write([&](auto& ends) {
      if (ends.first == nullptr) ends.first = &place;
      return std::exchange(ends.last, &place);
    });
    place.links_.write([&](auto& links) { links.ahead = last; });
    if (last != nullptr) last->links_.write([&](auto& links) { links.behind = &place; });
    state_.fetch_add(1, seq_cst);  // notice, announce; not before the place is in the list
  }

  /// Takes `place` out of the list. False when a notify was first.
  auto withdraw(key& place) noexcept -> bool {
    std::lock_guard const lock(mutex_);
    if (place.links_.read([](auto& links) { return links.chosen; })) return false;
    unlink(place);
    state_.fetch_sub(1, relaxed);  // an exchange: `notice` reaches across it
    return true;
  }

  /// Marks `place` as out of the list, and returns who stood beside it.
  static auto choose(key& place) noexcept {
    return place.links_.write([](auto& links) {
      links.chosen = true;
      return links;
    });
  }

  void unlink(key& place) noexcept {
    auto const [ahead, behind, _] = choose(place);
    ends_.write([&](auto& ends) {
      if (ahead == nullptr) ends.first = behind;
      if (behind == nullptr) ends.last = ahead;
    });
    if (ahead != nullptr) ahead->links_.write([&](auto& links) { links.behind = behind; });
    if (behind != nullptr) behind->links_.write([&](auto& links) { links.ahead = ahead; });
  }

  void expect_open(key const& place) const {
    if (&place.at_ != this) throw misuse("event_count", "wait with a key of another event count");
    if (!place.open_) throw misuse("event_count", "wait with a key that was given up or used");
  }

  alignas(cache_line) typename Atomics::template atomic<std::uint64_t> state_{0};
  alignas(cache_line) typename Atomics::mutex mutex_;
  typename Atomics::template cell<list_ends> ends_;
  unsigned looks_;
};

/// A place among those that wait, and the bed to wait in. Given up when it goes.
/// Threads   the thread that prepared it.
template <atomics_policy Atomics>
class [[nodiscard]] basic_event_count<Atomics>::key {
 public:
  key(key const&) = delete;
  auto operator=(key const&) -> key& = delete;
  ~key() { at_.cancel_wait(*this); }

 private:
  friend class basic_event_count;
  explicit key(basic_event_count& at) noexcept : at_(at) { at_.enrol(*this); }

  struct links {
    key* ahead = nullptr;
    key* behind = nullptr;
    bool chosen = false;  ///< out of the list
  };

  basic_event_count& at_;
  typename Atomics::template cell<links> links_;
  typename Atomics::parker bed_;
  bool open_ = true;  // the owner has yet to wait or to cancel
};

using event_count = basic_event_count<>;

}  // namespace sluice
