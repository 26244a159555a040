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
  if (auto* const at = timers()) at->remove(*this);
  delete this;
}

void timer_core::due_now(timer_entry& entry) noexcept {
  auto& self = static_cast<timer_core&>(entry);
  if (auto* const woken = self.setting_.fire(*self.timers(), self)) woken->wake();
}

auto timer_core::take_or_wait(timer_place& me, context const& ctx) -> bool {
  if (ctx.done()) {
    me.state = wait_state::cancelled;
    return true;
  }
  if (auto const at = setting_.take(timers(), *this)) {
    me.at = *at;
    me.state = wait_state::served;
    return true;
  }
  if (!me.listen(ctx, setting_.lock(), setting_.queue())) {
    me.state = wait_state::cancelled;
    return true;
  }
  return setting_.take_or_wait(timers(), *this, me);
}

auto timer_core::take_locked(timer_place& me) -> bool {
  auto const at = setting_.take_locked(timers(), *this);
  if (at) me.at = *at;
  return at.has_value();
}

void timer_core::queue_locked(timer_place& me) noexcept {
  me.state = wait_state::queued;
  setting_.queue().push_back(me);
}

void timer_core::unqueue(timer_place& me) noexcept {
  std::lock_guard const hold{setting_.lock()};
  if (me.linked()) setting_.queue().remove(me);
  me.state = wait_state::outside;
}

auto timer_core::try_take() -> result<instant> {
  if (auto const at = setting_.take(timers(), *this)) return *at;
  return failure(errc::would_block);
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
