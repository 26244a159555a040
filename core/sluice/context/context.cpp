#include <sluice/context/context.hpp>

#include <memory>

#include <sluice/base/contract.hpp>
#include <sluice/context/waiting.hpp>

namespace sluice {
namespace detail {

context_node::context_node(context_tree& tree, timer_service* timers) noexcept
    : tree_(&tree), timers_(timers) {
  tree_->nodes.fetch_add(1, std::memory_order_relaxed);
}

context_node::~context_node() = default;

auto context_node::make_root(timer_service* timers) -> context_node* {
  auto tree = std::make_unique<context_tree>();
  auto* const root = new context_node(*tree, timers);
  (void)tree.release();
  return root;
}

auto context_node::make_child(context_node& parent, instant deadline, std::optional<error> late)
    -> context_node* {
  auto* const child = new context_node(*parent.tree_, parent.timers_);
  auto const own_deadline = deadline < parent.deadline_;
  child->deadline_ = own_deadline ? deadline : parent.deadline_;
  child->late_cause_ = std::move(late);

  std::unique_lock hold{parent.tree_->lock};
  if (auto const how = parent.ended_.load(std::memory_order_relaxed); how != 0) {
    child->cause_ = parent.cause_;
    child->ended_.store(how, std::memory_order_release);
    return child;
  }
  if (own_deadline && deadline <= child->timers_->now()) {
    child->cause_ = child->late_cause_;
    child->ended_.store(static_cast<std::uint8_t>(errc::deadline_exceeded),
                        std::memory_order_release);
    return child;
  }
  if (own_deadline) {
    child->timer_.due = deadline;
    child->timer_.owner = child;
    child->timer_.fire = &deadline_passed;
    try {
      child->timers_->add(child->timer_);
    } catch (...) {
      hold.unlock();
      child->let_go();
      throw;
    }
    child->timed_ = true;
  }
  parent.hold();
  child->parent_ = &parent;
  parent.children_.push_back(*child);
  return child;
}

// A node whose last owner is just leaving waits, in `let_go`, for this handler: it must not
// come back to life here.
void context_node::deadline_passed(timer_entry& entry) noexcept {
  auto& owner = *static_cast<deadline_entry&>(entry).owner;
  auto owners = owner.owners_.load(std::memory_order_relaxed);
  while (owners != 0 && !owner.owners_.compare_exchange_weak(owners, owners + 1,
                                                             std::memory_order_acq_rel,
                                                             std::memory_order_relaxed)) {
  }
  if (owners == 0) return;
  {
    std::lock_guard const hold{owner.tree_->lock};
    owner.timed_ = false;  // from here on it is this reference that keeps the node, not the wait in `let_go`
  }
  owner.end(errc::deadline_exceeded, owner.late_cause_);
  owner.let_go();
}

void context_node::let_go() noexcept {
  auto* node = this;
  while (node != nullptr && node->owners_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    context_node* parent = nullptr;
    bool timed = false;
    {
      std::lock_guard const hold{node->tree_->lock};
      timed = node->timed_;
      parent = std::exchange(node->parent_, nullptr);
      if (static_cast<list_node<siblings>*>(node)->linked()) parent->children_.remove(*node);
    }
    if (timed) node->timers_->remove(node->timer_);  // or waits for `deadline_passed` to look away
    auto* const tree = node->tree_;
    delete node;
    if (tree->nodes.fetch_sub(1, std::memory_order_acq_rel) == 1) delete tree;
    node = parent;  // the child held its parent: no recursion, however deep
  }
}

auto context_node::cause() const -> std::optional<error> {
  auto const code = ended();
  if (!code) return std::nullopt;
  return cause_ ? cause_ : std::optional<error>{*code};
}

void context_node::end(errc how, std::optional<error> cause) noexcept {
  cancel_sweep sweep;
  sweep.runner = std::this_thread::get_id();
  std::unique_lock hold{tree_->lock};
  if (ended_.load(std::memory_order_relaxed) != 0) return;

  // Depth first without recursion: an ended node hands its children to the list being worked off.
  intrusive_list<context_node, siblings> ending;
  cause_ = std::move(cause);
  for (context_node* node = this; node != nullptr;) {
    node->ended_.store(static_cast<std::uint8_t>(how), std::memory_order_release);
    // A handler that runs at this moment is left to be waited for in `let_go`.
    if (node->timed_ && node->timers_->withdraw(node->timer_)) node->timed_ = false;
    while (auto* handler = node->handlers_.pop_front()) {
      handler->sweep = &sweep;
      sweep.due.push_back(*handler);
    }
    while (auto* child = node->children_.pop_front()) {
      if (child->ended_.load(std::memory_order_relaxed) != 0) continue;  // it ended first
      child->cause_ = node->cause_;
      ending.push_back(*child);
    }
    node = ending.pop_front();
  }

  while (auto* handler = sweep.due.pop_front()) {
    sweep.running = handler;
    hold.unlock();
    handler->fire(*handler);
    hold.lock();
    if (sweep.running == handler) handler->sweep = nullptr;  // else it was removed by its own call
    sweep.running = nullptr;
    tree_->fired.notify_all();
  }
}

auto context_node::add(context_handler& handler) noexcept -> bool {
  std::lock_guard const hold{tree_->lock};
  if (ended_.load(std::memory_order_relaxed) != 0) return false;
  handlers_.push_back(handler);
  return true;
}

auto context_node::remove(context_handler& handler) noexcept -> bool {
  std::unique_lock hold{tree_->lock};
  if (handler.linked()) {
    (handler.sweep != nullptr ? handler.sweep->due : handlers_).remove(handler);
    return true;
  }
  if (handler.sweep == nullptr) return false;                // fired, and returned
  if (handler.sweep->runner == std::this_thread::get_id()) {  // called from inside its own call
    handler.sweep->running = nullptr;
  } else {
    tree_->fired.wait(hold, [&] { return handler.sweep == nullptr; });
  }
  return false;
}

auto wait_on_nothing(cancellable_waiter& me, context const& ctx) noexcept -> bool {
  static std::mutex lock;
  static wait_list nowhere;
  if (!me.listen(ctx, lock, nowhere)) {
    me.state = wait_state::cancelled;
    return false;
  }
  std::lock_guard const hold{lock};
  return me.enqueue();
}

}  // namespace detail

auto with_cancel(context const& parent) -> cancel_scope {
  if (parent.node() == nullptr) return cancel_scope{context{detail::context_node::make_root(nullptr)}};
  return cancel_scope{
      context{detail::context_node::make_child(*parent.node(), never, std::nullopt)}};
}

auto with_deadline(context const& parent, instant at, std::optional<error> cause) -> cancel_scope {
  if (parent.node() == nullptr || parent.node()->timers() == nullptr)
    throw misuse("with_deadline", "the static background has no clock; start from runtime::background()");
  return cancel_scope{
      context{detail::context_node::make_child(*parent.node(), at, std::move(cause))}};
}

auto with_timeout(context const& parent, duration after, std::optional<error> cause)
    -> cancel_scope {
  auto* const node = parent.node();
  if (node == nullptr || node->timers() == nullptr)
    throw misuse("with_timeout", "the static background has no clock; start from runtime::background()");
  return with_deadline(parent, saturating_add(node->timers()->now(), after), std::move(cause));
}

}  // namespace sluice
