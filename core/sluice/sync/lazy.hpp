// lazy — a value that is made when somebody first asks for it.
#pragma once

#include <concepts>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include <sluice/base/concepts.hpp>
#include <sluice/base/contract.hpp>
#include <sluice/base/result.hpp>
#include <sluice/sync/detail/once_gate.hpp>

namespace sluice {

/// What becomes of a value whose making threw.
enum class on_failure : std::uint8_t {
  keep,   ///< everybody gets the same exception, for ever
  retry,  ///< who tried gets the exception, the next one tries again
};

/// One `T`, made by the first that asks; at namespace or function scope, one for the program.
///
///     lazy<settings> config{[] { return read_settings("app.conf"); }};
///     auto const found = co_await config.get(ctx);               // result<settings*>
///     if (found) use(**found);
///
/// A task that is destroyed while it makes the value has not made it: the next one does.
///
/// Edges     The making happens-before every return of the value.
/// Threads   Every member may be called by any task or thread at any time; what is done with the
///           value is up to those who share it.
/// Lifetime  outlives every call and every use of the value. What makes the value is gone once the
///           value is there, or its failure is kept.
template <transferable T>
class lazy {
 public:
  /// `make` returns a `T`, or a task that does. Runs nothing yet.
  /// Throws    `std::bad_alloc`.
  template <class F>
    requires std::invocable<F&> &&
             std::convertible_to<detail::awaited_answer_t<std::invoke_result_t<F&>>, T>
  explicit lazy(F make, on_failure policy = on_failure::keep)
      : policy_(policy), maker_(std::make_unique<maker<F>>(std::move(make))) {}

  /// The value.
  /// Suspends  while it is being made, by this task or another one.
  /// Fails     `cancelled` or `deadline_exceeded` when `ctx` ends before its turn, and if it had
  ///           ended before, even though the value is there. It does not end a making that runs.
  /// Throws    what the making threw, see `on_failure`; `misuse` from inside it.
  /// Cost      one load when the value is there; a few frames otherwise.
  [[nodiscard]] auto get(context const& ctx) {
    return detail::quick_or_slow{[this, &ctx]() { return quick(ctx); },
                                 [this, &ctx]() { return make(ctx); }};
  }

  /// The same for a plain thread, which makes it or is blocked.
  /// Throws    also `misuse` on a worker of a runtime, and when it would have to run a task.
  [[nodiscard]] auto get_blocking(context const& ctx) -> result<T*> {
    detail::refuse_on_worker("lazy");
    if (auto known = quick(ctx)) return *std::move(known);
    auto turn = gate_.enter_blocking(ctx);
    if (!turn) return failure(std::move(turn.error()));
    if (*turn) {
      if (maker_->is_task())
        throw misuse("lazy", "a thread asked first, but the value is made by a task");
      try {
        value_.emplace(maker_->make_now());
        made(*turn);
      } catch (...) {
        failed(*turn);
      }
    }
    return answer();
  }

  /// The value if it is there, null otherwise; never makes it.
  [[nodiscard]] auto peek() noexcept -> T* { return gate_.done() && value_ ? &*value_ : nullptr; }

 private:
  struct maker_base {
    virtual ~maker_base() = default;
    virtual auto make() -> task<T> = 0;
    virtual auto make_now() -> T = 0;
    [[nodiscard]] virtual auto is_task() const noexcept -> bool = 0;
  };
  template <class F>
  struct maker final : maker_base {
    explicit maker(F f) : body(std::move(f)) {}
    auto make() -> task<T> override { co_return co_await detail::call_and_await(body); }
    auto make_now() -> T override {
      if constexpr (detail::is_task<std::invoke_result_t<F&>>) {
        std::unreachable();
      } else {
        return body();
      }
    }
    [[nodiscard]] auto is_task() const noexcept -> bool override {
      return detail::is_task<std::invoke_result_t<F&>>;
    }
    F body;
  };

  [[nodiscard]] auto quick(context const& ctx) -> std::optional<result<T*>> {
    if (auto const ended = ctx.err()) return result<T*>{failure(*ended)};
    if (gate_.done()) return answer();
    return std::nullopt;
  }

  // Once it is done.
  [[nodiscard]] auto answer() -> result<T*> {
    if (thrown_) std::rethrow_exception(thrown_);
    return &*value_;
  }

  auto make(context ctx) -> task<result<T*>> {
    auto turn = co_await gate_.enter(ctx);
    if (!turn) co_return failure(std::move(turn.error()));
    if (*turn) {
      try {
        value_.emplace(co_await maker_->make());
        made(*turn);
      } catch (...) {
        failed(*turn);
      }
    }
    co_return answer();
  }

  void made(detail::once_turn& turn) noexcept {
    maker_.reset();
    turn.finish();
  }

  // Inside a handler.
  void failed(detail::once_turn& turn) {
    if (policy_ == on_failure::retry) throw;
    thrown_ = std::current_exception();
    made(turn);
  }

  on_failure policy_;
  std::unique_ptr<maker_base> maker_;
  std::optional<T> value_;
  std::exception_ptr thrown_;
  detail::once_gate gate_;
};

}  // namespace sluice
