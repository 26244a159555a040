// Threads that wait for a task, and what becomes of them when nothing can go on.
#include <mutex>
#include <new>
#include <utility>

#include <sluice/runtime/driver_threads.hpp>

namespace sluice {

// Called by a worker that has announced its sleep and found nothing to do.
void driver_threads::look_for_deadlock() noexcept {
  std::lock_guard const hold{idle_lock_};
  if (callers_.empty() || dying_ != nullptr || idle_.size() != workers_.size()) return;
  if (registry_.live() == 0 || outside() != 0 || timers_.soonest() != never) return;
  if (work_in_sight()) return;
  // One at a time: what its task lets go of may wake the others.
  blocked_caller* told = nullptr;
  callers_.for_each([&](blocked_caller& each) {
    if (told == nullptr && each.awaited.detach(each.joining)) told = &each;
  });
  if (told == nullptr) return;
  callers_.remove(*told);
  dying_ = &told->awaited;
  unwinding_.store(true, std::memory_order_relaxed);
  told->deadlocked = true;
  told->sleep.unpark();
}

void driver_threads::outside_left() noexcept { look_for_deadlock(); }

auto driver_threads::run_until_ended(detail::root_control& awaited, deadlock_remedy const& remedy) -> result<void> {
  detail::refuse_on_worker("block_on");
  while (!ends_in_time(awaited)) {
    auto const act = remedy ? remedy() : nullptr;
    if (!act) return failure(unwind(awaited));
    nobody_dies();
    act();
  }
  return {};
}

// False when every task waits: nothing is then woken before `unwind`, or `nobody_dies`.
auto driver_threads::ends_in_time(detail::root_control& awaited) noexcept -> bool {
  blocked_caller me{awaited};
  {
    std::lock_guard const hold{idle_lock_};
    callers_.push_back(me);
  }
  if (awaited.attach(me.joining)) {
    look_for_deadlock();  // everybody may have gone to sleep before this caller was listed
    me.sleep.park();
  }
  {
    std::lock_guard const hold{idle_lock_};
    if (static_cast<list_node<>&>(me).linked()) callers_.remove(me);
  }
  return !me.deadlocked;
}

auto driver_threads::unwind(detail::root_control& deadlocked) noexcept -> error {
  error why{errc::deadlock};
  try {
    why = deadlock_error();
  } catch (std::bad_alloc const&) {  // no memory for the words
  }
  deadlocked.abandon(nullptr);  // nothing of the caller's is left in its hands
  nobody_dies();
  wake_everybody();
  look_for_deadlock();
  return why;
}

void driver_threads::nobody_dies() noexcept {
  std::lock_guard const hold{idle_lock_};
  dying_ = nullptr;
  unwinding_.store(false, std::memory_order_relaxed);
}

// What a task wakes that is being unwound does not run before that is over, and the task itself not at all: a
// destructor may end a wait further inside, when parameters of a coroutine go before what it waits for.
void driver_threads::schedule_in_the_end(task_control& ready) noexcept {
  {
    std::lock_guard const hold{idle_lock_};
    if (ended_ || dying_ == &ready) return;
    injector_.push(ready);
    if (dying_ != nullptr) return;
  }
  wake_one();  // it has just been over
}

}  // namespace sluice
