// context_node — one context in its tree. Private to its room.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include <sluice/atomics/biased_mutex.hpp>
#include <sluice/base/error.hpp>
#include <sluice/base/intrusive_list.hpp>
#include <sluice/task/executor.hpp>
#include <sluice/task/hearing.hpp>
#include <sluice/task/timer_service.hpp>

namespace sluice::detail {

class node_store;
struct timed_context_node;

/// What the contexts of one tree share. Lives as long as its root, which all others hold.
/// Invariant  links, handlers and outcomes of all its nodes change only under `lock`; no handler
///            runs under it; `ending` is for those who do not take it. `home` is the runtime of the
///            tree until its root ends, which it does when the runtime goes; null in a tree that has
///            none.
struct context_tree {
  biased_mutex lock;
  std::condition_variable_any fired;
  unsigned awaiting = 0;  // under the lock: who waits for a handler that runs
  std::atomic<executor*> home{nullptr};
  std::atomic<bool> ending{false};  // some of the nodes below one that has ended may not have yet
  context_node* root = nullptr;
};

struct siblings {};

/// Invariant  `ended_` is written once, under the tree's lock, as the last that is done to the node there; a
///            node that has ended has no handlers, no timer, no children, and is no child: it only holds its
///            parent.
/// Edges      end  ended_ release -> ended_ acquire  the cause is complete before it is read, and whoever ended
///            it has let go of it
///            fired  a handler's sweep release -> acquire  its call has returned before its owner goes on
///            swept  tree's ending release -> acquire  all below a node that has ended have, too
class context_node : public list_node<siblings> {
 public:
  static auto make_root(executor* home) -> context_node*;
  /// A child that ends with its parent, or by itself, or at its deadline; in memory of `store`, or,
  /// when that is null, in memory of its own.
  static auto make_child(context_node& parent, instant deadline, std::optional<error> late,
                         node_store* store) -> context_node*;

  void hold() noexcept { owners_.fetch_add(1, std::memory_order_relaxed); }
  void let_go() noexcept;

  /// The error with which the context ended; nothing while it lives.
  [[nodiscard]] auto ended() const noexcept -> std::optional<errc> {
    auto const code = ended_.load(std::memory_order_acquire);
    if (code == 0) return std::nullopt;
    return static_cast<errc>(code);
  }
  [[nodiscard]] auto cause() const -> std::optional<error>;
  [[nodiscard]] auto deadline() const noexcept -> instant { return deadline_; }

  /// Somebody else will end it at `at`, without a timer here. Before anybody else knows the node.
  void expect_end(instant at) noexcept {
    if (at < deadline_) deadline_ = at;
  }

  /// The runtime of the tree: where its after-funcs run. Null when there is none, or no longer.
  [[nodiscard]] auto home() const noexcept -> executor* {
    return tree_->home.load(std::memory_order_acquire);
  }
  [[nodiscard]] auto timers() const noexcept -> timer_service* {
    auto* const at = home();
    return at == nullptr ? nullptr : &at->timers();
  }
  /// The top of the tree.
  [[nodiscard]] auto root() const noexcept -> context_node* { return tree_->root; }

  /// Ends this context and everything below it before returning; handlers have run then, or are
  /// running on another thread that ends an ancestor at this moment.
  void end(errc how, std::optional<error> cause) noexcept;

  /// False when the context has ended: the handler was not added and will not be called.
  [[nodiscard]] auto add(context_handler& handler) noexcept -> bool;
  /// True when the handler will never be called; false when it has been, and has returned.
  /// From inside its own call: false, and nobody touches the handler any more.
  auto remove(context_handler& handler) noexcept -> bool;

  /// How many children have not ended, and how many hold it, the children that exist among them. For tests.
  [[nodiscard]] auto children() const noexcept -> std::size_t;
  [[nodiscard]] auto owners() const noexcept -> std::size_t { return owners_.load(std::memory_order_acquire); }

 private:
  friend struct timed_context_node;

  context_node(context_tree& tree, node_store* store) noexcept;
  ~context_node() = default;
  void free() noexcept;
  [[nodiscard]] auto leaves_last() noexcept -> bool;
  auto leave_tree() noexcept -> context_node*;
  void end_one(errc how, cancel_sweep& into, intrusive_list<context_node, siblings>& next) noexcept;
  static void deadline_passed(timer_entry& entry) noexcept;
  [[nodiscard]] auto timed() noexcept -> timed_context_node&;

  std::atomic<unsigned> owners_{1};
  std::atomic<std::uint8_t> ended_{0};
  bool has_timer_ = false;  // it is a `timed_context_node`
  bool timed_ = false;      // the timer is pending, or firing
  context_tree* tree_;
  node_store* store_;
  context_node* parent_ = nullptr;
  instant deadline_ = never;
  std::optional<error> cause_;
  intrusive_list<context_node, siblings> children_;
  intrusive_list<context_handler> handlers_;
};

/// One that ends by itself: few do, and the others need not have room for it.
struct timed_context_node final : context_node {
  struct deadline_entry : timer_entry {
    timed_context_node* owner = nullptr;
  };

  timed_context_node(context_tree& tree, node_store* store) noexcept : context_node(tree, store) {}

  std::optional<error> late_cause;
  deadline_entry timer;
};

/// One call of `cancel` at work: which handler it is running, and on which thread.
struct cancel_sweep {
  context_handler* running = nullptr;
  std::thread::id runner;
  intrusive_list<context_handler> due;
};

}  // namespace sluice::detail
