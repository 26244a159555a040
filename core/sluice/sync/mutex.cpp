#include <sluice/sync/mutex.hpp>

#include <sluice/base/contract.hpp>

namespace sluice {

auto mutex_guard::operator=(mutex_guard&& other) noexcept -> mutex_guard& {
  if (this != &other) {
    unlock();
    held_ = std::exchange(other.held_, nullptr);
  }
  return *this;
}

void mutex_guard::unlock() noexcept {
  if (held_ != nullptr) std::exchange(held_, nullptr)->unlock();
}

mutex::~mutex() {
  if (!waiting_.empty()) terminate_misuse("mutex", "destroyed while somebody waits for it");
}

auto mutex::try_lock() noexcept -> result<mutex_guard> {
  std::lock_guard const hold{lock_};
  if (held_) return failure(errc::would_block);
  held_ = true;
  return mutex_guard{*this};
}

void mutex::unlock() {
  waiter* next = nullptr;
  {
    std::lock_guard const hold{lock_};
    if (!held_) throw misuse("mutex", "unlocked although nobody holds it");
    next = waiting_.pop_front();
    if (next == nullptr) {
      held_ = false;
    } else {
      static_cast<detail::cancellable_waiter&>(*next).serve();  // it holds the lock from here on
    }
  }
  if (next != nullptr) next->wake();
}

auto mutex::lock_or_wait(detail::cancellable_waiter& me, context const& ctx) noexcept -> bool {
  if (ctx.done() || !me.listen(ctx, lock_, waiting_)) {
    me.state = detail::wait_state::cancelled;
    return true;
  }
  std::lock_guard const hold{lock_};
  if (me.state != detail::wait_state::cancelled && !held_) {
    held_ = true;
    me.state = detail::wait_state::served;
    return true;
  }
  return !me.enqueue();
}

auto mutex::lock_blocking(context const& ctx) -> result<mutex_guard> {
  detail::refuse_on_worker("mutex");
  detail::plain_place me;
  parker sleeping;
  me.thread = &sleeping;
  if (!lock_or_wait(me, ctx)) sleeping.park();
  me.settle();
  if (me.state == detail::wait_state::cancelled)
    return failure(ctx.err().value_or(errc::cancelled));
  return mutex_guard{*this};
}

auto mutex_operation::queue() noexcept -> bool {
  return !mutex_.lock_or_wait(me_, ctx_);
}

auto mutex_operation::await_resume() noexcept -> result<mutex_guard> {
  me_.settle();
  if (me_.state == detail::wait_state::cancelled)
    return failure(ctx_.err().value_or(errc::cancelled));
  taken_ = true;
  return mutex_guard{mutex_};
}

// A lock that was handed over while its waiter was being destroyed goes back.
mutex_operation::~mutex_operation() {
  me_.abandon();
  if (!taken_ && me_.state == detail::wait_state::served) mutex_.unlock();
}

}  // namespace sluice
