// join_handle — the one who waits for a spawned task, and takes what it brought.
#pragma once

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>
#include <variant>

#include <sluice/task/task.hpp>
#include <sluice/task/waiter.hpp>

namespace sluice {

namespace detail {

/// A joiner that is a case of a select.
struct joining_case : waiter {
  std::atomic<bool> let_go{false};  ///< the task that ended touches this place no more

  /// Called by the task that has ended.
  void over() noexcept {
    auto const claimed = of_select->decision->try_claim(of_select->index);
    waiter woken;
    woken.task = task, woken.thread = thread;
    let_go.store(true, std::memory_order_release);
    if (claimed == select_decision::claim::won) woken.wake();
  }
};

/// The frame of a spawned task's root coroutine, shared by the runtime and the join handle; the
/// last of the two to let go frees it.
///
/// Invariant  `joiner_` is null while nobody waits, the waiter's address while somebody does, and
///            `ended` for ever once the task has ended.
/// Edges      end   joiner_ acq_rel -> joiner_ acquire   the outcome is complete before it is taken
class root_control : public task_control {
 public:
  using task_control::task_control;

  /// The task has ended: tells the runtime, wakes the joiner, lets go.
  void finish() noexcept;

  /// Enqueues the joiner; false when the task has ended already.
  [[nodiscard]] auto attach(waiter& joining) noexcept -> bool {
    void* expected = nullptr;
    return joiner_.compare_exchange_strong(expected, &joining, std::memory_order_acq_rel,
                                           std::memory_order_acquire);
  }
  /// Takes the joiner out again; false when it is being, or has been, woken.
  [[nodiscard]] auto detach(waiter& joining) noexcept -> bool {
    void* expected = &joining;
    return joiner_.compare_exchange_strong(expected, nullptr, std::memory_order_acq_rel,
                                           std::memory_order_acquire);
  }
  [[nodiscard]] auto ended() const noexcept -> bool {
    return joiner_.load(std::memory_order_acquire) == &ended_;
  }

  void let_go() noexcept {
    if (owners_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    if (thrown && on_unheard != nullptr) on_unheard(*this);
    root().destroy();
  }

  /// Destroys the body of a suspended task, unwinding it, and ends the task with `why`.
  void abandon(std::exception_ptr why) noexcept {
    destroy_body();
    thrown = std::move(why);
    finish();
  }

  /// Called once by `finish`, before the joiner wakes, by whoever keeps the list of live tasks.
  void (*on_end)(root_control& ended) noexcept = nullptr;
  /// Called when the last owner lets go of a task whose exception nobody has taken.
  void (*on_unheard)(root_control& ended) noexcept = nullptr;
  std::exception_ptr thrown;

 protected:
  ~root_control() = default;
  virtual void destroy_body() noexcept = 0;

 private:
  static inline char ended_ = 0;
  std::atomic<void*> joiner_{nullptr};
  std::atomic<unsigned> owners_{2};
};

inline void root_control::finish() noexcept {
  if (on_end != nullptr) on_end(*this);
  if (auto* const found = joiner_.exchange(&ended_, std::memory_order_acq_rel)) {
    auto* const joining = static_cast<waiter*>(found);
    if (joining->of_select == nullptr) joining->wake();
    else static_cast<joining_case*>(joining)->over();
  }
  let_go();
}

struct end_of_root {
  [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> ended) const noexcept {
    ended.promise().finish();
  }
  void await_resume() const noexcept {}
};

template <class T>
struct root_value {
  std::optional<T> value;
  template <class U = T>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
};
template <>
struct root_value<void> {
  void return_void() noexcept {}
};

template <class T>
class root_task {
 public:
  struct promise_type : promise_base, root_control, root_value<T> {
    template <class... Rest>
    promise_type(task<T>& body, executor& home, std::source_location where, Rest&&...) noexcept
        : root_control(home, where), body_(&body) {
      this->control = this;
      start_at(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    auto get_return_object() noexcept -> root_task { return root_task{this}; }
    [[nodiscard]] auto initial_suspend() const noexcept -> std::suspend_always { return {}; }
    [[nodiscard]] auto final_suspend() const noexcept -> end_of_root { return {}; }
    void unhandled_exception() noexcept { thrown = std::current_exception(); }

    auto take() -> T {
      if (this->thrown) std::rethrow_exception(std::exchange(this->thrown, nullptr));
      if constexpr (!std::is_void_v<T>) return std::move(*this->value);
    }

   private:
    void destroy_body() noexcept override { body_->reset(); }
    task<T>* body_;  // the root's own argument, in the same frame
  };

  explicit root_task(promise_type* made) noexcept : root(made) {}
  promise_type* root;
};

/// The outermost coroutine of a spawned task.
template <class T>
auto make_root(task<T> body, executor& home, std::source_location where) -> root_task<T> {
  (void)home;
  (void)where;
  co_return co_await std::move(body);
}

}  // namespace detail

/// Whoever holds it may wait for the task, once, and takes its value or its exception.
///
///     auto answer = rt.spawn(compute());
///     use(co_await std::move(answer));
///
/// Throws    from the `co_await`: what the task threw.
/// Edges     everything the task did happens-before the return of the join.
/// Threads   one owner; the task itself may run anywhere.
/// Lifetime  dropping the handle leaves the task to its runtime, which waits for it when it ends;
///           `detach()` says the same on purpose. An exception nobody joined is reported there.
template <class T>
class [[nodiscard]] join_handle {
  using root = typename detail::root_task<T>::promise_type;

