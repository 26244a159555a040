#include <sluice/context/context.hpp>

#include <mutex>
#include <utility>

#include <sluice/atomics/parker.hpp>
#include <sluice/atomics/spin_lock.hpp>
#include <sluice/base/contract.hpp>
#include <sluice/context/waiting.hpp>

namespace sluice {
namespace detail {
namespace {

void context_ended(context_handler& base) noexcept {
  auto const who = static_cast<hearing&>(base).slot.interrupt(
      [](cancellable_waiter& waits) noexcept { return waits.interrupt(); });
  if (who.task != nullptr) who.task->schedule();
  if (who.thread != nullptr) who.thread->unpark();
}

}  // namespace

void forget_context(hearing& ears) noexcept {
  auto* const node = std::exchange(ears.node, nullptr);
  (void)node->remove(ears);
  node->let_go();
}

auto hear(hearing& ears, context_node& node) noexcept -> bool {
  ears.stop();
  ears.fire = &context_ended;
  if (!node.add(ears)) return false;
  node.hold();
  ears.node = &node;
  return true;
}

auto wait_on_nothing(cancellable_waiter& me, context const& ctx) noexcept -> bool {
  static spin_lock lock;
  static wait_list nowhere;
  if (!me.listen(ctx, lock, nowhere)) {
    me.state = wait_state::cancelled;
    return false;
  }
  std::lock_guard const hold{lock};
  return me.enqueue();
}

void context_access::check_parent(context const& parent, char const* primitive) {
  if (parent.values_ == value_link::moved_from())
    throw misuse(primitive, "the parent is a context that has been moved from");
}

void context_access::check_clock(context const& parent, char const* primitive) {
  check_parent(parent, primitive);
  if (!parent.done() && (parent.node() == nullptr || parent.node()->timers() == nullptr))
    throw misuse(primitive, "the static background has no clock; start from runtime::background()");
}

auto context_access::deadline_after(context const& parent, duration after) -> instant {
  check_clock(parent, "with_timeout");
  if (parent.done()) return never;  // the child has ended at once, whatever the time
  return saturating_add(parent.node()->timers()->now(), after);
}

auto context_access::child(context const& parent, instant deadline, std::optional<error> late,
                           node_store* store) -> cancel_scope {
  check_parent(parent, "with_cancel");
  auto* const above = parent.node();
  auto* const made = above == nullptr
                         ? context_node::make_root(nullptr)
                         : context_node::make_child(*above, deadline, std::move(late), store);
  return own(make(made, share_values(parent)));
}

auto context_access::child_with(context const& parent, value_link* values, instant deadline)
    -> cancel_scope {
  auto* const above = parent.node();
  auto* const made = above == nullptr
                         ? context_node::make_root(nullptr)
                         : context_node::make_child(*above, never, std::nullopt, nullptr);
  made->expect_end(deadline);
  return own(make(made, values));
}

}  // namespace detail

using detail::context_access;

auto context::ended_blocking() const -> errc {
  detail::refuse_on_worker("context");
  if (node_ == nullptr) throw misuse("context", "a thread would wait for ever on what never ends");
  struct wake_thread : detail::context_handler {
    wake_thread() noexcept : context_handler(&wake_thread::ended) {}
    static void ended(context_handler& self) noexcept {
      static_cast<wake_thread&>(self).sleeping.unpark();
    }
    parker sleeping;
  } me;
  if (node_->add(me)) {
    me.sleeping.park();
    node_->remove(me);
  }
  return *node_->ended();
}

auto context::root(executor& home) -> cancel_scope {
  return context_access::own(context{detail::context_node::make_root(&home), nullptr});
}

auto with_cancel(context const& parent) -> cancel_scope {
  return context_access::child(parent, never, std::nullopt, nullptr);
}

auto with_deadline(context const& parent, instant at, std::optional<error> cause) -> cancel_scope {
  context_access::check_clock(parent, "with_deadline");
  return context_access::child(parent, at, std::move(cause), nullptr);
}

auto with_timeout(context const& parent, duration after, std::optional<error> cause)
    -> cancel_scope {
  auto const at = context_access::deadline_after(parent, after);
  return context_access::child(parent, at, std::move(cause), nullptr);
}

auto without_cancel(context const& parent) -> context {
  context_access::check_parent(parent, "without_cancel");
  // The root of a runtime's tree ends after all that runs there; a tree without one has no such
  // place.
  auto* const root = parent.node() != nullptr && parent.node()->home() != nullptr
                         ? parent.node()->root()
                         : nullptr;
  if (root != nullptr) root->hold();
  return context_access::make(root, context_access::share_values(parent));
}

}  // namespace sluice
