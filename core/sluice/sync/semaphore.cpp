#include <sluice/sync/semaphore.hpp>

#include <string>

#include <sluice/base/contract.hpp>

namespace sluice {

auto permits::operator=(permits&& other) noexcept -> permits& {
  if (this != &other) {
    release();
    from_ = std::exchange(other.from_, nullptr);
    held_ = std::exchange(other.held_, 0);
  }
  return *this;
}

void permits::release() noexcept {
  if (auto* const from = std::exchange(from_, nullptr)) from->release(std::exchange(held_, 0));
}

semaphore::~semaphore() {
  std::lock_guard const hold{lock_};  // whoever served the last wait may be on the way out
  if (!waiting_.empty() || !hopeless_.empty())
    terminate_misuse("semaphore", "destroyed while somebody waits for it");
}

void semaphore::refuse_hopeless(context const& ctx, std::size_t wanted) const {
  if (wanted > capacity_ && ctx.node() == nullptr)
    throw misuse("semaphore", std::to_string(wanted) + " permits of " + std::to_string(capacity_) +
                                  " were asked for, under a context that never ends");
}

// Under the lock, by one that has not waited.
auto semaphore::take(std::size_t wanted) noexcept -> bool {
  if (!waiting_.empty() || wanted > free_) return false;
  free_ -= wanted;
  return true;
}

auto semaphore::try_acquire(std::size_t wanted) noexcept -> result<permits> {
  std::lock_guard const hold{lock_};
  if (!take(wanted)) return failure(errc::would_block);
  return permits{*this, wanted};
}

void semaphore::release(std::size_t count) {
  wait_list woken;
  {
    std::lock_guard const hold{lock_};
    if (count > capacity_ - free_)
      throw misuse("semaphore", std::to_string(count) + " permits were released while " +
                                    std::to_string(capacity_ - free_) + " were held");
    free_ += count;
    serve_front(woken);
  }
  detail::wake_all(woken);
}

// Under the lock.
void semaphore::serve_front(wait_list& woken) noexcept {
  while (!waiting_.empty()) {
    auto& first = static_cast<place&>(waiting_.front());
    if (first.wanted > free_) return;
    free_ -= first.wanted;
    waiting_.remove(first);
    first.serve();
    woken.push_back(first);
  }
}

// Under the lock: those behind one that has left may want less.
void semaphore::gave_up(detail::cancellable_waiter& gone) noexcept {
  wait_list woken;
  static_cast<place&>(gone).owner->serve_front(woken);
  detail::wake_all(woken);
}

auto semaphore::acquire_blocking(context const& ctx, std::size_t wanted) -> result<permits> {
  refuse_hopeless(ctx, wanted);
  return detail::wait_blocking(detail::wait_for_permits{this, wanted}, ctx);
}

auto detail::wait_for_permits::enter(place& me, context const& ctx) const noexcept -> bool {
  me.owner = from;
  me.wanted = wanted;
  me.left = &semaphore::gave_up;
  auto& queue = wanted > from->capacity_ ? from->hopeless_ : from->waiting_;
  return enter_queue(me, ctx, from->lock_, queue, [&] { return from->take(wanted); });
}

void detail::wait_for_permits::give_back(place& me) const noexcept { from->release(me.wanted); }

}  // namespace sluice
