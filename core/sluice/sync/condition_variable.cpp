#include <sluice/sync/condition_variable.hpp>

#include <sluice/base/contract.hpp>

namespace sluice {
namespace {

void refuse_empty(mutex_guard const& held) {
  if (!held.owns_lock())
    throw misuse("condition_variable", "waited on with a guard that holds no mutex");
}

}  // namespace

condition_variable::~condition_variable() {
  std::lock_guard const hold{lock_};  // whoever woke the last one may be on the way out
  if (!waiting_.empty())
    terminate_misuse("condition_variable", "destroyed while somebody waits for it");
}

auto condition_variable::wait(context ctx, mutex_guard& held) -> task<result<void>> {
  refuse_empty(held);
  auto& lock = *held.mutex();
  auto waited =
      co_await detail::wait_operation{detail::wait_for_signal{this, &held}, ctx};
  if (!held.owns_lock()) held = *(co_await lock.lock(context::background()));
  co_return waited;
}

auto condition_variable::wait_blocking(context const& ctx, mutex_guard& held) -> result<void> {
  refuse_empty(held);
  auto& lock = *held.mutex();
  auto waited = detail::wait_blocking(detail::wait_for_signal{this, &held}, ctx);
  if (!held.owns_lock()) held = *lock.lock_blocking(context::background());
  return waited;
}

void condition_variable::signal() noexcept {
  waiter* woken = nullptr;
  {
    std::lock_guard const hold{lock_};
    woken = waiting_.pop_front();
    if (woken == nullptr) return;
    auto& first = static_cast<place&>(*woken);
    first.passes_until = came_;
    first.serve();
  }
  woken->wake();
}

void condition_variable::broadcast() noexcept {
  wait_list woken;
  {
    std::lock_guard const hold{lock_};
    detail::serve_all(waiting_, woken);
  }
  detail::wake_all(woken);
}

// The signal of one that goes away belongs to the next that waited when it was sent.
void condition_variable::pass_on(place& gone) noexcept {
  waiter* woken = nullptr;
  {
    std::lock_guard const hold{lock_};
    if (waiting_.empty()) return;
    auto& first = static_cast<place&>(waiting_.front());
    if (first.number >= gone.passes_until) return;
    waiting_.remove(first);
    first.passes_until = gone.passes_until;
    first.serve();
    woken = &first;
  }
  woken->wake();
}

auto detail::wait_for_signal::enter(place& me, context const& ctx) const -> bool {
  if (ctx.done() || !me.listen(ctx, awaited->lock_, awaited->waiting_)) {
    me.state = wait_state::cancelled;
    return true;
  }
  mutex* lock = nullptr;
  {
    std::lock_guard const hold{awaited->lock_};
    if (me.state == wait_state::cancelled) return true;
    me.number = awaited->came_++;
    lock = held->release();  // now: once `me` is queued, all that belongs to it may be gone
    (void)me.enqueue();
  }
  lock->unlock();
  return false;
}

void detail::wait_for_signal::give_back(place& me) const noexcept { awaited->pass_on(me); }

}  // namespace sluice
