// context — giving up together: a tree of reasons to stop, passed first to whatever may wait.
#pragma once

#include <concepts>
#include <optional>
#include <utility>

#include <sluice/base/clock.hpp>
#include <sluice/base/result.hpp>
#include <sluice/context/context_key.hpp>
#include <sluice/context/detail/context_node.hpp>
#include <sluice/context/detail/value_link.hpp>
#include <sluice/context/end_operation.hpp>

namespace sluice {

class cancel_scope;

namespace detail {
struct context_access;
}

/// A handle to a place in the tree. Copying shares the place.
///
///     task<void> serve(context ctx, channel<request>& from) {
///       while (auto next = co_await from.recv(ctx)) handle(*next);   // ends when ctx does
///     }
///
/// A context ends once, with one error and one cause, and everything below it ends before the call
/// that ended it returns.
/// Threads   every member may be called by any thread at any time.
/// Cost      two pointers; copying is one atomic increment, two under values; `done()` one load.
/// Lifetime  may outlive its runtime: it has ended then. One that was moved from is nobody's
///           parent.
class context {
 public:
  /// Never done, no deadline, no clock: the context of whoever has nothing to give up.
  [[nodiscard]] static auto background() noexcept -> context { return context{nullptr, nullptr}; }

  context(context const& other) noexcept : node_(other.node_), values_(other.values_) {
    if (node_ != nullptr) node_->hold();
    if (has_values()) values_->hold();
  }
  context(context&& other) noexcept
      : node_(std::exchange(other.node_, nullptr)),
        values_(std::exchange(other.values_, detail::value_link::moved_from())) {}
  auto operator=(context other) noexcept -> context& {
    std::swap(node_, other.node_);
    std::swap(values_, other.values_);
    return *this;
  }
  ~context() {
    if (node_ != nullptr) node_->let_go();
    if (has_values()) values_->let_go();
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

  /// Waits for the end: `auto const why = co_await ctx.ended();`, an `errc`.
  /// Suspends  until the context ends, for ever where it never does; resumes on the awaiting task's
  ///           runtime.
  [[nodiscard]] auto ended() const noexcept -> end_operation { return end_operation{node_}; }
  /// The same for a plain thread, which it blocks.
  /// Throws    `misuse` on a worker of a runtime, and on the static background.
  auto ended_blocking() const -> errc;

  /// The value given to the nearest `with_value` under `key`; null when there is none, or when that
  /// one is empty. Also after the context has ended.
  /// Cost      O(values above this context).
  /// Lifetime  of the value: while some context at or below its `with_value` lives.
  template <class T>
  [[nodiscard]] auto value(context_key<T> const& key) const noexcept -> T const* {
    return values_ == nullptr ? nullptr : static_cast<T const*>(values_->find(key));
  }

  /// For the makers of waiting operations: the node, null where the context never ends.
  [[nodiscard]] auto node() const noexcept -> detail::context_node* { return node_; }

  /// The root of the tree of a runtime: its clock, its timers, its tasks. For runtimes, which keep
  /// it and let it go, as the last context of all, when no task of theirs can be started any more.
  [[nodiscard]] static auto root(executor& home) -> cancel_scope;

 private:
  friend detail::context_access;
  context(detail::context_node* node, detail::value_link* values) noexcept
      : node_(node), values_(values) {}

  [[nodiscard]] auto has_values() const noexcept -> bool {
    return values_ != nullptr && values_ != detail::value_link::moved_from();
  }

  detail::context_node* node_;
  detail::value_link* values_;
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
  /// The same, saying why. The error is `cancelled` whatever the cause.
  void cancel(error cause) noexcept { end(std::move(cause)); }
  /// The same, for whoever may have no reason: an empty cause is none.
  template <std::same_as<std::optional<error>> Cause>
  void cancel(Cause cause) noexcept {
    end(std::move(cause));
  }

 private:
  friend detail::context_access;
  explicit cancel_scope(context ctx) noexcept : ctx_(std::move(ctx)) {}

  void end(std::optional<error> cause) noexcept {
    if (ctx_.node() != nullptr) ctx_.node()->end(errc::cancelled, std::move(cause));
  }

  context ctx_;
};

/// A child that ends with its parent, when it is cancelled, or when its owner goes.
/// Throws    `std::bad_alloc`; `misuse` when the parent was moved from, as all of these do.
[[nodiscard]] auto with_cancel(context const& parent) -> cancel_scope;

/// The same, ending with `deadline_exceeded` at `at` at the latest; never later than its parent.
/// `cause` is what its cause is then, instead of the error itself.
/// Throws    `misuse` under the static background, which has no clock.
[[nodiscard]] auto with_deadline(context const& parent, instant at,
                                 std::optional<error> cause = std::nullopt) -> cancel_scope;

/// The same, `after` from now.
[[nodiscard]] auto with_timeout(context const& parent, duration after,
                                std::optional<error> cause = std::nullopt) -> cancel_scope;

/// The same context, but with the values alone: it ends with neither its parent nor a deadline,
/// only when its runtime has gone. Deadlines and after-funcs may be set below it as below any
/// other.
[[nodiscard]] auto without_cancel(context const& parent) -> context;

/// True of a failure because time ran out; false of any other, a cancellation among them.
[[nodiscard]] inline auto is_timeout(error const& why) noexcept -> bool {
  return why.code() == errc::deadline_exceeded;
}

namespace detail {

/// The one door through which the makers of contexts, all in this room, come in.
struct context_access {
  [[nodiscard]] static auto make(context_node* node, value_link* values) noexcept -> context {
    return context{node, values};
  }
  [[nodiscard]] static auto own(context ctx) noexcept -> cancel_scope {
    return cancel_scope{std::move(ctx)};
  }
  /// The values of `ctx`, with a reference to them; null when there are none.
  [[nodiscard]] static auto share_values(context const& ctx) noexcept -> value_link* {
    if (!ctx.has_values()) return nullptr;
    ctx.values_->hold();
    return ctx.values_;
  }
  /// Throws    `misuse` when `parent` was moved from.
  static void check_parent(context const& parent, char const* primitive);

