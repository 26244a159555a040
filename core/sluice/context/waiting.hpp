// waiting — one place in a queue that a context can end: what every suspending operation is made of.
#pragma once

#include <mutex>
#include <utility>

#include <sluice/atomics/spin_lock.hpp>
#include <sluice/context/context.hpp>
#include <sluice/probe/wait_note.hpp>
#include <sluice/task/wait_place.hpp>
#include <sluice/task/waiter.hpp>

namespace sluice::detail {

/// Where the calling thread hears of the end of a context while it is blocked.
inline thread_local constinit hearing thread_hears;

/// Makes `ears` hear of the end of `node` from now on. False when that has come already.
[[nodiscard]] auto hear(hearing& ears, context_node& node) noexcept -> bool;

/// A waiter that its context can take out of the queue again.
///
/// Order      the waiter is found through its task's slot before it is queued, and takes itself out
///            of there when it goes on: in between, ending the context finds either place.
class cancellable_waiter : public basic_wait_place<cancellable_waiter, waiter, spin_lock> {
 public:
  /// Before queueing, not under the owner's lock: learns of the end of `ctx`. False when it has ended
  /// already.
  [[nodiscard]] auto listen(context const& ctx, spin_lock& owner, wait_list& queue) noexcept -> bool {
    if (!prepared_for(ctx) && !prepare(ctx)) return false;
    if (listen_prepared(ctx, ears(), owner, queue)) return true;
    disarm(ears(), task != nullptr);
    return false;
  }

  /// The same in two parts, of which the second takes no lock and may stand under the owner's. When it
  /// says false, whoever ends the context may still look at this place until it has settled.
  [[nodiscard]] auto prepared_for(context const& ctx) const noexcept -> bool {
    return prepared_for(ctx, ears());
  }
  [[nodiscard]] static auto prepared_for(context const& ctx, hearing const& ears) noexcept -> bool {
    return ctx.node() == nullptr || ears.node == ctx.node();
  }
  [[nodiscard]] auto prepare(context const& ctx) const noexcept -> bool {
    return hear(ears(), *ctx.node());
  }
  [[nodiscard]] auto listen_prepared(context const& ctx, hearing& ears, spin_lock& owner,
                                     wait_list& queue) noexcept -> bool {
    return listen_by(ctx, owner, queue, [&] { ears.slot.arm(*this); });
  }
  /// The same where there is a light fence, as there is where a lock has an owner.
  [[nodiscard]] auto listen_lightly(context const& ctx, hearing& ears, spin_lock& owner, wait_list& queue) noexcept -> bool {
    return listen_by(ctx, owner, queue, [&] { ears.slot.arm_lightly(*this); });
  }
  /// Where whoever waits here hears of the end of a context.
  [[nodiscard]] auto ears() const noexcept -> hearing& {
    return task != nullptr ? task->hears() : thread_hears;
  }

  /// After the wait: stops listening. The state is the waiter's own from here on.
  void settle() noexcept {
    if (armed_) disarm(ears(), task != nullptr);
    is_over();
  }
  /// The same by who knows that it is a task that has waited.
  void settle_task() noexcept {
    if (armed_) disarm(task->hears(), true);
    is_over();
  }

  /// First thing in the destructor of whatever derives from this: the coroutine that waits here may
  /// be going away before its turn has come.
  void abandon() noexcept {
    if (goes_anywhere()) abandon_place();
  }

  /// By who has ended its context: whom to wake afterwards.
  struct interrupted {
    task_control* task = nullptr;
    parker* thread = nullptr;
  };
  [[nodiscard]] auto interrupt() noexcept -> interrupted {
    if (!interrupted_in_queue()) return {};
    return {task, thread};
  }

 protected:
  ~cancellable_waiter() = default;

 private:
  [[nodiscard]] auto listen_by(context const& ctx, spin_lock& owner, wait_list& queue, auto const& arm) noexcept -> bool {
    goes_to(owner, queue);
    if (ctx.node() == nullptr) return true;
    armed_ = true;
    arm();
    return !ctx.node()->ended();
  }
  [[gnu::noinline]] void abandon_place() noexcept {
    auto& at = *owner();
    settle();
    leave(at);
  }
  // A context that has ended is let go at once; a thread does not go on hearing of any.
  void disarm(hearing& ears, bool goes_on_hearing) noexcept {
    armed_ = false;
    ears.disarm();
    if (!goes_on_hearing || state == wait_state::cancelled) [[unlikely]] ears.stop();
  }

  bool armed_ = false;  // whether the end of its context finds it
};

/// A place in a queue and nothing more.
struct plain_place : cancellable_waiter {
  ~plain_place() { abandon(); }
};

/// What most waits begin with: fails when `ctx` has ended, else asks `grant` under the lock, which takes
/// what is wanted and says true, or leaves all as it is and says false; then `me` joins `queue`.
/// `queued` is called, still under the lock, once `me` is in it. Who need not wait does not listen
/// for the end of its context.
template <class Grant, class Queued>
auto enter_queue(cancellable_waiter& me, context const& ctx, spin_lock& lock, wait_list& queue,
                 Grant grant, Queued queued) -> bool {
  if (ctx.done()) {
    me.state = wait_state::cancelled;
    return true;
  }
  {
    std::lock_guard const hold{lock};
    if (grant()) {
      me.state = wait_state::served;
      return true;
    }
  }
  if (!me.listen(ctx, lock, queue)) {
    me.state = wait_state::cancelled;
    return true;
  }
  std::lock_guard const hold{lock};
  if (me.state == wait_state::cancelled) return true;
  if (grant()) {
    me.state = wait_state::served;
    return true;
  }
  if (!me.enqueue()) return true;
  queued();
  return false;
}

template <class Grant>
auto enter_queue(cancellable_waiter& me, context const& ctx, spin_lock& lock, wait_list& queue,
                 Grant grant) -> bool {
  return enter_queue(me, ctx, lock, queue, std::move(grant), [] {});
}

/// Under the owner's lock: serves the longest-waiting one, which is to be woken; null when there is none. A case of a
/// select has no more state than its decision.
inline auto serve_first(wait_list& queue) noexcept -> waiter* {
  auto* const first = pop_served(queue);
  if (first != nullptr && first->of_select == nullptr) static_cast<cancellable_waiter&>(*first).serve();
  return first;
}

/// The same with all of `queue`, which it moves to `woken`.
inline void serve_all(wait_list& queue, wait_list& woken) noexcept {
  while (auto* const next = serve_first(queue)) woken.push_back(*next);
}

/// Without the lock: wakes all of `woken`.
inline void wake_all(wait_list& woken) noexcept {
  while (auto* const next = woken.pop_front()) next->wake();
}

/// Waits on a plain thread: `enter` says true when there is no need to, else it has queued `me`.
void block_thread(cancellable_waiter& me, auto const& enter) {
  parker sleeping;
  me.thread = &sleeping;
  if (!enter()) sleeping.park();
}

/// The same, and instruments learn of the wait, which is for `what`.
void block_thread(cancellable_waiter& me, char const* what, auto const& enter) {
  probe::thread_wait sleeps;
  block_thread(me, [&] {
    auto const at_once = enter();
    if (!at_once) sleeps.begin(what);
    return at_once;
  });
}

/// Suspends until `ctx` ends, for a partner that never comes. False when it has ended already.
[[nodiscard]] auto wait_on_nothing(cancellable_waiter& me, context const& ctx) noexcept -> bool;

}  // namespace sluice::detail
