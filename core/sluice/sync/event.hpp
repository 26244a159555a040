// event — something that happens once, or again after a reset, and everybody who waits for it.
#pragma once


#include <sluice/atomics/spin_lock.hpp>
#include <sluice/base/result.hpp>
#include <sluice/sync/detail/wait_operation.hpp>

namespace sluice {

class event;

namespace detail {

struct wait_for_event {
  static constexpr char const* what = "an event";
  static constexpr char const* primitive = "event";
  using place = plain_place;
  auto enter(place& me, context const& ctx) const noexcept -> bool;
  void granted(place&) const noexcept {}
  void give_back(place&) const noexcept {}

  event* awaited;
};

}  // namespace detail

/// What `event::wait` returns; await it, once.
using event_operation = detail::wait_operation<detail::wait_for_event>;

/// A door: shut at first, open from `set` to `reset`.
///
///     event ready;
///     if (!co_await ready.wait(ctx)) co_return;   // until somebody calls ready.set()
///
/// Edges     What precedes `set` happens-before the return of a wait that it lets pass.
/// Threads   Every member may be called by any task or thread at any time.
/// Lifetime  outlives every wait.
class event {
 public:
  event() = default;
  event(event const&) = delete;
  auto operator=(event const&) -> event& = delete;
  ~event();

  /// Lets pass everybody who waits now, even if `reset` follows at once, and everybody who comes
  /// until then. Harmless when repeated.
  void set() noexcept;
  /// From now on one has to wait for the next `set`. Harmless when repeated.
  void reset() noexcept;
  [[nodiscard]] auto is_set() const noexcept -> bool;

  /// Suspends  until it is set.
  /// Fails     `cancelled` or `deadline_exceeded` when `ctx` ends first.
  /// Cost      O(1), no allocation.
  [[nodiscard]] auto wait(context const& ctx) noexcept -> event_operation {
    return {{this}, ctx};
  }

  /// The same for a plain thread, which it blocks.
  /// Throws    `misuse` on a worker of a runtime.
  [[nodiscard]] auto wait_blocking(context const& ctx) -> result<void>;

 private:
  friend detail::wait_for_event;

  mutable spin_lock lock_;
  bool set_ = false;
  wait_list waiting_;
};

}  // namespace sluice
