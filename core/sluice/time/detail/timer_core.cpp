#include <sluice/time/detail/timer_core.hpp>

#include <utility>

#include <sluice/base/contract.hpp>

namespace sluice::detail {

auto timer_core::make(context const& of, char const* name) -> timer_core* {
  context_access::check_clock(of, name);
  auto clock = without_cancel(of);
  if (clock.node() == nullptr)
    throw misuse(name, "the runtime of the context, and with it the clock, has gone");
  clock.node()->hold();
  auto bare = context_access::make(clock.node(), nullptr);  // a timer keeps no values alive
  return new timer_core(std::move(bare), name);
}

void timer_core::let_go() noexcept {
  if (owners_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  // Also when it is not armed: a handler that is on its way must have come and gone.
  if (auto* const timers = clock_.node()->timers()) timers->remove(*this);
  delete this;
}

// Under the lock.
auto timer_core::disarm() noexcept -> bool {
  auto const pending = armed_ || fired_.has_value();
  if (armed_ && due != never) {
    // A clock that is gone calls nobody.
    auto* const timers = clock_.node()->timers();
    if (timers != nullptr && !timers->withdraw(*this)) stale_ = true;
  }
  armed_ = false;
  fired_.reset();
  return pending;
}

// Under the lock.
void timer_core::arm(timer_service& timers) {
  if (due != never) timers.add(*this);
  armed_ = true;
}

// Under the lock: the first of start + k * period that is still to come.
void timer_core::arm_next(timer_service& timers) {
  auto const missed = (timers.now() - due) / period_;
  due = saturating_add(due + missed * period_, period_);
  arm(timers);
}

auto timer_core::set(duration after, duration period) -> bool {
  auto* const timers = clock_.node()->timers();
  std::lock_guard const hold{lock_};
  auto const pending = disarm();
  if (timers == nullptr) return pending;  // no time passes any more
  period_ = period;
  due = saturating_add(timers->now(), after);
  arm(*timers);
  return pending;
}

auto timer_core::stop() noexcept -> bool {
  std::lock_guard const hold{lock_};
  return disarm();
}

void timer_core::due_now(timer_entry& entry) noexcept {
  auto& self = static_cast<timer_core&>(entry);
  timer_place* woken = nullptr;
  {
    std::lock_guard const hold{self.lock_};
    if (std::exchange(self.stale_, false)) return;
    auto& timers = *self.clock_.node()->timers();
    self.armed_ = false;
    auto* const first = pop_served(self.receivers_);
    if (first == nullptr) {
      self.fired_ = timers.now();  // until it is taken, further ticks would be lost: there are none
      return;
    }
    woken = static_cast<timer_place*>(first);
    woken->at = timers.now();
    woken->serve();
    if (self.period_.count() > 0) self.arm_next(timers);
  }
  woken->wake();
}

// Under the lock.
auto timer_core::take() -> instant {
  auto* const timers = clock_.node()->timers();
  if (period_.count() > 0 && timers != nullptr) arm_next(*timers);
  return *std::exchange(fired_, std::nullopt);
}

auto timer_core::take_or(timer_place& me, auto const& wait) -> bool {
  std::lock_guard const hold{lock_};
  if (!fired_ || me.state == wait_state::cancelled) return wait();
  me.at = take();
  me.state = wait_state::served;
  return true;
}

auto timer_core::take_or_wait(timer_place& me, context const& ctx) -> bool {
  if (ctx.done()) {
    me.state = wait_state::cancelled;
    return true;
  }
  if (take_or(me, [] { return false; })) return true;
  if (!me.listen(ctx, lock_, receivers_)) {
    me.state = wait_state::cancelled;
    return true;
  }
  return take_or(me, [&] { return !me.enqueue(); });
}

auto timer_core::take_locked(timer_place& me) -> bool {
  if (!fired_) return false;
  me.at = take();
  return true;
}

void timer_core::queue_locked(timer_place& me) noexcept {
  me.state = wait_state::queued;
  receivers_.push_back(me);
}

void timer_core::unqueue(timer_place& me) noexcept {
  std::lock_guard const hold{lock_};
  if (me.linked()) receivers_.remove(me);
  me.state = wait_state::outside;
}

auto timer_core::try_take() -> result<instant> {
  std::lock_guard const hold{lock_};
  if (!fired_) return failure(errc::would_block);
  return take();
}

auto timer_handle::get(char const* primitive) const -> timer_core& {
  if (core_ == nullptr)
    throw misuse(primitive, "it was made by default, or moved from, and is no timer");
  return *core_;
}

auto receive_blocking(timer_handle from, char const* primitive, context const& ctx)
    -> result<instant> {
  refuse_on_worker(primitive);
  auto& core = from.get(primitive);
  timer_place me;
  block_thread(me, primitive, [&] { return core.take_or_wait(me, ctx); });
  return me.outcome(ctx);
}

}  // namespace sluice::detail
