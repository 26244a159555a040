#include <sluice/context/context_pool.hpp>

#include <sluice/context/detail/node_store.hpp>

namespace sluice {

using detail::context_access;

context_pool::context_pool(std::size_t capacity)
    : store_(new detail::node_store(sizeof(detail::timed_context_node), capacity)) {}

context_pool::~context_pool() { store_->let_go(); }

auto context_pool::with_cancel(context const& parent) -> cancel_scope {
  return context_access::child(parent, never, std::nullopt, store_);
}

auto context_pool::with_deadline(context const& parent, instant at, std::optional<error> cause)
    -> cancel_scope {
  context_access::check_clock(parent, "with_deadline");
  return context_access::child(parent, at, std::move(cause), store_);
}

auto context_pool::with_timeout(context const& parent, duration after, std::optional<error> cause)
    -> cancel_scope {
  auto const at = context_access::deadline_after(parent, after);
  return context_access::child(parent, at, std::move(cause), store_);
}

auto context_pool::idle() const noexcept -> std::size_t { return store_->idle(); }

}  // namespace sluice
