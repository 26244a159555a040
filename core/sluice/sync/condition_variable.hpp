// condition_variable — waiting, without the mutex, until somebody says that something has changed.
#pragma once

#include <concepts>
#include <cstdint>
#include <utility>

#include <sluice/atomics/spin_lock.hpp>
#include <sluice/base/result.hpp>
#include <sluice/sync/detail/wait_operation.hpp>
#include <sluice/sync/mutex.hpp>
#include <sluice/task/task.hpp>

namespace sluice {

class condition_variable;

namespace detail {

struct wait_for_signal {
  static constexpr char const* what = "a condition";
  static constexpr char const* primitive = "condition_variable";
  struct place : plain_place {
    std::uint64_t number = 0;        // among all that ever waited
    std::uint64_t passes_until = 0;  // its signal may pass on to those with a lower number
  };
  auto enter(place& me, context const& ctx) const -> bool;
  void granted(place&) const noexcept {}
  void give_back(place& me) const noexcept;

  condition_variable* awaited;
  mutex_guard* held;
};

}  // namespace detail

/// Where tasks that hold a mutex wait for a change of what it protects.
///
///     auto held = co_await lock.lock(ctx);
///     co_await filled.wait(ctx, *held, [&] { return !queue.empty(); });
///
/// Order     `signal` wakes the one that has waited longest.
/// Edges     those of the mutex.
/// Threads   Every member may be called by any task or thread at any time; `signal` and `broadcast`
///           with the mutex or without it.
/// Lifetime  outlives every wait.
class condition_variable {
 public:
  condition_variable() = default;
  condition_variable(condition_variable const&) = delete;
  auto operator=(condition_variable const&) -> condition_variable& = delete;
  ~condition_variable();

  /// Lets go of the mutex and waits for a signal, in one step; has the mutex again when it returns,
  /// whatever the outcome.
  /// Suspends  until the signal, or the end of `ctx`, and then for the mutex.
  /// Fails     `cancelled` or `deadline_exceeded` when `ctx` ended first; if it had ended before,
  ///           the mutex was not let go.
  /// Throws    `misuse` when `held` holds nothing, `std::bad_alloc`.
  /// Cost      one frame.
  /// Lifetime  `held` stays where it is, and holds nothing until the return.
  [[nodiscard]] auto wait(context ctx, mutex_guard& held) -> task<result<void>>;

  /// The same, again and again until `enough()`, which is called under the mutex.
  /// Fails     also when `enough()` holds already but `ctx` has ended.
  template <std::predicate Enough>
  [[nodiscard]] auto wait(context ctx, mutex_guard& held, Enough enough) -> task<result<void>> {
    if (ctx.done()) co_return failure(ctx.err().value_or(errc::cancelled));
    while (!enough())
      if (auto waited = co_await wait(ctx, held); !waited) co_return waited;
    co_return result<void>{};
  }

  /// The same for a plain thread, which they block.
  /// Throws    also `misuse` on a worker of a runtime.
  [[nodiscard]] auto wait_blocking(context const& ctx, mutex_guard& held) -> result<void>;
  template <std::predicate Enough>
  [[nodiscard]] auto wait_blocking(context const& ctx, mutex_guard& held, Enough enough)
      -> result<void> {
    if (ctx.done()) return failure(ctx.err().value_or(errc::cancelled));
    while (!enough())
      if (auto waited = wait_blocking(ctx, held); !waited) return waited;
    return {};
  }

  /// Wakes the one that has waited longest, if anybody waits.
  void signal() noexcept;
  /// Wakes everybody who waits now, each once.
  void broadcast() noexcept;

 private:
  friend detail::wait_for_signal;
  using place = detail::wait_for_signal::place;

  void pass_on(place& gone) noexcept;

  spin_lock lock_;
  std::uint64_t came_ = 0;
  wait_list waiting_;
};

}  // namespace sluice
