// spawn — a task of its own, beside the one that asks for it.
#pragma once

#include <source_location>
#include <utility>

#include <sluice/task/join_handle.hpp>

namespace sluice {

/// Starts `body` as a task of its own on `home`; it may run before this returns.
/// Throws    `std::bad_alloc`, or `misuse` when `home` is shutting down or `body` has run already or was
///           moved from; nothing was started then.
/// Cost      one block beside the frame of `body`.
template <class T>
auto spawn(executor& home, task<T> body,
           std::source_location where = std::source_location::current()) -> join_handle<T> {
  auto* const root = detail::root_of<T>::make(std::move(body), home, where);
  try {
    home.admit(*root);
  } catch (...) {
    root->discard();
    throw;
  }
  home.schedule(*root);
  return join_handle<T>{root};
}

/// What `fork` returns; await it, once.
template <class T>
class [[nodiscard]] fork_operation {
 public:
  explicit fork_operation(detail::root_of<T>* made) noexcept : root_(made) {}
  fork_operation(fork_operation const&) = delete;
  auto operator=(fork_operation const&) -> fork_operation& = delete;
  ~fork_operation() {
    if (root_ == nullptr) return;
    if (admitted_) root_->let_go();
    else root_->discard();
  }

  [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
  template <task_promise Promise>
  auto await_suspend(std::coroutine_handle<Promise> forking) -> std::coroutine_handle<> {
    if (root_ == nullptr) throw misuse("fork", "awaited twice");
    auto& spawned = *root_;
    auto& home = spawned.home();
    home.admit(spawned);
    admitted_ = true;
    auto& me = *forking.promise().control;
    me.suspend_at(forking, "its turn");
    return home.start_first(spawned, me);
  }
  [[nodiscard]] auto await_resume() noexcept -> join_handle<T> {
    return join_handle<T>{std::exchange(root_, nullptr)};
  }

 private:
  detail::root_of<T>* root_;
  bool admitted_ = false;
};

/// Starts `body` as a task of its own on `home`, which goes first: the caller goes on when that one has suspended or
/// ended, or at once on another worker. One slice in 61 is somebody else's turn, and in simulation the schedule decides.
///
///     auto left = co_await fork(home, sum(first, middle));
///     auto const right = co_await sum(middle, last);
///     co_return right + co_await std::move(left);
///
/// So a recursion, or a loop that starts a million of them, has about as many tasks alive as it is deep, where `spawn`
/// has all of them.
/// Suspends  the caller, until the worker that runs the new task, or another one, has time for it.
/// Throws    from `fork` `std::bad_alloc`, and `misuse` when `body` has run already or was moved from; from the `co_await`
///           `misuse` when `home` is shutting down, or when it is awaited twice. Nothing was started then.
/// Cost      as `spawn`, and a suspension.
/// Source    Blumofe, Leiserson, "Scheduling multithreaded computations by work stealing", JACM 46(5), 1999.
template <class T>
[[nodiscard]] auto fork(executor& home, task<T> body,
                        std::source_location where = std::source_location::current()) -> fork_operation<T> {
  return fork_operation<T>{detail::root_of<T>::make(std::move(body), home, where)};
}

}  // namespace sluice
