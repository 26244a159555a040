// wait_operation — a place in a queue, for a task that awaits or a thread that sleeps. Private.
#pragma once

#include <concepts>
#include <coroutine>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include <sluice/base/result.hpp>
#include <sluice/context/waiting.hpp>
#include <sluice/probe/wait_note.hpp>
#include <sluice/task/awaitable.hpp>

namespace sluice::detail {

/// One kind of wait: a primitive, and what is asked of it.
///
///     what        the word for reports: "a semaphore"
///     primitive   its name, for misuse
///     place       the waiter, with whatever the primitive notes in it
///     enter       decides at once (true), or queues the place (false): it may be gone by then
///     granted     what the waiter gets, after it was served
///     give_back   the same when the waiter is gone: served, then destroyed
template <class Wait>
concept wait_kind = requires(Wait wait, typename Wait::place& me, context const& ctx) {
  { Wait::what } -> std::convertible_to<char const*>;
  { Wait::primitive } -> std::convertible_to<char const*>;
  { wait.enter(me, ctx) } -> std::same_as<bool>;
  wait.granted(me);
  { wait.give_back(me) } noexcept;
};

/// A wait that ends with a lock in one's hands: instruments count those.
template <wait_kind Wait>
inline constexpr bool is_lock = std::string_view{Wait::primitive} == "shared_mutex";

/// What came of a wait: the grant, or the error of its context.
template <wait_kind Wait>
auto outcome_of(Wait& wait, typename Wait::place& me, context const& ctx, probe::flag waited)
    -> result<decltype(wait.granted(me))> {
  me.settle();
  if (me.state == wait_state::cancelled) return failure(ctx.err().value_or(errc::cancelled));
  if constexpr (is_lock<Wait>) probe::locked(waited.is);
  if constexpr (std::is_void_v<decltype(wait.granted(me))>) {
    wait.granted(me);
    return {};
  } else {
    return wait.granted(me);
  }
}

/// Awaits one wait, once.
template <wait_kind Wait>
class [[nodiscard]] wait_operation {
 public:
  wait_operation(Wait wait, context const& ctx) noexcept : wait_(wait), ctx_(ctx) {}
  wait_operation(wait_operation const&) = delete;
  auto operator=(wait_operation const&) -> wait_operation& = delete;
  ~wait_operation() {
    me_.abandon();
    if (!taken_ && me_.state == wait_state::served) wait_.give_back(me_);
  }

  [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
  template <task_promise Promise>
  auto await_suspend(std::coroutine_handle<Promise> waiting) -> bool {
    me_.task = waiting.promise().control;
    me_.task->suspend_at(waiting, Wait::what);
    waited_.set(true);  // once `enter` has queued it, this may be gone
    if (!wait_.enter(me_, ctx_)) return true;
    waited_.set(false);
    return !within_slice() && end_slice_if_due(*me_.task, waiting);
  }
  auto await_resume() {
    taken_ = true;
    return outcome_of(wait_, me_, ctx_, waited_);
  }

 private:
  Wait wait_;
  context const& ctx_;
  bool taken_ = false;
  [[no_unique_address]] probe::flag waited_;
  typename Wait::place me_;
};

/// The same for a plain thread.
/// Throws    `misuse` on a worker of a runtime.
template <wait_kind Wait>
auto wait_blocking(Wait wait, context const& ctx) {
  refuse_on_worker(Wait::primitive);
  typename Wait::place me;
  probe::flag waited;
  block_thread(me, Wait::what, [&] {
    auto const at_once = wait.enter(me, ctx);
    waited.set(!at_once);
    return at_once;
  });
  return outcome_of(wait, me, ctx, waited);
}

/// An awaitable that needs a coroutine only where it cannot answer at once: `quick` yields an
/// optional answer, `slow` a task that brings it.
template <class Quick, class Slow>
class [[nodiscard]] quick_or_slow {
  using slow_task = decltype(std::declval<Slow&>()());
  using awaiter = decltype(std::declval<slow_task>().operator co_await());

 public:
  quick_or_slow(Quick quick, Slow slow) : quick_(std::move(quick)), slow_(std::move(slow)) {}
  quick_or_slow(quick_or_slow const&) = delete;
  auto operator=(quick_or_slow const&) -> quick_or_slow& = delete;

  [[nodiscard]] auto await_ready() -> bool {
    answer_ = quick_();
    return answer_.has_value();
  }
  template <task_promise Promise>
  auto await_suspend(std::coroutine_handle<Promise> waiting) -> std::coroutine_handle<> {
    task_.emplace(slow_());
    awaiter_.emplace(std::move(*task_).operator co_await());
    (void)awaiter_->await_ready();
    return awaiter_->await_suspend(waiting);
  }
  auto await_resume() -> typename slow_task::value_type {
    if (answer_) return std::move(*answer_);
    return awaiter_->await_resume();
  }

 private:
  Quick quick_;
  Slow slow_;
  std::optional<typename slow_task::value_type> answer_;
  std::optional<slow_task> task_;
  std::optional<awaiter> awaiter_;
};

}  // namespace sluice::detail
