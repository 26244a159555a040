// task — a computation that can wait without holding a thread.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include <sluice/base/contract.hpp>
#include <sluice/task/awaitable.hpp>

namespace sluice {

template <class T = void>
class task;

namespace detail {

template <class T>
class root_of;

/// The outermost coroutine of a spawned task has ended; it may be gone afterwards. What to resume instead.
auto end_of_task(task_control& ended) noexcept -> std::coroutine_handle<>;

/// Resumes whoever awaited the coroutine that has just ended, without growing the stack.
struct return_to_awaiter {
  [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
  template <task_promise Promise>
  auto await_suspend(std::coroutine_handle<Promise> ended) const noexcept
      -> std::coroutine_handle<> {
    auto const next = ended.promise().continuation;
    return next ? next : end_of_task(*ended.promise().control);
  }
  void await_resume() const noexcept {}
};

template <class T>
struct task_promise_of : promise_base {
  std::variant<std::monostate, T, std::exception_ptr> outcome;

  auto get_return_object() noexcept -> task<T>;
  [[nodiscard]] auto initial_suspend() const noexcept -> std::suspend_always { return {}; }
  [[nodiscard]] auto final_suspend() const noexcept -> return_to_awaiter { return {}; }
  void unhandled_exception() noexcept { outcome.template emplace<2>(std::current_exception()); }

  template <class U = T>
    requires std::constructible_from<T, U&&>
  void return_value(U&& value) {
    outcome.template emplace<1>(std::forward<U>(value));
  }

  auto take() -> T {
    if (threw()) std::rethrow_exception(take_thrown());
    return std::move(std::get<1>(outcome));
  }
  [[nodiscard]] auto threw() const noexcept -> bool { return outcome.index() == 2; }
  /// The exception with which the coroutine ended, unless it has been taken.
  auto take_thrown() noexcept -> std::exception_ptr {
    if (outcome.index() != 2) return nullptr;
    auto const thrown = std::get<2>(outcome);
    outcome.template emplace<0>();
    return thrown;
  }
};

template <>
struct task_promise_of<void> : promise_base {
  std::exception_ptr thrown;

  auto get_return_object() noexcept -> task<void>;
  [[nodiscard]] auto initial_suspend() const noexcept -> std::suspend_always { return {}; }
  [[nodiscard]] auto final_suspend() const noexcept -> return_to_awaiter { return {}; }
  void unhandled_exception() noexcept { thrown = std::current_exception(); }
  void return_void() noexcept {}

  void take() {
    if (threw()) std::rethrow_exception(take_thrown());
  }
  [[nodiscard]] auto threw() const noexcept -> bool { return thrown != nullptr; }
  auto take_thrown() noexcept -> std::exception_ptr { return std::exchange(thrown, nullptr); }
};

}  // namespace detail

/// A lazy coroutine: nothing runs until it is awaited or spawned, and then exactly once.
///
///     task<int> answer(context ctx, channel<int>& from) {
///       auto value = co_await from.recv(ctx);
///       co_return value ? *value : 0;
///     }
///
/// Suspends  the awaiting coroutine until this one has ended; both belong to one task.
/// Throws    what the coroutine threw, at the `co_await`.
/// Cost      one frame; awaiting transfers control directly, so chains of any length run, and are unwound, in
///           constant stack.
/// Lifetime  destroying a task that was never awaited, or is suspended, destroys its frame and with
///           it everything the frame holds. Once awaited, the frame goes at the end of the `co_await`.
template <class T>
class [[nodiscard]] task {
 public:
  using promise_type = detail::task_promise_of<T>;
  using value_type = T;

  task(task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  auto operator=(task&& other) noexcept -> task& {
    if (this != &other) {
      reset();
      frame_ = std::exchange(other.frame_, nullptr);
    }
    return *this;
  }
  ~task() { reset(); }

  auto operator co_await() && noexcept { return awaiter{std::exchange(frame_, nullptr)}; }

 private:
  friend promise_type;
  friend detail::root_of<T>;
  using handle = std::coroutine_handle<promise_type>;

  /// Owns the coroutine from here on; a task that is unwound takes it away.
  class awaiter : detail::awaited_coroutine {
   public:
    explicit awaiter(handle frame) noexcept
        : detail::awaited_coroutine{frame ? &frame.promise() : nullptr} {}
    awaiter(awaiter&& other) noexcept
        : detail::awaited_coroutine{std::exchange(other.promise, nullptr)} {}
    auto operator=(awaiter&&) -> awaiter& = delete;
    ~awaiter() {
      if (promise != nullptr) frame().destroy();
    }
    [[nodiscard]] auto await_ready() const -> bool {
      check(promise != nullptr);
      return false;
    }
    template <task_promise Promise>
    auto await_suspend(std::coroutine_handle<Promise> parent) noexcept -> std::coroutine_handle<> {
      promise->continuation = parent;
      promise->control = parent.promise().control;
      parent.promise().awaits = this;
      return frame();
    }
    auto await_resume() const -> T { return own().take(); }

   private:
    [[nodiscard]] auto own() const noexcept -> promise_type& {
      return static_cast<promise_type&>(*promise);
    }
    [[nodiscard]] auto frame() const noexcept -> handle { return handle::from_promise(own()); }
  };

  explicit task(handle frame) noexcept : frame_(frame) {}

  static void check(bool there) {
    if (!there) [[unlikely]] refuse();
  }
  [[noreturn, gnu::noinline]] static void refuse() {
    throw misuse("task", "awaited, or spawned, after it had run or been moved from");
  }
  void check() const { check(frame_ != nullptr); }

  void reset() noexcept {
    if (frame_) std::exchange(frame_, nullptr).destroy();
  }

  handle frame_;
};

namespace detail {

template <class T>
auto task_promise_of<T>::get_return_object() noexcept -> task<T> {
  return task<T>{std::coroutine_handle<task_promise_of>::from_promise(*this)};
}

inline auto task_promise_of<void>::get_return_object() noexcept -> task<void> {
  return task<void>{std::coroutine_handle<task_promise_of>::from_promise(*this)};
}

/// What an answer comes to once it has been awaited: the `T` of a `task<T>`, anything else as it is.
template <class Answer>
struct awaited_answer {
  using type = Answer;
};
template <class T>
struct awaited_answer<task<T>> {
  using type = T;
};
template <class Answer>
using awaited_answer_t = typename awaited_answer<Answer>::type;

template <class Task>
inline constexpr bool is_task = false;
template <class T>
inline constexpr bool is_task<task<T>> = true;

}  // namespace detail

/// What a coroutine asks to learn about its own task: `auto& me = co_await this_task();`
struct this_task_query {
  task_control* control = nullptr;
  [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
  template <task_promise Promise>
  auto await_suspend(std::coroutine_handle<Promise> asking) noexcept -> bool {
    control = asking.promise().control;
    return false;
  }
  [[nodiscard]] auto await_resume() const noexcept -> task_control& { return *control; }
};
[[nodiscard]] inline auto this_task() noexcept -> this_task_query { return {}; }

/// Lets other runnable tasks go first: `co_await yield();`
struct yield_operation {
  [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
  template <task_promise Promise>
  void await_suspend(std::coroutine_handle<Promise> yielding) const noexcept {
    auto& control = *yielding.promise().control;
    control.suspend_at(yielding, "its turn");
    control.home().schedule_last(control);
  }
  void await_resume() const noexcept {}
};
[[nodiscard]] inline auto yield() noexcept -> yield_operation { return {}; }

}  // namespace sluice