 public:
  explicit join_handle(root* spawned) noexcept : root_(spawned) {}
  join_handle(join_handle&& other) noexcept : root_(std::exchange(other.root_, nullptr)) {}
  auto operator=(join_handle&& other) noexcept -> join_handle& {
    if (this != &other) {
      detach();
      root_ = std::exchange(other.root_, nullptr);
    }
    return *this;
  }
  ~join_handle() { detach(); }

  /// False after a join, a detach or a move.
  [[nodiscard]] auto joinable() const noexcept -> bool { return root_ != nullptr; }
  /// True once the task has ended; a join will not wait then.
  [[nodiscard]] auto done() const noexcept -> bool { return root_ == nullptr || root_->ended(); }
  /// The task's number, as reports and traces show it.
  [[nodiscard]] auto id() const noexcept -> std::uint32_t { return root_ ? root_->id() : 0; }

  /// For `on_join`: the task, null after a join, a detach or a move.
  [[nodiscard]] auto control() const noexcept -> detail::root_control* { return root_; }

  /// Leaves the task to its runtime.
  void detach() noexcept {
    if (root_ != nullptr) std::exchange(root_, nullptr)->let_go();
  }

  /// Suspends  until the task has ended; resumes on the awaiting task's runtime.
  auto operator co_await() && { return awaiter{take_root()}; }

  /// Blocks the calling thread until the task has ended, and takes its value or exception.
  /// Throws    `misuse` on a worker of a runtime.
  auto join_blocking() && -> T {
    detail::refuse_on_worker("join_handle");
    auto* joined = take_root();
    scope_release const at_end{joined};
    parker sleeping;
    waiter me;
    me.thread = &sleeping;
    if (joined->attach(me)) sleeping.park();
    return joined->take();
  }

 private:
  struct scope_release {
    root* held;
    ~scope_release() { held->let_go(); }
  };

  struct [[nodiscard]] awaiter {
    explicit awaiter(root* joined) noexcept : joined_(joined) {}
    awaiter(awaiter const&) = delete;
    auto operator=(awaiter const&) -> awaiter& = delete;
    ~awaiter() {
      if (me_.task != nullptr && !resumed_) (void)joined_->detach(me_);
      joined_->let_go();
    }
    [[nodiscard]] auto await_ready() const noexcept -> bool { return joined_->ended(); }
    template <task_promise Promise>
    auto await_suspend(std::coroutine_handle<Promise> joining) noexcept -> bool {
      me_.task = joining.promise().control;
      me_.task->suspend_at(joining, "the end of a task");
      return joined_->attach(me_);
    }
    auto await_resume() -> T {
      resumed_ = true;
      return joined_->take();
    }

   private:
    root* joined_;
    waiter me_;
    bool resumed_ = false;
  };

  auto take_root() -> root* {
    if (root_ == nullptr) throw misuse("join_handle", "joined twice, or after detach or a move");
    return std::exchange(root_, nullptr);
  }

  root* root_;
};

}  // namespace sluice
