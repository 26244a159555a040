#include <sluice/context/detail/context_node.hpp>

#include <memory>
#include <new>
#include <utility>

#include <sluice/context/detail/node_store.hpp>
#include <sluice/task/frame_pool.hpp>

namespace sluice::detail {

context_node::context_node(context_tree& tree, node_store* store) noexcept
    : tree_(&tree), store_(store) {
  if (store_ != nullptr) store_->hold();
}

auto context_node::timed() noexcept -> timed_context_node& { return static_cast<timed_context_node&>(*this); }

void context_node::free() noexcept {
  auto* const store = store_;
  auto const size = has_timer_ ? sizeof(timed_context_node) : sizeof(context_node);
  if (has_timer_) std::destroy_at(&timed());
  else this->~context_node();
  if (store == nullptr) {
    free_block(this, size);
  } else {
    store->give_back(this);
    store->let_go();
  }
}

auto context_node::make_root(executor* home) -> context_node* {
  auto tree = std::make_unique<context_tree>();
  auto* const root = ::new (allocate_block(sizeof(context_node))) context_node(*tree, nullptr);
  tree->root = root;
  tree->home.store(home, std::memory_order_release);
  (void)tree.release();
  return root;
}

auto context_node::make_child(context_node& parent, instant deadline, std::optional<error> late,
                              node_store* store) -> context_node* {
  auto const own_deadline = deadline < parent.deadline_;
  auto const size = own_deadline ? sizeof(timed_context_node) : sizeof(context_node);
  void* const room = store != nullptr ? store->take() : allocate_block(size);
  auto* const child = own_deadline ? ::new (room) timed_context_node(*parent.tree_, store)
                                   : ::new (room) context_node(*parent.tree_, store);
  child->has_timer_ = own_deadline;
  child->deadline_ = own_deadline ? deadline : parent.deadline_;
  parent.hold();
  child->parent_ = &parent;

  std::unique_lock hold{parent.tree_->lock};
  if (auto const how = parent.ended_.load(std::memory_order_relaxed); how != 0) {
    child->cause_ = parent.cause_;
    child->ended_.store(how, std::memory_order_release);
    return child;
  }
  if (own_deadline) {
    auto& timed = child->timed();
    timed.late_cause = std::move(late);
    auto& timers = *parent.timers();
    if (deadline <= timers.now()) {
      child->cause_ = timed.late_cause;
      child->ended_.store(static_cast<std::uint8_t>(errc::deadline_exceeded),
                          std::memory_order_release);
      return child;
    }
    timed.timer.due = deadline;
    timed.timer.owner = &timed;
    timed.timer.fire = &deadline_passed;
    try {
      timers.add(timed.timer);
    } catch (...) {
      hold.unlock();
      child->let_go();
      throw;
    }
    child->timed_ = true;
  }
  parent.children_.push_back(*child);
  return child;
}

// A node whose last owner is just leaving waits, in `let_go`, for this handler: it must not
// come back to life here.
void context_node::deadline_passed(timer_entry& entry) noexcept {
  auto& owner = *static_cast<timed_context_node::deadline_entry&>(entry).owner;
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
  owner.end(errc::deadline_exceeded, owner.late_cause);
  owner.let_go();
}

// The last owner takes it out of whatever it is in. Returns the parent that it held.
auto context_node::leave_tree() noexcept -> context_node* {
  if (ended_.load(std::memory_order_acquire) != 0 && !timed_) return parent_;  // end: it is in nothing any more
  bool timed_out = false;
  {
    std::lock_guard const hold{tree_->lock};
    timed_out = timed_;
    if (static_cast<list_node<siblings>*>(this)->linked()) parent_->children_.remove(*this);
  }
  // Or waits for `deadline_passed` to look away.
  if (auto* const at = timed_out ? timers() : nullptr) at->remove(timed().timer);
  return parent_;
}

// Who sees that there is no other owner is the last one, for only an owner can make another; or a timer.
auto context_node::leaves_last() noexcept -> bool {
  return (!has_timer_ && owners_.load(std::memory_order_acquire) == 1) ||
         owners_.fetch_sub(1, std::memory_order_acq_rel) == 1;
}

void context_node::let_go() noexcept {
  auto* node = this;
  while (node != nullptr && node->leaves_last()) {
    auto* const parent = node->leave_tree();
    auto* const tree = node->tree_->root == node ? node->tree_ : nullptr;
    node->free();
    delete tree;
    node = parent;  // the child held its parent: no recursion, however deep
  }
}

auto context_node::cause() const -> std::optional<error> {
  auto const code = ended();
  if (!code) return std::nullopt;
  return cause_ ? cause_ : std::optional<error>{*code};
}

// Under the lock: its handlers join those that are due, its children those that end next.
void context_node::end_one(errc how, cancel_sweep& into, intrusive_list<context_node, siblings>& next) noexcept {
  // A handler that runs at this moment is left to be waited for in `let_go`.
  if (timed_ && timers()->withdraw(timed().timer)) timed_ = false;
  while (auto* const handler = handlers_.pop_front()) {
    handler->sweep.store(&into, std::memory_order_relaxed);
    into.due.push_back(*handler);
  }
  while (auto* const child = children_.pop_front()) {
    if (cause_) child->cause_ = cause_;
    next.push_back(*child);
  }
  ended_.store(static_cast<std::uint8_t>(how), std::memory_order_release);  // end
}

void context_node::end(errc how, std::optional<error> cause) noexcept {
  if (ended_.load(std::memory_order_acquire) != 0 && !tree_->ending.load(std::memory_order_acquire)) return;  // swept
  cancel_sweep sweep;
  sweep.runner = std::this_thread::get_id();
  std::unique_lock hold{tree_->lock};
  if (ended_.load(std::memory_order_relaxed) != 0) return;
  this->hold();  // a handler may let go of the last other reference
  if (static_cast<list_node<siblings>*>(this)->linked()) parent_->children_.remove(*this);
  cause_ = std::move(cause);

  // Depth first without recursion: an ended node hands its children to the list being worked off.
  intrusive_list<context_node, siblings> ending;
  tree_->ending.store(true, std::memory_order_relaxed);  // before the first `ended_`: who sees that sees this
  for (context_node* node = this; node != nullptr; node = ending.pop_front()) node->end_one(how, sweep, ending);
  tree_->ending.store(false, std::memory_order_release);  // swept
  if (!sweep.due.empty()) hearing::announce();  // all of them are in the sweep by now, and see the end
  while (auto* handler = sweep.due.pop_front()) {
    sweep.running = handler;
    hold.unlock();
    handler->fire(*handler);
    hold.lock();
    if (sweep.running == handler)  // else it was removed by its own call
      handler->sweep.store(nullptr, std::memory_order_release);  // fired
    sweep.running = nullptr;
    if (tree_->awaiting != 0) tree_->fired.notify_all();
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
  // A node that has ended has handed over its handlers: what is in no sweep has fired, and returned.
  auto const handed_over = ended_.load(std::memory_order_acquire) != 0;                               // end
  if (handed_over && handler.sweep.load(std::memory_order_acquire) == nullptr) return false;  // fired
  std::unique_lock hold{tree_->lock};
  auto* const sweep = handler.sweep.load(std::memory_order_relaxed);
  if (handler.linked()) {
    (sweep != nullptr ? sweep->due : handlers_).remove(handler);
    handler.sweep.store(nullptr, std::memory_order_relaxed);  // it may be added again elsewhere
    return true;
  }
  if (sweep == nullptr) return false;
  if (sweep->runner == std::this_thread::get_id()) {  // called from inside its own call
    sweep->running = nullptr;
    handler.sweep.store(nullptr, std::memory_order_relaxed);
  } else {
    ++tree_->awaiting;
    tree_->fired.wait(hold, [&] { return handler.sweep.load(std::memory_order_relaxed) == nullptr; });
    --tree_->awaiting;
  }
  return false;
}

auto context_node::children() const noexcept -> std::size_t {
  std::lock_guard const hold{tree_->lock};
  return children_.size();
}

}  // namespace sluice::detail
