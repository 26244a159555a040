#include <sluice/context/detail/context_node.hpp>

#include <memory>
#include <new>
#include <utility>

#include <sluice/context/detail/node_store.hpp>

namespace sluice::detail {

context_node::context_node(context_tree& tree, node_store* store) noexcept
    : tree_(&tree), store_(store) {
  tree_->nodes.fetch_add(1, std::memory_order_relaxed);
  if (store_ != nullptr) store_->hold();
}

context_node::~context_node() = default;

void context_node::free() noexcept {
  auto* const store = store_;
  if (store == nullptr) {
    delete this;
  } else {
    this->~context_node();
    store->give_back(this);
    store->let_go();
  }
}

auto context_node::make_root(executor* home) -> context_node* {
  auto tree = std::make_unique<context_tree>();
  auto* const root = new context_node(*tree, nullptr);
  tree->root = root;
  tree->home.store(home, std::memory_order_release);
  (void)tree.release();
  return root;
}

auto context_node::make_child(context_node& parent, instant deadline, std::optional<error> late,
                              node_store* store) -> context_node* {
  void* const room = store != nullptr ? store->take() : ::operator new(sizeof(context_node));
  auto* const child = ::new (room) context_node(*parent.tree_, store);
  auto const own_deadline = deadline < parent.deadline_;
  child->deadline_ = own_deadline ? deadline : parent.deadline_;
  child->late_cause_ = std::move(late);

  std::unique_lock hold{parent.tree_->lock};
  if (auto const how = parent.ended_.load(std::memory_order_relaxed); how != 0) {
    child->cause_ = parent.cause_;
    child->ended_.store(how, std::memory_order_release);
    return child;
  }
  if (own_deadline) {
    auto& timers = *parent.timers();
    if (deadline <= timers.now()) {
      child->cause_ = child->late_cause_;
      child->ended_.store(static_cast<std::uint8_t>(errc::deadline_exceeded),
                          std::memory_order_release);
      return child;
    }
    child->timer_.due = deadline;
    child->timer_.owner = child;
    child->timer_.fire = &deadline_passed;
    try {
      timers.add(child->timer_);
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
    owner.timed_ = false;  // from here on this reference keeps the node, not the wait in `let_go`
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
    // Or waits for `deadline_passed` to look away.
    if (auto* const timers = timed ? node->timers() : nullptr) timers->remove(node->timer_);
    auto* const tree = node->tree_;
    node->free();
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
  this->hold();  // a handler may let go of the last other reference
  if (static_cast<list_node<siblings>*>(this)->linked()) parent_->children_.remove(*this);

  // Depth first without recursion: an ended node hands its children to the list being worked off.
  intrusive_list<context_node, siblings> ending;
  cause_ = std::move(cause);
  for (context_node* node = this; node != nullptr;) {
    node->ended_.store(static_cast<std::uint8_t>(how), std::memory_order_release);
    // A handler that runs at this moment is left to be waited for in `let_go`.
    if (node->timed_ && node->timers()->withdraw(node->timer_)) node->timed_ = false;
    while (auto* handler = node->handlers_.pop_front()) {
      handler->sweep = &sweep;
      sweep.due.push_back(*handler);
    }
    while (auto* child = node->children_.pop_front()) {
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
  if (tree_->root == this) tree_->home.store(nullptr, std::memory_order_release);
  hold.unlock();
  let_go();
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
    handler.sweep = nullptr;
  } else {
    tree_->fired.wait(hold, [&] { return handler.sweep == nullptr; });
  }
  return false;
}

auto context_node::children() const noexcept -> std::size_t {
  std::lock_guard const hold{tree_->lock};
  return children_.size();
}

}  // namespace sluice::detail
