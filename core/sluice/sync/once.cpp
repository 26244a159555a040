#include <sluice/sync/once.hpp>

#include <sluice/base/contract.hpp>

namespace sluice::detail {
namespace {

// Who asks: the task, or something that is this thread's alone.
auto identity(waiter const& me) noexcept -> void const* {
  thread_local constinit char this_thread = 0;
  return me.task != nullptr ? static_cast<void const*>(me.task) : &this_thread;
}

}  // namespace

void once_turn::finish() noexcept {
  if (auto* const mine = std::exchange(mine_, nullptr)) mine->finish();
}

void once_turn::give_up() noexcept {
  if (auto* const mine = std::exchange(mine_, nullptr)) mine->next();
}

once_gate::~once_gate() {
  std::lock_guard const hold{lock_};  // whoever ran it may be on the way out
  if (!waiting_.empty()) terminate_misuse("once", "destroyed while somebody waits for its end");
}

void once_gate::finish() noexcept {
  wait_list released;
  {
    std::lock_guard const hold{lock_};
    state_.finish();
    serve_all(waiting_, released);
  }
  wake_all(released);
}

void once_gate::next() noexcept {
  waiter* woken = nullptr;
  {
    std::lock_guard const hold{lock_};
    woken = waiting_.pop_front();
    if (woken == nullptr) {
      state_.pass_on(nullptr);
      return;
    }
    auto& promoted = static_cast<wait_at_gate::place&>(*woken);
    promoted.runs = true;
    state_.pass_on(promoted.who);
    promoted.serve();
  }
  woken->wake();
}

auto wait_at_gate::enter(place& me, context const& ctx) const -> bool {
  me.who = identity(me);
  {
    std::lock_guard const hold{gate->lock_};
    if (gate->state_.runs(me.who))
      throw misuse("once", "called from inside the call that it is running");
  }
  return enter_queue(me, ctx, gate->lock_, gate->waiting_, [&] {
    auto const turn = gate->state_.enter(me.who);
    me.runs = turn == once_state::turn::runs;
    return turn != once_state::turn::waits;
  });
}

void wait_at_gate::give_back(place& me) const noexcept {
  if (me.runs) gate->next();
}

auto no_context() noexcept -> context const& {
  static context const none = context::background();
  return none;
}

}  // namespace sluice::detail
