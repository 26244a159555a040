// source_case — a case of a select whose source keeps those who wait for it in one queue, under one lock.
#pragma once

#include <mutex>
#include <utility>

#include <sluice/atomics/spin_lock.hpp>
#include <sluice/task/selectable.hpp>
#include <sluice/task/waiter.hpp>

namespace sluice {

/// What such cases have in common. `Source` is a view of the source: under `lock()`, `carry_out(me)` does what the
/// case is for, if that is possible at once, and `queue(me)` queues it, or throws; `unqueue(me)` takes the lock itself.
/// `Place` is where one waits.
template <class Source, class Place = waiter>
class source_case : public selectable {
 public:
  /// Switches the case off, as a null channel would, or on again. Not during a select.
  void enable(bool on) noexcept { enabled_ = on; }

  auto poll() -> bool final {
    if (!enabled_) return false;
    std::lock_guard const hold{source_.lock()};
    return source_.carry_out(me_);
  }
  auto look() const noexcept -> glance final { return {enabled_, 0}; }
  auto source_lock() noexcept -> spin_lock* final { return enabled_ ? &source_.lock() : nullptr; }
  auto poll_locked(waiter*&) -> bool final { return enabled_ && source_.carry_out(me_); }
  void enqueue(select_link& link, waiter const& whom) final {
    if (!enabled_) return;
    source_.queue(me_);
    me_.stand_for(whom, link);
  }
  void dequeue() noexcept final {
    if (me_.of_select == nullptr) return;
    source_.unqueue(me_);
    me_.of_select = nullptr;  // not before: who found it in the queue would take it for a plain one
  }

 protected:
  explicit source_case(Source source) noexcept : source_(std::move(source)) {}
  ~source_case() = default;

  Source source_;
  Place me_;

 private:
  bool enabled_ = true;
};

}  // namespace sluice
