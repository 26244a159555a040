// when_all — several tasks at once, and on when all of them have ended.
#pragma once

#include <cstddef>
#include <exception>
#include <optional>
#include <source_location>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <sluice/task/spawn.hpp>

namespace sluice {

namespace detail {

template <class T>
using or_nothing = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

/// One of several that are waited for together: first to be started, then to be joined.
template <class T>
struct one_of_all {
  explicit one_of_all(task<T>&& given) noexcept : body(std::move(given)) {}

  void start(executor& home, std::source_location where) {
    running.emplace(spawn(home, std::move(body), where));
  }
  /// Joins it, if it was started; keeps the first exception of all.
  auto join(std::exception_ptr& failed) -> task<void> {
    if (!running) co_return;
    try {
      if constexpr (std::is_void_v<T>) {
        co_await std::move(*running);
        value.emplace();
      } else {
        value.emplace(co_await std::move(*running));
      }
    } catch (...) {
      if (!failed) failed = std::current_exception();
    }
  }

  task<T> body;
  std::optional<join_handle<T>> running;
  std::optional<or_nothing<T>> value;
};

template <class... T>
auto join_all(std::exception_ptr& failed, one_of_all<T>&... each) -> task<void> {
  (co_await each.join(failed), ...);
}

template <class... T>
auto run_all(std::source_location where, task<T>... bodies) -> task<std::tuple<or_nothing<T>...>> {
  auto& home = (co_await this_task()).home();
  std::exception_ptr failed;
  std::tuple<one_of_all<T>...> all{one_of_all<T>{std::move(bodies)}...};
  try {
    std::apply([&](auto&... each) { (each.start(home, where), ...); }, all);
  } catch (...) {
    failed = std::current_exception();
  }
  co_await std::apply([&](auto&... each) { return join_all(failed, each...); }, all);
  if (failed) std::rethrow_exception(failed);
  co_return std::apply(
      [](auto&... each) { return std::tuple<or_nothing<T>...>{std::move(*each.value)...}; }, all);
}

}  // namespace detail

/// Runs several tasks at once, each as a task of its own, and ends when the last of them has.
///
///     auto [user, orders] = co_await when_all(load_user(ctx, id), load_orders(ctx, id));
///
/// What it yields is a tuple of their values, `std::monostate` for those without one.
///
/// Suspends  until all have ended, also when one of them throws: none outlives the call.
/// Throws    the exception of the first of them, in the order of the arguments, that ended with one;
///           `std::bad_alloc`, once those that had been started have ended.
/// Cost      a block for each, beside its frame.
/// Edges     everything the tasks did happens-before the return.
/// Lifetime  nobody is cancelled when one fails: for that there is `error_group`. Lazy: nothing runs
///           before it is awaited.
template <class... T>
  requires(sizeof...(T) > 0)
class [[nodiscard]] when_all {
 public:
  explicit when_all(task<T>... bodies, std::source_location where = std::source_location::current())
      : all_(detail::run_all(where, std::move(bodies)...)) {}

  auto operator co_await() && noexcept { return std::move(all_).operator co_await(); }

 private:
  task<std::tuple<detail::or_nothing<T>...>> all_;
};
template <class... T>
when_all(task<T>...) -> when_all<T...>;

/// The same for as many as there are, all of one type; their values in the same order.
template <class T>
[[nodiscard]] auto when_all_of(std::vector<task<T>> bodies,
                               std::source_location where = std::source_location::current())
    -> task<std::vector<detail::or_nothing<T>>> {
  auto& home = (co_await this_task()).home();
  std::exception_ptr failed;
  std::vector<detail::one_of_all<T>> all;
  std::vector<detail::or_nothing<T>> values;
  all.reserve(bodies.size());
  values.reserve(bodies.size());
  try {
    for (auto& body : bodies) all.emplace_back(std::move(body)).start(home, where);
  } catch (...) {
    failed = std::current_exception();
  }
  for (auto& each : all) co_await each.join(failed);
  if (failed) std::rethrow_exception(failed);
  for (auto& each : all) values.push_back(std::move(*each.value));
  co_return values;
}

}  // namespace sluice
