// after_func — what is to be done after a while.
#pragma once

#include <concepts>
#include <source_location>
#include <utility>

#include <sluice/base/clock.hpp>
#include <sluice/context/after_func.hpp>

namespace sluice {

namespace detail {
/// Starts a prepared task `after` from now, unless `ctx` ends before.
[[nodiscard]] auto call_later(context const& ctx, duration after, pending_call::root* prepared)
    -> after_handle;
}  // namespace detail

/// Runs `f` `after` from now, in a task of its own on the runtime of `ctx`, unless `ctx` ends
/// before. `f` may be a plain function or return a task, which is awaited; however long it takes,
/// no other timer is late for it.
///
///     auto const watchdog = after_func(ctx, 5s, [&] { report("slow"); });
///
/// Throws    `misuse` where the tree has no runtime, or has none any more; `std::bad_alloc`.
/// Cost      three allocations and O(log n) here, none when the time comes.
/// Lifetime  dropping the handle stops it; `detach()` leaves it to the context. What `f` throws is
///           reported by the runtime.
template <std::invocable F>
auto after_func(context const& ctx, duration after, F f,
                std::source_location where = std::source_location::current()) -> after_handle {
  auto& home = detail::home_of(ctx, "after_func");
  return detail::call_later(ctx, after, detail::prepare_call(std::move(f), home, where));
}

}  // namespace sluice
