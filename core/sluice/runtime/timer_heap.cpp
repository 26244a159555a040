#include <sluice/runtime/timer_heap.hpp>

namespace sluice {

void timer_heap::add(timer_entry& entry) {
  if (heap_.add(entry)) became_soonest_(clock_);
}

auto timer_heap::remove(timer_entry& entry) noexcept -> bool { return heap_.remove(entry); }

auto timer_heap::withdraw(timer_entry& entry) noexcept -> bool { return heap_.withdraw(entry); }

auto timer_heap::fire_due(instant at) noexcept -> std::size_t { return heap_.fire_due(at); }

}  // namespace sluice
