// oneshot_core — what the two ends of a oneshot share. Private to its room.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <utility>

#include <sluice/atomics/spin_lock.hpp>
#include <sluice/base/concepts.hpp>
#include <sluice/base/contract.hpp>
#include <sluice/base/result.hpp>
#include <sluice/context/waiting.hpp>
#include <sluice/task/selectable.hpp>

namespace sluice::detail {

/// Invariant  under `lock_`: a value lies here from its send until it is taken or the receiver
///            goes; nobody waits once the sender has sent or gone.
/// Edges      the lock.
template <transferable T>
class oneshot_core {
 public:
  /// One of the two ends has gone; the last one frees what they shared.
  void let_go() noexcept {
    if (ends_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  /// Sender only, once. Moves from `value` only when somebody can still receive it.
  [[nodiscard]] auto send(T& value) -> bool {
    wake_at_end woken;
    std::lock_guard const hold{lock_};
    if (receiver_gone_) return false;
    value_.emplace(std::move(value));
    woken.who = end_sending();
    return true;
  }

  void sender_gone() noexcept {
    wake_at_end woken;
    std::lock_guard const hold{lock_};
    woken.who = end_sending();
  }

  void receiver_gone() noexcept {
    {
      std::lock_guard const hold{lock_};
      if (!waiting_.empty())
        terminate_misuse("oneshot_receiver", "destroyed while somebody waits on it");
      receiver_gone_ = true;
    }
    value_.reset();  // no send can succeed any more: the value, if there is one, is this end's
  }

  [[nodiscard]] auto nobody_receives() const noexcept -> bool {
    std::lock_guard const hold{lock_};
    return receiver_gone_;
  }

  /// Receiver only. What has come, or why nothing will.
  [[nodiscard]] auto take() -> result<T> {
    std::lock_guard const hold{lock_};
    if (!value_) return failure(sending_over_ ? errc::closed : errc::would_block);
    result<T> taken{std::move(*value_)};
    value_.reset();
    return taken;
  }

  /// Receiver only. True when there is no need to wait, else `me` is queued.
  [[nodiscard]] auto ready_or_wait(cancellable_waiter& me, context const& ctx) noexcept -> bool {
    return enter_queue(me, ctx, lock_, waiting_, [this] { return sending_over_; });
  }

  /// For selects. The lock, and under it whether `take` would find something, or the end, and queueing.
  [[nodiscard]] auto lock() noexcept -> spin_lock& { return lock_; }
  [[nodiscard]] auto ready_locked() const noexcept -> bool { return sending_over_; }
  void queue_locked(waiter& me) noexcept { waiting_.push_back(me); }
  /// Not under the lock: whoever was queued is not any more.
  void unqueue(waiter& me) noexcept {
    std::lock_guard const hold{lock_};
    if (static_cast<list_node<>&>(me).linked()) waiting_.remove(me);
  }

  /// What came of the wait.
  [[nodiscard]] auto outcome(cancellable_waiter& me, context const& ctx) -> result<T> {
    me.settle();
    if (me.state == wait_state::cancelled) return failure(ctx.err().value_or(errc::cancelled));
    return take();
  }

 private:
  // Under the lock. Who waits is woken behind it.
  auto end_sending() noexcept -> waiter* {
    sending_over_ = true;
    return serve_first(waiting_);
  }

  std::atomic<unsigned> ends_{2};
  mutable spin_lock lock_;
  bool sending_over_ = false;
  bool receiver_gone_ = false;
  std::optional<T> value_;
  wait_list waiting_;
};

}  // namespace sluice::detail
