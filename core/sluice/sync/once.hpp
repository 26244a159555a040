// once — the first caller does it, everybody else waits until it is done.
#pragma once

#include <concepts>
#include <exception>
#include <optional>
#include <utility>

#include <sluice/base/result.hpp>
#include <sluice/sync/detail/once_gate.hpp>

namespace sluice {

/// What `once` runs: something that returns nothing, or a task that does.
template <class F>
concept once_body = std::invocable<F&> && std::move_constructible<F> &&
                    std::is_void_v<detail::awaited_answer_t<std::invoke_result_t<F&>>>;

/// Runs one function, one time.
///
///     once opened;
///     co_await opened.call(ctx, [&] { return open(device); });   // in any number of tasks
///
/// A function that throws has run: the exception goes to the caller that ran it, the others return,
/// and it does not run again. (`lazy` tells everybody, or tries again.) A task that is destroyed
/// while it runs the function has not run it: the next caller does.
///
/// Edges     What the function did happens-before every return.
/// Threads   Every member may be called by any task or thread at any time.
/// Lifetime  outlives every call.
class once {
 public:
  /// Runs `f`, unless that has been done; `f` is gone when this returns.
  /// Suspends  while another caller runs its function.
  /// Fails     `cancelled` or `deadline_exceeded` when `ctx` ends before its turn, and if it had
  ///           ended before, even though all is done. It does not end a function that runs.
  /// Throws    what `f` throws; `misuse` from inside `f`.
  /// Cost      one load when it has been done; a frame or two otherwise.
  template <once_body F>
  [[nodiscard]] auto call(context const& ctx, F f) {
    return detail::quick_or_slow{
        [this, &ctx]() { return quick(ctx); },
        [this, &ctx, f = std::move(f)]() mutable { return run(ctx, std::move(f)); }};
  }
  template <once_body F>
  [[nodiscard]] auto call(F f) {
    return call(detail::no_context(), std::move(f));
  }

  /// The same for a plain thread, which runs `f` or is blocked.
  /// Throws    also `misuse` on a worker of a runtime.
  template <once_body F>
    requires(!detail::is_task<std::invoke_result_t<F&>>)
  auto call_blocking(context const& ctx, F f) -> result<void> {
    detail::refuse_on_worker("once");
    if (auto known = quick(ctx)) return *std::move(known);
    auto turn = gate_.enter_blocking(ctx);
    if (!turn) return failure(std::move(turn.error()));
    if (!*turn) return {};
    std::optional<F> body{std::move(f)};
    std::exception_ptr thrown;
    try {
      (*body)();
    } catch (...) {
      thrown = std::current_exception();
    }
    body.reset();
    turn->finish();
    if (thrown) std::rethrow_exception(thrown);
    return {};
  }
  template <once_body F>
  auto call_blocking(F f) -> result<void> {
    return call_blocking(detail::no_context(), std::move(f));
  }

  /// True once the function has run.
  [[nodiscard]] auto done() const noexcept -> bool { return gate_.done(); }

 private:
  [[nodiscard]] auto quick(context const& ctx) const -> std::optional<result<void>> {
    if (auto const ended = ctx.err()) return result<void>{failure(*ended)};
    if (gate_.done()) return result<void>{};
    return std::nullopt;
  }

  template <class F>
  auto run(context ctx, F f) -> task<result<void>> {
    auto turn = co_await gate_.enter(ctx);
    if (!turn) co_return failure(std::move(turn.error()));
    if (!*turn) co_return result<void>{};
    std::optional<F> body{std::move(f)};
    std::exception_ptr thrown;
    try {
      co_await detail::call_and_await(*body);
    } catch (...) {
      thrown = std::current_exception();
    }
    body.reset();  // before anybody goes on
    turn->finish();
    if (thrown) std::rethrow_exception(thrown);
    co_return result<void>{};
  }

  detail::once_gate gate_;
};

}  // namespace sluice
