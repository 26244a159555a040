// context_pool — contexts that live for a moment, in memory of those before them.
#pragma once

#include <cstddef>
#include <optional>

#include <sluice/context/context.hpp>

namespace sluice {

/// Makes contexts in recycled memory. What it recycles is memory alone: the node of a context is
/// destroyed when its last handle goes, timer, handlers and all, and the next one is built anew in
/// the same place. So what comes out cannot be told from any other context.
///
///     context_pool pool;
///     for (;;) {
///       auto const scope = pool.with_timeout(ctx, 50ms);
///       co_await serve(scope.ctx(), ...);
///     }
///
/// Cost      no allocation while an idle block is there, but a lock at either end; what that gains
///           over the allocator at hand, if anything, is for a benchmark to say.
/// Bound     at most `capacity` idle blocks are kept; how many contexts live at once is not
///           limited.
/// Threads   every member may be called by any thread at any time.
/// Lifetime  its contexts may outlive it.
class context_pool {
 public:
  /// Throws    `std::bad_alloc`.
  explicit context_pool(std::size_t capacity = 1024);
  context_pool(context_pool const&) = delete;
  auto operator=(context_pool const&) -> context_pool& = delete;
  ~context_pool();

  /// As `sluice::with_cancel`, and so on.
  [[nodiscard]] auto with_cancel(context const& parent) -> cancel_scope;
  [[nodiscard]] auto with_deadline(context const& parent, instant at,
                                   std::optional<error> cause = std::nullopt) -> cancel_scope;
  [[nodiscard]] auto with_timeout(context const& parent, duration after,
                                  std::optional<error> cause = std::nullopt) -> cancel_scope;

  /// How many blocks wait to be used again.
  [[nodiscard]] auto idle() const noexcept -> std::size_t;

 private:
  detail::node_store* store_;
};

}  // namespace sluice
