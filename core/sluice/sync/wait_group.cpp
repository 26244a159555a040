#include <sluice/sync/wait_group.hpp>

#include <string>

#include <sluice/base/contract.hpp>

namespace sluice {

wait_group::~wait_group() {
  if (!waiting_.empty()) terminate_misuse("wait_group", "destroyed while somebody waits for it");
}

void wait_group::add(std::int64_t n) {
  wait_list released;
  {
    std::lock_guard const hold{lock_};
    if (count_ + n < 0)
      throw misuse("wait_group", "the counter is " + std::to_string(count_) + " and would fall to " +
                                     std::to_string(count_ + n));
    if (count_ == 0 && n > 0 && !waiting_.empty())
      throw misuse("wait_group", "add from 0 while somebody waits");
    count_ += n;
    if (count_ == 0) {
      while (auto* const next = waiting_.pop_front()) {
        static_cast<detail::cancellable_waiter&>(*next).serve();
        released.push_back(*next);
      }
    }
  }
  while (auto* const next = released.pop_front()) next->wake();
}

auto wait_group::wait_or_pass(detail::cancellable_waiter& me, context const& ctx) noexcept -> bool {
  if (ctx.done() || !me.listen(ctx, lock_, waiting_)) {
    me.state = detail::wait_state::cancelled;
    return true;
  }
  std::lock_guard const hold{lock_};
  if (me.state != detail::wait_state::cancelled && count_ == 0) {
    me.state = detail::wait_state::served;
    return true;
  }
  return !me.enqueue();
}

auto wait_group::wait_blocking(context const& ctx) -> result<void> {
  detail::refuse_on_worker("wait_group");
  detail::plain_place me;
  parker sleeping;
  me.thread = &sleeping;
  if (!wait_or_pass(me, ctx)) sleeping.park();
  me.settle();
  if (me.state == detail::wait_state::cancelled)
    return failure(ctx.err().value_or(errc::cancelled));
  return {};
}

auto wait_group_operation::queue() noexcept -> bool { return !group_.wait_or_pass(me_, ctx_); }

auto wait_group_operation::await_resume() noexcept -> result<void> {
  me_.settle();
  if (me_.state == detail::wait_state::cancelled)
    return failure(ctx_.err().value_or(errc::cancelled));
  return {};
}

}  // namespace sluice
