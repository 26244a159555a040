// lock_all — several mutexes at once, in an order that cannot deadlock.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <functional>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include <sluice/base/contract.hpp>
#include <sluice/base/result.hpp>
#include <sluice/sync/detail/wait_operation.hpp>
#include <sluice/sync/mutex.hpp>
#include <sluice/task/task.hpp>

namespace sluice {

/// Holds several mutexes, and lets them go in the reverse of the order in which they were locked. Guards in
/// the order of the arguments come out of it by `get`, or by name: `auto& [mine, also] = *both;`
template <std::size_t Count>
class [[nodiscard]] mutex_guards {
 public:
  mutex_guards() = default;
  mutex_guards(mutex_guards&&) noexcept = default;
  auto operator=(mutex_guards&& other) noexcept -> mutex_guards& {
    if (this == &other) return *this;
    unlock();
    guards_ = std::move(other.guards_);
    steps_ = other.steps_;
    return *this;
  }
  ~mutex_guards() { unlock(); }

  /// Lets all of them go before the end of the scope; harmless when repeated.
  void unlock() noexcept {
    for (auto step = Count; step-- > 0;) guards_[step].reset();
  }

  /// That of the argument number `At`, while it is held.
  template <std::size_t At>
    requires(At < Count)
  [[nodiscard]] auto get() noexcept -> mutex_guard& {
    return *guards_[steps_[At]];
  }
  template <std::size_t At>
    requires(At < Count)
  [[nodiscard]] auto get() const noexcept -> mutex_guard const& {
    return *guards_[steps_[At]];
  }

  /// For those who lock: the argument number `at` is held, and was locked at step number `step`.
  void hold(std::size_t at, std::size_t step, mutex_guard locked) noexcept {
    steps_[at] = step;
    guards_[step].emplace(std::move(locked));
  }

 private:
  std::array<std::optional<mutex_guard>, Count> guards_;  // in the order of locking
  std::array<std::size_t, Count> steps_{};                // of each argument
};

namespace detail {

/// Mutexes as the caller named them, and the order in which they are locked.
template <std::size_t Count>
class locking_order {
 public:
  explicit locking_order(std::array<mutex*, Count> wanted) : wanted_(wanted) {
    for (std::size_t i = 0; i < Count; ++i) by_address_[i] = i;
    std::ranges::sort(by_address_, std::less<>{}, [&](std::size_t i) { return wanted_[i]; });
    for (std::size_t i = 1; i < Count; ++i)
      if (wanted_[by_address_[i]] == wanted_[by_address_[i - 1]])
        throw misuse("lock_all", "the same mutex was named twice");
  }

  using guards = mutex_guards<Count>;

  // The same three times: without waiting, as a task, on a thread.
  [[nodiscard]] auto try_all(context const& ctx) const -> std::optional<result<guards>> {
    if (auto const ended = ctx.err()) return result<guards>{failure(*ended)};
    guards all;
    for (std::size_t step = 0; step < Count; ++step) {
      auto locked = at(step).try_lock();
      if (!locked) return std::nullopt;
      all.hold(by_address_[step], step, std::move(*locked));
    }
    return result<guards>{std::move(all)};
  }
  static auto lock(locking_order order, context ctx) -> task<result<guards>> {
    guards all;
    for (std::size_t step = 0; step < Count; ++step) {
      auto locked = co_await order.at(step).lock(ctx);
      if (!locked) co_return failure(std::move(locked.error()));
      all.hold(order.by_address_[step], step, std::move(*locked));
    }
    co_return std::move(all);
  }
  [[nodiscard]] auto lock_blocking(context const& ctx) const -> result<guards> {
    guards all;
    for (std::size_t step = 0; step < Count; ++step) {
      auto locked = at(step).lock_blocking(ctx);
      if (!locked) return failure(std::move(locked.error()));
      all.hold(by_address_[step], step, std::move(*locked));
    }
    return all;
  }

 private:
  [[nodiscard]] auto at(std::size_t step) const noexcept -> mutex& { return *wanted_[by_address_[step]]; }

  std::array<mutex*, Count> wanted_;
  std::array<std::size_t, Count> by_address_{};
};

}  // namespace detail

/// Locks all of `wanted`, or none; their guards come together, in the order of the arguments.
/// They are locked by address, so that no two tasks which use this can wait for each other, and let go
/// in the reverse of that.
///
///     auto both = co_await lock_all(ctx, from.lock, to.lock);
///     if (!both) co_return failure(both.error());
///
/// Suspends  until each of them is free; while it waits it holds those with a lower address.
/// Fails     `cancelled` or `deadline_exceeded`, with none of them.
/// Throws    `misuse` when one is named twice.
/// Cost      no allocation when all are free, otherwise one frame.
template <std::same_as<mutex>... Mutexes>
  requires(sizeof...(Mutexes) > 0)
[[nodiscard]] auto lock_all(context const& ctx, Mutexes&... wanted) {
  using order = detail::locking_order<sizeof...(Mutexes)>;
  order const all{{&wanted...}};
  return detail::quick_or_slow{[all, &ctx] { return all.try_all(ctx); },
                               [all, &ctx] { return order::lock(all, ctx); }};
}

/// The same for a plain thread, which it blocks.
/// Throws    also `misuse` on a worker of a runtime.
template <std::same_as<mutex>... Mutexes>
  requires(sizeof...(Mutexes) > 0)
[[nodiscard]] auto lock_all_blocking(context const& ctx, Mutexes&... wanted) {
  return detail::locking_order<sizeof...(Mutexes)>{{&wanted...}}.lock_blocking(ctx);
}

}  // namespace sluice

template <std::size_t Count>
struct std::tuple_size<sluice::mutex_guards<Count>> : std::integral_constant<std::size_t, Count> {};
template <std::size_t At, std::size_t Count>
struct std::tuple_element<At, sluice::mutex_guards<Count>> {
  using type = sluice::mutex_guard;
};
