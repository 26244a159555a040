// waiting — one place in a queue that a context can end: what every suspending operation is made of.
#pragma once

#include <mutex>
#include <utility>

#include <sluice/context/context.hpp>
#include <sluice/task/waiter.hpp>

namespace sluice::detail {

/// How a wait stands.
enum class wait_state : std::uint8_t {
  outside,    ///< in no queue
  queued,     ///< in the queue, to be woken by a partner
  served,     ///< a partner took it out and did what it wanted
  cancelled,  ///< its context ended first
};

/// A waiter that its context can take out of the queue again.
///
/// Invariant  `state` changes under the lock of the queue's owner alone; whoever moves it from
///            `queued` to something else takes it out of the queue and wakes it, once.
/// Order      the handler is added before the waiter is queued, and removed by the waiter itself
///            when it goes on: in between, ending the context finds either place.
class cancellable_waiter : public waiter {
 public:
  cancellable_waiter() noexcept = default;
  cancellable_waiter(cancellable_waiter const&) = delete;
  auto operator=(cancellable_waiter const&) -> cancellable_waiter& = delete;

  wait_state state = wait_state::outside;  ///< under the owner's lock

  /// Before queueing: learns of the end of `ctx`. False when it has ended already.
  [[nodiscard]] auto listen(context const& ctx, std::mutex& owner, wait_list& queue) noexcept
      -> bool {
    owner_ = &owner;
    queue_ = &queue;
    if (ctx.node() == nullptr) return true;
    if (!ctx.node()->add(handler_)) return false;
    node_ = ctx.node();
    return true;
  }

  /// Under the owner's lock: joins the queue, unless the context has ended meanwhile.
  [[nodiscard]] auto enqueue() noexcept -> bool {
    if (state == wait_state::cancelled) return false;
    state = wait_state::queued;
    queue_->push_back(*this);
    return true;
  }

  /// Under the owner's lock, by a partner that has taken it out of the queue. Wake it afterwards.
  void serve() noexcept { state = wait_state::served; }

  /// After the wait: stops listening. The state is the waiter's own from here on.
  void settle() noexcept {
    if (node_ != nullptr) {
      node_->remove(handler_);
      node_ = nullptr;
    }
    owner_ = nullptr;
  }

  /// Called after leaving the queue because the context ended, under the owner's lock: for owners
  /// that must look at those behind it.
  void (*left)(cancellable_waiter& gone) noexcept = nullptr;

  /// First thing in the destructor of whatever derives from this: the coroutine that waits here may
  /// be going away before its turn has come.
  void abandon() noexcept {
    auto* const owner = owner_;
    if (owner == nullptr) return;
    settle();
    std::lock_guard const hold{*owner};
    if (state != wait_state::queued) return;
    queue_->remove(*this);
    state = wait_state::cancelled;
    if (left != nullptr) left(*this);
  }

 protected:
  ~cancellable_waiter() = default;

 private:
  struct handler final : context_handler {
    explicit handler(cancellable_waiter& waits) noexcept
        : context_handler(&handler::fired), self(&waits) {}
    static void fired(context_handler& base) noexcept {
      auto& self = *static_cast<handler&>(base).self;
      {
        std::lock_guard const hold{*self.owner_};
        if (self.state == wait_state::outside) {  // not queued yet: `enqueue` will see it
          self.state = wait_state::cancelled;
          return;
        }
        if (self.state != wait_state::queued) return;
        self.queue_->remove(self);
        self.state = wait_state::cancelled;
        if (self.left != nullptr) self.left(self);
      }
      self.wake();
    }
    cancellable_waiter* self;
  };

  handler handler_{*this};
  context_node* node_ = nullptr;
  std::mutex* owner_ = nullptr;
  wait_list* queue_ = nullptr;
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
auto enter_queue(cancellable_waiter& me, context const& ctx, std::mutex& lock, wait_list& queue,
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
auto enter_queue(cancellable_waiter& me, context const& ctx, std::mutex& lock, wait_list& queue,
                 Grant grant) -> bool {
  return enter_queue(me, ctx, lock, queue, std::move(grant), [] {});
}

/// Under the owner's lock: serves all of `queue` and moves them to `woken`.
inline void serve_all(wait_list& queue, wait_list& woken) noexcept {
  while (auto* const next = queue.pop_front()) {
    static_cast<cancellable_waiter&>(*next).serve();
    woken.push_back(*next);
  }
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

/// Suspends until `ctx` ends, for a partner that never comes. False when it has ended already.
[[nodiscard]] auto wait_on_nothing(cancellable_waiter& me, context const& ctx) noexcept -> bool;

}  // namespace sluice::detail
