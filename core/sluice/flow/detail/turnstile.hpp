// turnstile — lets numbered passers through in the order of their numbers. Private to its room.
#pragma once

#include <coroutine>
#include <cstdint>
#include <mutex>

#include <sluice/atomics/spin_lock.hpp>
#include <sluice/context/waiting.hpp>
#include <sluice/task/awaitable.hpp>

namespace sluice::detail {

/// Invariant  numbers below `next_` have passed; waiters have higher ones, each its own.
class turnstile {
 public:
  struct [[nodiscard]] passage {
    struct place : cancellable_waiter {
      ~place() { this->abandon(); }
      std::uint64_t number = 0;
    };

    passage(turnstile& at, context const& until, std::uint64_t number) noexcept
        : turns(at), ctx(until) {
      me.number = number;
    }
    [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
    template <task_promise Promise>
    auto await_suspend(std::coroutine_handle<Promise> waiting) noexcept -> bool {
      me.task = waiting.promise().control;
      me.task->suspend_at(waiting, "its turn in an ordered stage");
      if (!me.listen(ctx, turns.lock_, turns.waiting_)) {
        me.state = wait_state::cancelled;
        return false;
      }
      std::lock_guard const hold{turns.lock_};
      if (me.state != wait_state::cancelled && me.number == turns.next_) {
        me.state = wait_state::served;
        return false;
      }
      return me.enqueue();
    }
    /// False when the context ended first.
    auto await_resume() noexcept -> bool {
      me.settle();
      return me.state == wait_state::served;
    }

    turnstile& turns;
    context const& ctx;
    place me;
  };

  /// Suspends until every lower number has passed.
  auto turn_of(std::uint64_t number, context const& ctx) noexcept -> passage {
    return {*this, ctx, number};
  }

  /// The present number has passed.
  void advance() noexcept {
    waiter* woken = nullptr;
    {
      std::lock_guard const hold{lock_};
      ++next_;
      waiting_.for_each([&](waiter& each) {
        if (static_cast<passage::place&>(each).number == next_) woken = &each;
      });
      if (woken != nullptr) {
        waiting_.remove(*woken);
        static_cast<cancellable_waiter&>(*woken).serve();
      }
    }
    if (woken != nullptr) woken->wake();
  }

 private:
  spin_lock lock_;
  std::uint64_t next_ = 0;
  wait_list waiting_;
};

}  // namespace sluice::detail
