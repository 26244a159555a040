// limited — so many of these at a time, and no more.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include <sluice/base/result.hpp>
#include <sluice/sync/semaphore.hpp>
#include <sluice/task/task.hpp>

namespace sluice {

namespace detail {

template <class T>
struct limited_answer {
  using type = result<T>;
};
template <class T>
struct limited_answer<result<T>> {
  using type = result<T>;
};

}  // namespace detail

/// Runs `body` while it holds `count` permits of `slots`, and gives them back when it has ended,
/// whatever way.
///
///     semaphore slots{8};
///     auto page = co_await limited(ctx, slots, fetch(ctx, url));   // at most 8 at a time
///
/// Suspends  until the permits are had, then as `body` does.
/// Fails     `cancelled` or `deadline_exceeded` when `ctx` ends before that: `body` has not begun.
///           A `body` that yields a `result` passes its own errors on.
/// Throws    what `body` throws; what `semaphore::acquire` does.
/// Cost      one frame beside that of `body`.
template <class T>
[[nodiscard]] auto limited(context ctx, semaphore& slots, task<T> body, std::size_t count = 1)
    -> task<typename detail::limited_answer<T>::type> {
  auto const mine = co_await slots.acquire(ctx, count);
  if (!mine) co_return failure(mine.error());
  if constexpr (std::is_void_v<T>) {
    co_await std::move(body);
    co_return result<void>{};
  } else {
    co_return co_await std::move(body);
  }
}

}  // namespace sluice
