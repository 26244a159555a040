#include <sluice/context/custom_context.hpp>

#include <algorithm>
#include <utility>

#include <sluice/base/contract.hpp>

namespace sluice {
namespace {

/// Asks a user-defined context before those above it.
class custom_values final : public detail::value_link {
 public:
  custom_values(value_link* next, std::shared_ptr<custom_context const> asked) noexcept
      : value_link(next, nullptr), asked_(std::move(asked)) {}

 private:
  auto look(any_context_key const& key) const noexcept -> void const* override {
    return asked_->value(key);
  }
  std::shared_ptr<custom_context const> asked_;
};

}  // namespace

namespace detail {

/// Leaves the parent when its context ends, and is gone then.
class custom_child final : context_handler {
 public:
  /// Watches `parent` on behalf of `ctx`, which ends at once if `parent` has.
  static void tie(context const& ctx, std::shared_ptr<custom_context> parent) {
    auto const watched = parent;
    auto* const child = new custom_child(ctx, std::move(parent));
    {
      std::lock_guard const hold{watched->lock_};
      watched->watching_.push_back(child->tie_);
    }
    if (!ctx.node()->add(*child)) {
      child->leave();
    } else if (watched->err()) {
      end(ctx, *watched);
    }
  }

  static void end(context const& ctx, custom_context const& parent) noexcept {
    auto const how = parent.err() == errc::deadline_exceeded ? errc::deadline_exceeded
                                                             : errc::cancelled;
    ctx.node()->end(how, parent.cause());
  }

 private:
  custom_child(context const& ctx, std::shared_ptr<custom_context> parent) noexcept
      : context_handler(&custom_child::ended), parent_(std::move(parent)), tie_(ctx) {}

  static void ended(context_handler& base) noexcept {
    auto& self = static_cast<custom_child&>(base);
    (void)self.tie_.child.node()->remove(base);
    self.leave();
  }

  void leave() noexcept {
    {
      std::lock_guard const hold{parent_->lock_};
      if (tie_.linked()) parent_->watching_.remove(tie_);
    }
    delete this;
  }

  std::shared_ptr<custom_context> parent_;
  custom_tie tie_;
};

}  // namespace detail

using detail::custom_child;

custom_context::~custom_context() = default;

auto custom_context::value(any_context_key const&) const noexcept -> void const* { return nullptr; }

auto custom_context::watchers() const noexcept -> std::size_t {
  std::lock_guard const hold{lock_};
  return watching_.size();
}

void custom_context::announce_end() noexcept {
  if (!err()) terminate_misuse("custom_context", "announced an end that err() does not know of");
  for (;;) {
    auto child = context::background();
    {
      std::lock_guard const hold{lock_};
      auto* const next = watching_.pop_front();
      if (next == nullptr) return;
      child = next->child;
    }
    custom_child::end(child, *this);
  }
}

auto with_custom(context const& under, std::shared_ptr<custom_context> parent) -> cancel_scope {
  using access = detail::context_access;
  access::check_parent(under, "with_custom");
  if (parent == nullptr) throw misuse("with_custom", "the parent is null");
  auto* const values = access::share_values(under);
  auto* const link = [&] {
    try {
      return new custom_values(values, parent);
    } catch (...) {
      if (values != nullptr) values->let_go();
      throw;
    }
  }();
  auto scope = [&] {
    try {
      return access::child_with(under, link, parent->deadline());
    } catch (...) {
      link->let_go();
      throw;
    }
  }();
  custom_child::tie(scope.ctx(), std::move(parent));
  return scope;
}

}  // namespace sluice