  /// A child with `values`, a reference to which it takes over unless it throws.
  [[nodiscard]] static auto child_with(context const& parent, value_link* values, instant deadline)
      -> cancel_scope;
  /// A child in memory of `store`, or, when that is null, of its own.
  [[nodiscard]] static auto child(context const& parent, instant deadline,
                                  std::optional<error> late, node_store* store) -> cancel_scope;
  /// Throws    `misuse` when `parent` lives on no clock.
  [[nodiscard]] static auto deadline_after(context const& parent, duration after) -> instant;
  static void check_clock(context const& parent, char const* primitive);
};

}  // namespace detail

/// The same context with a value under `key`. Nothing shadows what is above: `std::nullopt`.
/// Throws    `std::bad_alloc`, and what moving a `T` throws.
/// Cost      one allocation.
template <class T>
[[nodiscard]] auto with_value(context const& parent, context_key<T> const& key,
                              std::optional<std::type_identity_t<T>> value) -> context {
  using access = detail::context_access;
  access::check_parent(parent, "with_value");
  auto* const values = access::share_values(parent);
  auto* const link = [&]() -> detail::value_link* {
    try {
      return new detail::value_of<T>(values, key, std::move(value));
    } catch (...) {
      if (values != nullptr) values->let_go();
      throw;
    }
  }();
  if (parent.node() != nullptr) parent.node()->hold();
  return access::make(parent.node(), link);
}
/// A key that goes at once would name nothing.
template <class T>
auto with_value(context const& parent, context_key<T> const&& key,
                std::optional<std::type_identity_t<T>> value) -> context = delete;

}  // namespace sluice
