// after_func — what is to be done once a context has ended.
#pragma once

#include <concepts>
#include <source_location>
#include <utility>

#include <sluice/context/context.hpp>
#include <sluice/context/detail/pending_call.hpp>

namespace sluice {

/// Owns a function that is still to run, and stops it when it goes.
/// Threads   `stop` may be called by any thread at any time; the rest by the owner.
class [[nodiscard]] after_handle {
 public:
  /// For the makers of such functions: takes over one reference.
  explicit after_handle(detail::pending_call* call) noexcept : call_(call) {}
  after_handle(after_handle&& other) noexcept : call_(std::exchange(other.call_, nullptr)) {}
  auto operator=(after_handle&& other) noexcept -> after_handle& {
    after_handle old{std::exchange(call_, std::exchange(other.call_, nullptr))};
    return *this;
  }
  ~after_handle() {
    if (call_ == nullptr) return;
    call_->stop();
    call_->let_go();
  }

  /// True if and only if this call is what keeps the function from running. Waits for nothing, not
  /// for a function that runs either.
  auto stop() noexcept -> bool { return call_ != nullptr && call_->stop(); }

  /// Leaves the function to what it waits for: it runs unless that never happens.
  void detach() noexcept {
    if (call_ != nullptr) std::exchange(call_, nullptr)->let_go();
  }

 private:
  detail::pending_call* call_;
};

namespace detail {
/// Starts a prepared task when `ctx` ends.
[[nodiscard]] auto call_at_end(context const& ctx, pending_call::root* prepared) -> after_handle;
/// The runtime of `ctx`.
/// Throws    `misuse` when there is none.
[[nodiscard]] auto home_of(context const& ctx, char const* primitive) -> executor&;
}  // namespace detail

/// Runs `f` once `ctx` has ended, in a task of its own on the runtime of `ctx`; at once when it has
/// ended already. `f` may be a plain function or return a task, which is awaited. Cancelling does
/// not wait for it. Several on one context are independent of each other.
///
///     auto const closing = after_func(ctx, [&] { socket.shut_down(); });
///
/// Throws    `misuse` where the tree has no runtime, or has none any more; `std::bad_alloc`.
/// Cost      three allocations here, none at the end.
/// Lifetime  dropping the handle stops it; `detach()` leaves it to the context. What `f` throws is
///           reported by the runtime.
template <std::invocable F>
auto after_func(context const& ctx, F f,
                std::source_location where = std::source_location::current()) -> after_handle {
  auto& home = detail::home_of(ctx, "after_func");
  return detail::call_at_end(ctx, detail::prepare_call(std::move(f), home, where));
}

}  // namespace sluice
