// blocking — calls that block a thread, on a thread that may be blocked.
#pragma once

#include <concepts>
#include <coroutine>
#include <exception>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include <sluice/task/awaitable.hpp>

namespace sluice {

/// What `blocking` returns; await it, once.
template <class F>
class [[nodiscard]] blocking_operation final : offloaded_call {
  using value = std::invoke_result_t<F&>;
  static_assert(std::is_void_v<value> || std::is_object_v<value>, "a blocking call returns a value or nothing");

 public:
  explicit blocking_operation(F call) : call_(std::move(call)) {}
  blocking_operation(blocking_operation const&) = delete;
  auto operator=(blocking_operation const&) -> blocking_operation& = delete;

  [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
  template <task_promise Promise>
  void await_suspend(std::coroutine_handle<Promise> calling) {
    task = calling.promise().control;
    task->suspend_at(calling, "a blocking call");
    task->home().offload(*this);
  }
  auto await_resume() -> value {
    if (thrown_) std::rethrow_exception(thrown_);
    if constexpr (!std::is_void_v<value>) return std::move(*value_);
  }

 private:
  void run() noexcept override {
    try {
      if constexpr (std::is_void_v<value>) {
        std::invoke(call_);
      } else {
        value_.emplace(std::invoke(call_));
      }
    } catch (...) {
      thrown_ = std::current_exception();
    }
  }

  struct nothing {};
  F call_;
  std::optional<std::conditional_t<std::is_void_v<value>, nothing, value>> value_;
  std::exception_ptr thrown_;
};

/// Calls `f` on a thread that is not one of the runtime's workers, so that it may block: read a file, wait
/// for a `_blocking` form, call a library that knows no tasks.
///
///     auto text = co_await blocking([&] { return read_whole(path); });
///
/// Suspends  until `f` has returned; resumes on the awaiting task's runtime.
/// Throws    what `f` throws; `std::system_error` when no thread can be had, and then `f` was not called.
/// Cost      two hand-overs between threads; a thread the first time, which is kept for some seconds.
/// Threads   `f` runs on a thread of its own, beside all else. In simulation it runs at once, on the one
///           thread there is, and takes no virtual time: what it waits for must not need the simulation.
/// Lifetime  the call cannot be interrupted. A runtime that ends waits for it.
template <std::invocable F>
[[nodiscard]] auto blocking(F f) -> blocking_operation<F> {
  return blocking_operation<F>{std::move(f)};
}

}  // namespace sluice
