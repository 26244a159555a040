#include <sluice/runtime/timer_heap.hpp>

namespace sluice {

void timer_heap::add(timer_entry& entry) {
  bool soonest = false;
  {
    std::lock_guard const hold{lock_};
    entry.order = created_++;
    heap_.push_back(&entry);
    entry.position = heap_.size() - 1;
    rise(entry.position);
    soonest = entry.position == 0;
    publish_soonest();
  }
  if (soonest) became_soonest_(clock_);
}

auto timer_heap::withdraw(timer_entry& entry) noexcept -> bool {
  std::lock_guard const hold{lock_};
  if (entry.position == not_pending) return false;
  take_out(entry);
  return true;
}

auto timer_heap::remove(timer_entry& entry) noexcept -> bool {
  std::unique_lock hold{lock_};
  if (entry.position != not_pending) {
    take_out(entry);
    return true;
  }
  if (running_ == &entry) {
    if (runner_ == std::this_thread::get_id()) {
      running_ = nullptr;  // called from inside its own handler, which may now end the entry's life
    } else {
      fired_.wait(hold, [&] { return running_ != &entry; });
    }
  }
  return false;
}

auto timer_heap::fire_due(instant at) noexcept -> std::size_t {
  if (soonest() > at) return 0;
  std::unique_lock hold{lock_};
  if (firing_) return 0;
  firing_ = true;
  runner_ = std::this_thread::get_id();
  std::size_t count = 0;
  while (!heap_.empty() && heap_[0]->due <= at) {
    auto& entry = *heap_[0];
    take_out(entry);
    running_ = &entry;
    auto const fire = entry.fire;
    hold.unlock();
    fire(entry);
    ++count;
    hold.lock();
    running_ = nullptr;
    fired_.notify_all();
  }
  firing_ = false;
  return count;
}

void timer_heap::place(std::size_t at, timer_entry& entry) noexcept {
  heap_[at] = &entry;
  entry.position = at;
}

void timer_heap::rise(std::size_t at) noexcept {
  auto& entry = *heap_[at];
  while (at > 0) {
    auto const parent = (at - 1) / 2;
    if (!before(entry, *heap_[parent])) break;
    place(at, *heap_[parent]);
    at = parent;
  }
  place(at, entry);
}

void timer_heap::sink(std::size_t at) noexcept {
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

void timer_heap::take_out(timer_entry& entry) noexcept {
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

void timer_heap::publish_soonest() noexcept {
  auto const due = heap_.empty() ? never : heap_[0]->due;
  soonest_.store(due.time_since_epoch().count(), std::memory_order_release);
}

}  // namespace sluice
