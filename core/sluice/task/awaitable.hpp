// awaitable — what may await, and what every awaitable of Sluice may ask of it.
#pragma once

#include <concepts>
#include <coroutine>
#include <source_location>
#include <utility>

#include <sluice/probe/probe.hpp>
#include <sluice/task/executor.hpp>
#include <sluice/task/frame_pool.hpp>

namespace sluice {

namespace detail {
/// In the frame of a coroutine that awaits another: the other, which goes with this place.
struct awaited_coroutine {
  promise_base* promise;
};
}  // namespace detail

/// Base of every promise whose coroutine runs inside a task: which task that is, and who waits for
/// this coroutine's end.
struct promise_base : counted_frame {
  std::coroutine_handle<> continuation;
  task_control* control = nullptr;
  union {
    detail::awaited_coroutine* awaits = nullptr;  ///< the last coroutine that it awaited; may be past
    promise_base* awaited_by;                     ///< instead, while the task is being unwound
  };

#if SLUICE_TELLS_WAITS
  /// Every `co_await` says where it stands.
  template <class Awaited>
  auto await_transform(Awaited&& awaited,
                       std::source_location where = std::source_location::current()) noexcept
      -> Awaited&& {
    probe::awaits(where);
    return std::forward<Awaited>(awaited);
  }
#endif
};

/// A coroutine that runs inside a task.
template <class Promise>
concept task_promise = std::derived_from<Promise, promise_base>;

}  // namespace sluice
