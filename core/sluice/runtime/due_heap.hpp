// due_heap — entries ordered by when they are due, and who decides between firing one and taking it away.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include <sluice/atomics/backoff.hpp>
#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>
#include <sluice/task/timer_service.hpp>

namespace sluice {

/// A binary heap by due time, then by creation. Of taking an entry away and firing it one happens: whoever
/// takes it out of the heap. One thread fires at a time, without the lock.
///
/// Progress   blocking; the lock is held for O(log n) steps and never while a handler runs. `remove` waits
///            for a handler that runs on another thread.
/// Invariant  `heap_[i]->position == i` for every pending entry, `not_pending` for all others;
///            `soonest_` is the due time of `heap_[0]`, or `never`.
/// Edges      leave  running_ release -> running_ acquire  a handler has returned before its entry may go
///            due  soonest_ release -> soonest_ acquire  who sees that something is due sees what it was set for
template <atomics_policy Atomics = std_atomics>
class basic_due_heap {
 public:
  /// True when the entry is the soonest now.
  /// Throws    `std::bad_alloc`; it is not pending then.
  auto add(timer_entry& entry) -> bool {
    std::lock_guard const hold{lock_};
    entry.order = created_++;
    heap_.push_back(&entry);
    entry.position = heap_.size() - 1;
    rise(entry.position);
    publish_soonest();
    return entry.position == 0;
  }

  /// True when the entry was pending and now never fires.
  auto withdraw(timer_entry& entry) noexcept -> bool {
    std::lock_guard const hold{lock_};
    if (entry.position == not_pending) return false;
    take_out(entry);
    return true;
  }

  /// The same. False when it has fired; then its handler has returned, unless this is called from inside it.
  auto remove(timer_entry& entry) noexcept -> bool {
    {
      std::lock_guard const hold{lock_};
      if (entry.position != not_pending) {
        take_out(entry);
        return true;
      }
      if (running_.load(acquire) != &entry) return false;  // leave
      if (runner_ == Atomics::thread_id()) {
        running_.store(nullptr, relaxed);  // its own handler may now end the entry's life
        return false;
      }
    }
    for (basic_backoff<Atomics> wait; running_.load(acquire) == &entry;) wait();  // leave
    return false;
  }

  [[nodiscard]] auto soonest() const noexcept -> instant {
    return instant{duration{soonest_.load(acquire)}};  // due
  }
  [[nodiscard]] auto pending() noexcept -> std::size_t {
    std::lock_guard const hold{lock_};
    return heap_.size();
  }

  /// Fires everything due at `at` or before, in order. Does nothing while another thread does it.
  /// Returns how many fired.
  auto fire_due(instant at) noexcept -> std::size_t {
    if (soonest() > at) return 0;
    std::unique_lock hold{lock_};
    if (firing_) return 0;
    firing_ = true;
    runner_ = Atomics::thread_id();
    std::size_t count = 0;
    while (!heap_.empty() && heap_[0]->due <= at) {
      auto& entry = *heap_[0];
      take_out(entry);
      running_.store(&entry, relaxed);
      auto const fire = entry.fire;
      hold.unlock();
      fire(entry);
      running_.store(nullptr, release);  // leave
      ++count;
      hold.lock();
    }
    firing_ = false;
    return count;
  }

 private:
  static constexpr std::size_t not_pending = timer_entry{}.position;
  [[nodiscard]] static auto before(timer_entry const& a, timer_entry const& b) noexcept -> bool {
    return a.due != b.due ? a.due < b.due : a.order < b.order;
  }

  // All below: under the lock.

  void place(std::size_t at, timer_entry& entry) noexcept {
    heap_[at] = &entry;
    entry.position = at;
  }

  void rise(std::size_t at) noexcept {
    auto& entry = *heap_[at];
    while (at > 0) {
      auto const parent = (at - 1) / 2;
      if (!before(entry, *heap_[parent])) break;
      place(at, *heap_[parent]);
      at = parent;
    }
    place(at, entry);
  }

  void sink(std::size_t at) noexcept {
    auto& entry = *heap_[at];
    for (;;) {
      auto child = 2 * at + 1;
      if (child >= heap_.size()) break;
      if (child + 1 < heap_.size() && before(*heap_[child + 1], *heap_[child])) ++child;
      if (!before(*heap_[child], entry)) break;
      place(at, *heap_[child]);
      at = child;
    }
    place(at, entry);
  }

  void take_out(timer_entry& entry) noexcept {
    auto const hole = entry.position;
    entry.position = not_pending;
    auto& last = *heap_.back();
    heap_.pop_back();
    if (&last != &entry) {
      place(hole, last);
      rise(hole);
      sink(last.position);
    }
    publish_soonest();
  }

  void publish_soonest() noexcept {
    auto const due = heap_.empty() ? never : heap_[0]->due;
    soonest_.store(due.time_since_epoch().count(), release);  // due
  }

  typename Atomics::mutex lock_;
  std::vector<timer_entry*> heap_;
  std::uint64_t created_ = 0;
  std::uintptr_t runner_ = 0;
  bool firing_ = false;
  typename Atomics::template atomic<timer_entry*> running_{nullptr};  // whose handler has not returned
  typename Atomics::template atomic<std::int64_t> soonest_{never.time_since_epoch().count()};
};

}  // namespace sluice
