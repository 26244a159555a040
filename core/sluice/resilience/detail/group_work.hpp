// group_work — what an error group may run, and the task that runs it. Private to its room.
#pragma once

#include <concepts>
#include <optional>
#include <type_traits>
#include <utility>

#include <sluice/base/result.hpp>
#include <sluice/context/context.hpp>
#include <sluice/resilience/detail/group_core.hpp>
#include <sluice/task/task.hpp>

namespace sluice {
namespace detail {

/// Begins `work`: a task is the answer itself, anything else is called.
template <class Work>
auto begin_work(Work& work, context const& ctx) -> decltype(auto) {
  if constexpr (is_task<Work>) {
    return std::move(work);
  } else if constexpr (std::is_invocable_v<Work&, context const&>) {
    return work(ctx);
  } else {
    return work();
  }
}

template <class Work>
using work_begun_t = std::remove_cvref_t<decltype(begin_work(std::declval<Work&>(),
                                                             std::declval<context const&>()))>;
template <class Work>
using work_answer_t = awaited_answer_t<work_begun_t<Work>>;

/// Runs `work` to its end, whatever that is. What it holds is gone before its end is counted.
template <class Work>
auto run_in_group(std::optional<Work> work, group_seat seat) -> task<void> {
  using begun = work_begun_t<Work>;
  constexpr bool answers = !std::is_void_v<work_answer_t<Work>>;
  try {
    if constexpr (is_task<begun> && answers) {
      if (auto ended = co_await begin_work(*work, seat.ctx()); !ended) seat.failed(ended.error());
    } else if constexpr (is_task<begun>) {
      co_await begin_work(*work, seat.ctx());
    } else if constexpr (answers) {
      if (auto ended = begin_work(*work, seat.ctx()); !ended) seat.failed(ended.error());
    } else {
      begin_work(*work, seat.ctx());
    }
  } catch (...) {
    seat.threw();
  }
  work.reset();
  seat.end();
}

}  // namespace detail

/// A `task<void>`, a `task<result<void>>`, or something to be called, with the group's context or
/// with nothing, that returns one of the two, a `result<void>` or nothing.
template <class Work>
concept group_work =
    std::move_constructible<Work> &&
    (detail::is_task<Work> || std::invocable<Work&, context const&> || std::invocable<Work&>) &&
    (std::is_void_v<detail::work_answer_t<Work>> ||
     std::same_as<detail::work_answer_t<Work>, result<void>>);

}  // namespace sluice
