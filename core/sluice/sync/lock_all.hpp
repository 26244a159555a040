// lock_all — several mutexes at once, in an order that cannot deadlock.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <functional>
#include <optional>
#include <tuple>
#include <utility>

#include <sluice/base/contract.hpp>
#include <sluice/base/result.hpp>
#include <sluice/sync/detail/wait_operation.hpp>
#include <sluice/sync/mutex.hpp>
#include <sluice/task/task.hpp>

namespace sluice {

namespace detail {

template <std::size_t>
using guard_of = mutex_guard;

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

  [[nodiscard]] auto begin() const noexcept { return by_address_.begin(); }
  [[nodiscard]] auto end() const noexcept { return by_address_.end(); }
  [[nodiscard]] auto at(std::size_t place) const noexcept -> mutex& { return *wanted_[place]; }

  using held = std::array<std::optional<mutex_guard>, Count>;
  static auto tuple_of(held& guards) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return std::tuple<guard_of<I>...>{std::move(*guards[I])...};
    }(std::make_index_sequence<Count>{});
  }
  using guards = decltype(tuple_of(std::declval<held&>()));

  // The same three times: without waiting, as a task, on a thread.
  [[nodiscard]] auto try_all(context const& ctx) const -> std::optional<result<guards>> {
    if (auto const ended = ctx.err()) return result<guards>{failure(*ended)};
    held all;
    for (auto const place : *this) {
      auto locked = at(place).try_lock();
      if (!locked) return std::nullopt;
      all[place].emplace(std::move(*locked));
    }
    return result<guards>{tuple_of(all)};
  }
  static auto lock(locking_order order, context ctx) -> task<result<guards>> {
    held all;
    for (auto const place : order) {
      auto locked = co_await order.at(place).lock(ctx);
      if (!locked) co_return failure(std::move(locked.error()));
      all[place].emplace(std::move(*locked));
    }
    co_return tuple_of(all);
  }
  [[nodiscard]] auto lock_blocking(context const& ctx) const -> result<guards> {
    held all;
    for (auto const place : *this) {
      auto locked = at(place).lock_blocking(ctx);
      if (!locked) return failure(std::move(locked.error()));
      all[place].emplace(std::move(*locked));
    }
    return tuple_of(all);
  }

 private:
  std::array<mutex*, Count> wanted_;
  std::array<std::size_t, Count> by_address_{};
};

}  // namespace detail

/// Locks all of `wanted`, or none; their guards come as a tuple, in the order of the arguments.
/// They are locked by address, so that no two tasks which use this can wait for each other.
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
