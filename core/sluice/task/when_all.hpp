// when_all — several tasks at once, and on when all of them have ended.
#pragma once

#include <coroutine>
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

/// Waits for the end of a task, and hands what it yielded to `keep`, or keeps the first exception of all.
template <class T, class Keep>
class [[nodiscard]] joining_one {
 public:
  joining_one(join_handle<T>& running, Keep keep, std::exception_ptr& failed)
      : keep_(keep), failed_(failed), end_(std::move(running).operator co_await()) {}
  joining_one(joining_one const&) = delete;
  auto operator=(joining_one const&) -> joining_one& = delete;

  [[nodiscard]] auto await_ready() const noexcept -> bool { return end_.await_ready(); }
  template <task_promise Promise>
  auto await_suspend(std::coroutine_handle<Promise> waiting) noexcept -> bool {
    return end_.await_suspend(waiting);
  }
  void await_resume() noexcept {
    try {
      if constexpr (std::is_void_v<T>) {
        end_.await_resume();
        keep_(std::monostate{});
      } else {
        keep_(end_.await_resume());
      }
    } catch (...) {
      if (!failed_) failed_ = std::current_exception();
    }
  }

 private:
  Keep keep_;
  std::exception_ptr& failed_;
  decltype(std::declval<join_handle<T>>().operator co_await()) end_;
};

/// One of several that are waited for together: first to be started, then to be joined.
template <class T>
struct one_of_all {
  explicit one_of_all(task<T>&& given) noexcept : body(std::move(given)) {}

  void start(executor& home, std::source_location where) {
    running.emplace(spawn(home, std::move(body), where));
  }
  auto join(std::exception_ptr& failed) {
    auto const keep = [this](auto&& yielded) { value.emplace(std::forward<decltype(yielded)>(yielded)); };
    return joining_one{*running, keep, failed};
  }

  task<T> body;
  std::optional<join_handle<T>> running;  // none: it could not be started
  std::optional<or_nothing<T>> value;
};

/// Joins those that were started.
template <class... T>
auto join_all(std::exception_ptr& failed, one_of_all<T>&... each) -> task<void> {
  ((each.running ? co_await each.join(failed) : void()), ...);
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
  std::vector<join_handle<T>> running;
  std::vector<detail::or_nothing<T>> values;
  running.reserve(bodies.size());
  values.reserve(bodies.size());
  try {
    for (auto& body : bodies) running.push_back(spawn(home, std::move(body), where));
  } catch (...) {
    failed = std::current_exception();
  }
  auto const keep = [&](auto&& yielded) { values.push_back(std::forward<decltype(yielded)>(yielded)); };
  for (auto& each : running) co_await detail::joining_one{each, keep, failed};
  if (failed) std::rethrow_exception(failed);
  co_return values;
}

}  // namespace sluice
