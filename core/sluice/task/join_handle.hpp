// join_handle — the one who waits for a spawned task, and takes what it brought.
#pragma once

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <memory>
#include <source_location>
#include <utility>
#include <variant>

#include <sluice/task/task.hpp>
#include <sluice/task/waiter.hpp>

namespace sluice {

namespace detail {

/// Destroys the coroutines that wait inside of `outermost`, each before the one that awaits it: the order in which
/// an exception would unwind them. `innermost` is the last of them; null: nothing is done, and they go with
/// `outermost`, each inside the destructor of the one before.
/// Cost      constant stack.
void unwind_inside(promise_base& outermost, promise_base const* innermost) noexcept;

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

/// A spawned task, shared by the runtime and the join handle; the last of the two to let go frees it, and
/// with it the frame of its outermost coroutine. The runtime lets go by ending it.
///
/// Invariant  `joiner_` is null while nobody waits, the waiter's address while somebody does, `nobody` once
///            the handle has let go before the end, and `ended` for ever once the task has ended.
/// Edges      end   joiner_ acq_rel -> joiner_ acquire   the outcome is complete before it is taken, and the
///            runtime has touched the task for the last time before its handle frees it
///            leave  joiner_ acq_rel -> joiner_ acq_rel  the handle has before the runtime does
class root_control : public task_control {
 public:
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

  /// By the holder of the handle, who has no waiter here any more.
  void let_go() noexcept {
    void* expected = nullptr;
    if (!ended() && joiner_.compare_exchange_strong(expected, &nobody_, std::memory_order_acq_rel,  // leave
                                                    std::memory_order_acquire))
      return;
    bury();
  }

  /// Frees a task that was never handed to a runtime.
  void discard() noexcept {
    reports_exception = false;
    bury();
  }

  /// Destroys the body of a suspended task, unwinding it, and ends the task with `why`.
  void abandon(std::exception_ptr why) noexcept {
    destroy_body(std::move(why));
    finish();
  }
  /// An exception that nobody takes need not be reported: it has been.
  void report_nothing() noexcept { reports_exception = false; }

 protected:
  using task_control::task_control;
  ~root_control() = default;
  virtual void destroy_body(std::exception_ptr why) noexcept = 0;
  /// Reports what nobody has taken, and frees it all.
  virtual void bury() noexcept = 0;

 private:
  static inline char ended_ = 0;
  static inline char nobody_ = 0;
  std::atomic<void*> joiner_{nullptr};
};

/// A spawned task whose outermost coroutine yields a `T`.
template <class T>
class root_of final : public root_control, public counted_frame {
 public:
  /// Throws    `misuse` when `body` was moved from, or awaited, before; `std::bad_alloc`.
  [[nodiscard]] static auto make(task<T> body, executor& home, std::source_location where) -> root_of* {
    body.check();
    return new root_of(std::move(body), home, where);
  }

  /// Once the task has ended; the same once only.
  auto take() -> T {
    if (unwound) std::rethrow_exception(std::exchange(why_, nullptr));
    return body_.frame_.promise().take();
  }

 private:
  root_of(task<T>&& body, executor& home, std::source_location where) noexcept
      : root_control(home, where, body.frame_), body_(std::move(body)) {
    body_.frame_.promise().control = this;
  }
  ~root_of() {
    if (unwound) std::destroy_at(&why_);
    else std::destroy_at(&body_);
  }

  void destroy_body(std::exception_ptr why) noexcept override {
    unwind_inside(body_.frame_.promise(), innermost());
    std::destroy_at(&body_);
    unwound = true;
    std::construct_at(&why_, std::move(why));
  }
  void bury() noexcept override {
    if (unwound || body_.frame_.promise().threw()) [[unlikely]] report_unheard();
    delete this;
  }
  [[gnu::noinline]] void report_unheard() noexcept {
    if (!reports_exception) return;
    auto unheard = unwound ? std::exchange(why_, nullptr) : body_.frame_.promise().take_thrown();
    if (unheard) home().exception_unheard(*this, std::move(unheard));
  }

  union {
    task<T> body_;
    std::exception_ptr why_;  // the exception with which it was unwound
  };
};

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
  using root = detail::root_of<T>;

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
    if (joined->attach(me)) {
      probe::thread_wait sleeps;
      sleeps.begin("the end of a task");
      sleeping.park();
    }
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
