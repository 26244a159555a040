// pending_call — a function that runs once as a task when something happens, or never.
#pragma once

#include <atomic>
#include <functional>
#include <source_location>
#include <type_traits>
#include <utility>

#include <sluice/task/spawn.hpp>

namespace sluice::detail {

/// Owned by its handle and by each of its hooks, that is, by the places that will tell it of an
/// event. A hook that is taken away before it was told gives its reference back to whoever took it;
/// one that was told lets go itself. So nobody ever waits for anybody here.
///
/// Invariant  `decided_` turns true once. Whoever turned it, and nobody else, touches `root_`.
/// Edges      decide  decided_ acq_rel -> decided_ acq_rel  the task is complete before it is
///            started
class pending_call {
 public:
  using root = root_of<void>;

  pending_call(pending_call const&) = delete;
  auto operator=(pending_call const&) -> pending_call& = delete;

  void hold() noexcept { owners_.fetch_add(1, std::memory_order_relaxed); }
  void let_go() noexcept {
    if (owners_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  /// True when this call prevented the run.
  auto stop() noexcept -> bool {
    if (!decide()) return false;
    unhook();
    drop();
    return true;
  }

 protected:
  /// Takes charge of a task that nobody has started yet.
  explicit pending_call(root* prepared) noexcept : root_(prepared) {}
  virtual ~pending_call() { drop(); }

  /// Takes all hooks away that have not been told yet.
  virtual void unhook() noexcept = 0;

  [[nodiscard]] auto decided() const noexcept -> bool {
    return decided_.load(std::memory_order_acquire);
  }
  [[nodiscard]] auto decide() noexcept -> bool {
    return !decided_.exchange(true, std::memory_order_acq_rel);
  }
  void drop() noexcept {
    if (auto* const never_started = std::exchange(root_, nullptr)) never_started->discard();
  }
  /// Nothing is started any more by a runtime that is going.
  void start() noexcept {
    try {
      root_->home().admit(*root_);
      root_->home().schedule(*root_);
    } catch (...) {
      drop();
      return;
    }
    std::exchange(root_, nullptr)->let_go();  // nobody will join it
  }

 private:
  std::atomic<unsigned> owners_{1};
  std::atomic<bool> decided_{false};
  root* root_;
};

/// Calls `f`, and awaits what it returns if that is a task.
template <class F>
auto call_once(F f) -> task<void> {
  if constexpr (is_task<std::invoke_result_t<F&>>) {
    (void)co_await std::invoke(f);
  } else {
    // It may take its time: tasks and timers that would wait for this worker find another.
    (co_await this_task()).home().about_to_compute();
    (void)std::invoke(f);
  }
}

/// The task that will call `f`, complete but for its start, which therefore cannot fail for want of
/// memory.
template <class F>
auto prepare_call(F f, executor& home, std::source_location where) -> pending_call::root* {
  return pending_call::root::make(call_once(std::move(f)), home, where);
}

}  // namespace sluice::detail
