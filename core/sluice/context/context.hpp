// context — giving up together: a tree of reasons to stop, passed first to whatever may wait.
#pragma once

#include <optional>
#include <utility>

#include <sluice/base/clock.hpp>
#include <sluice/base/result.hpp>
#include <sluice/context/detail/context_node.hpp>

namespace sluice {

class cancel_scope;

/// A handle to a node of the tree. Copying shares the node.
///
///     task<void> serve(context ctx, channel<request>& from) {
///       while (auto next = co_await from.recv(ctx)) handle(*next);   // ends when ctx does
///     }
///
/// A context ends once, with one error and one cause, and everything below it ends before the call
/// that ended it returns.
/// Threads   every member may be called by any thread at any time.
/// Cost      one pointer; copying is one atomic increment, `done()` one load.
class context {
 public:
  /// Never done, no deadline, no clock: the context of whoever has nothing to give up.
  [[nodiscard]] static auto background() noexcept -> context { return context{nullptr}; }

  context(context const& other) noexcept : node_(other.node_) {
    if (node_ != nullptr) node_->hold();
  }
  context(context&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  auto operator=(context other) noexcept -> context& {
    std::swap(node_, other.node_);
    return *this;
  }
  ~context() {
    if (node_ != nullptr) node_->let_go();
  }

  /// True once the context has ended, for ever.
  [[nodiscard]] auto done() const noexcept -> bool { return err().has_value(); }
  /// `cancelled` or `deadline_exceeded` once the context has ended; nothing before.
  [[nodiscard]] auto err() const noexcept -> std::optional<errc> {
    return node_ == nullptr ? std::nullopt : node_->ended();
  }
  /// Why it ended: the cause given by whoever ended it, or the error itself.
  [[nodiscard]] auto cause() const -> std::optional<error> {
    return node_ == nullptr ? std::nullopt : node_->cause();
  }
  /// The instant at which it ends by itself; `never` when there is none.
  [[nodiscard]] auto deadline() const noexcept -> instant {
    return node_ == nullptr ? never : node_->deadline();
  }

  /// For the makers of waiting operations: the node, null for the static background.
  [[nodiscard]] auto node() const noexcept -> detail::context_node* { return node_; }

  /// The root of a tree whose deadlines are kept by `timers`. For runtimes.
  [[nodiscard]] static auto root(timer_service& timers) -> context {
    return context{detail::context_node::make_root(&timers)};
  }

 private:
  friend cancel_scope;
  friend auto with_cancel(context const&) -> cancel_scope;
  friend auto with_deadline(context const&, instant, std::optional<error>) -> cancel_scope;
  explicit context(detail::context_node* node) noexcept : node_(node) {}

  detail::context_node* node_;
};

/// Owns a context that it can end, and ends it when it goes.
/// Threads   `cancel` may be called by any thread at any time.
class [[nodiscard]] cancel_scope {
 public:
  cancel_scope(cancel_scope&&) noexcept = default;
  auto operator=(cancel_scope&& other) noexcept -> cancel_scope& {
    if (this != &other) {
      cancel();
      ctx_ = std::move(other.ctx_);
    }
    return *this;
  }
  ~cancel_scope() { cancel(); }

  [[nodiscard]] auto ctx() const noexcept -> context const& { return ctx_; }
  operator context const&() const noexcept { return ctx_; }  // NOLINT: it is one

  /// Ends the context and all below it before returning. The first ending wins.
  void cancel() noexcept { end(std::nullopt); }
  /// The same, saying why.
  void cancel(error cause) noexcept { end(std::move(cause)); }

 private:
  friend auto with_cancel(context const&) -> cancel_scope;
  friend auto with_deadline(context const&, instant, std::optional<error>) -> cancel_scope;
  explicit cancel_scope(context ctx) noexcept : ctx_(std::move(ctx)) {}

  void end(std::optional<error> cause) noexcept {
    if (ctx_.node() != nullptr) ctx_.node()->end(errc::cancelled, std::move(cause));
  }

  context ctx_;
};

/// A child that ends with its parent, when it is cancelled, or when its owner goes.
/// Throws    `std::bad_alloc`.
[[nodiscard]] auto with_cancel(context const& parent) -> cancel_scope;

/// The same, ending with `deadline_exceeded` at `at` at the latest; never later than its parent.
/// Throws    `misuse` under the static background, which has no clock.
[[nodiscard]] auto with_deadline(context const& parent, instant at,
                                 std::optional<error> cause = std::nullopt) -> cancel_scope;

/// The same, `after` from now.
[[nodiscard]] auto with_timeout(context const& parent, duration after,
                                std::optional<error> cause = std::nullopt) -> cancel_scope;

}  // namespace sluice
