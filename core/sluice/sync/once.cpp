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
    runner_ = nullptr;
    done_.store(true, std::memory_order_release);  // done
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
      runner_ = nullptr;
      return;
    }
    auto& promoted = static_cast<wait_at_gate::place&>(*woken);
    promoted.runs = true;
    runner_ = promoted.who;
    promoted.serve();
  }
  woken->wake();
}

auto wait_at_gate::enter(place& me, context const& ctx) const -> bool {
  me.who = identity(me);
  {
    std::lock_guard const hold{gate->lock_};
    if (gate->runner_ == me.who)
      throw misuse("once", "called from inside the call that it is running");
  }
  return enter_queue(me, ctx, gate->lock_, gate->waiting_, [&] {
    if (gate->done()) return true;
    if (gate->runner_ != nullptr) return false;
    gate->runner_ = me.who;
    me.runs = true;
    return true;
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
