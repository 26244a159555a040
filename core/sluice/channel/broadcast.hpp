// broadcast — every value to every subscriber; a slow one misses some and is told how many.
#pragma once

#include <concepts>
#include <coroutine>
#include <cstddef>
#include <memory>
#include <utility>

#include <sluice/channel/detail/broadcast_core.hpp>
#include <sluice/channel/detail/channel_core.hpp>
#include <sluice/task/awaitable.hpp>

namespace sluice {

template <transferable T>
  requires std::copy_constructible<T>
class broadcast;

/// What `broadcast_subscriber::recv` returns; await it, once.
template <transferable T>
class [[nodiscard]] broadcast_operation {
 public:
  broadcast_operation(detail::broadcast_core<T>& core, detail::broadcast_place& place,
                      context const& ctx) noexcept
      : core_(core), place_(place), ctx_(ctx) {}
  broadcast_operation(broadcast_operation const&) = delete;
  auto operator=(broadcast_operation const&) -> broadcast_operation& = delete;
  ~broadcast_operation() {
    if (!over_) core_.give_up(place_, me_);
  }

  [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
  template <task_promise Promise>
  auto await_suspend(std::coroutine_handle<Promise> subscriber) -> bool {
    me_.task = subscriber.promise().control;
    me_.task->suspend_at(subscriber, "a value of a broadcast");
    return !core_.ready_or_wait(place_, me_, ctx_);
  }
  auto await_resume() -> result<broadcast_value<T>> {
    over_ = true;
    return core_.outcome(place_, me_, ctx_);
  }

 private:
  detail::broadcast_core<T>& core_;
  detail::broadcast_place& place_;
  context const& ctx_;
  bool over_ = false;
  detail::plain_place me_;
};

/// One who hears what is sent from its subscription on.
/// Threads   one owner, which may change; one wait at a time.
/// Lifetime  outlives every operation begun on it, and is moved between them; may outlive the
///           broadcast.
template <transferable T>
class [[nodiscard]] broadcast_subscriber {
 public:
  broadcast_subscriber(broadcast_subscriber&& other) noexcept
      : core_(std::move(other.core_)), place_(other.place_) {}
  auto operator=(broadcast_subscriber&& other) noexcept -> broadcast_subscriber& {
    broadcast_subscriber gone{std::move(other)};
    std::swap(core_, gone.core_);
    std::swap(place_, gone.place_);
    return *this;
  }
  ~broadcast_subscriber() {
    if (core_ != nullptr) core_->leave(place_);
  }

  /// The next value, with the number of those missed before it.
  /// Suspends  while there is none; resumes on the awaiting task's runtime.
  /// Fails     `closed` once the broadcast is closed and all is heard; `cancelled` or
  ///           `deadline_exceeded`, having heard nothing.
  /// Throws    `misuse` after a move, or while another wait is under way; what copying a `T`
  ///           throws, and then the value can still be heard.
  /// Cost      no allocation of its own; a `T` is copied under the lock that senders need.
  [[nodiscard]] auto recv(context const& ctx) -> broadcast_operation<T> {
    return {core(), place_, ctx};
  }

  /// The same for a plain thread, which it blocks.
  /// Throws    `misuse` on a worker of a runtime, besides what `recv` throws.
  [[nodiscard]] auto recv_blocking(context const& ctx) -> result<broadcast_value<T>> {
    detail::refuse_on_worker("broadcast_subscriber");
    detail::plain_place me;
    detail::block_thread(me, "a value from a broadcast", [&] { return core().ready_or_wait(place_, me, ctx); });
    return core_->outcome(place_, me, ctx);
  }

  /// The next value if there is one.
  /// Fails     `would_block` or `closed`.
  /// Throws    as `recv` does.
  [[nodiscard]] auto try_recv() -> result<broadcast_value<T>> {
    return core().take(place_);
  }

  /// How many values it could hear without waiting.
  [[nodiscard]] auto len() const noexcept -> std::size_t {
    return core_ ? core_->length(place_) : 0;
  }

  /// For `on_recv`.
  /// Throws    `misuse` after a move.
  [[nodiscard]] auto state() const -> detail::broadcast_core<T>& { return core(); }
  [[nodiscard]] auto place() noexcept -> detail::broadcast_place& { return place_; }

 private:
  friend class broadcast<T>;
  explicit broadcast_subscriber(std::shared_ptr<detail::broadcast_core<T>> core) noexcept
      : core_(std::move(core)) {
    core_->join(place_);
  }
  auto core() const -> detail::broadcast_core<T>& {
    if (core_ == nullptr) throw misuse("broadcast_subscriber", "used after a move");
    return *core_;
  }

  std::shared_ptr<detail::broadcast_core<T>> core_;
  detail::broadcast_place place_;
};

/// Sends every value to everybody who has subscribed by then, and waits for nobody.
///
///     broadcast<price> prices{64};
///     auto mine = prices.subscribe();
///     if (!prices.send(price{...})) return;                   // one side
///     while (auto next = co_await mine.recv(ctx)) {           // the other, until close()
///       if (next->missed > 0) resynchronize();
///       use(next->value);
///     }
///
/// Order     Every subscriber hears the values in the one order in which they were sent.
/// Edges     What precedes `send` happens-before what follows a `recv` that yields the value;
///           `close` happens-before a `recv` that says `closed`.
/// Bound     The last `capacity` values are kept, each until all concerned have heard it. Who falls
///           further behind goes on at the oldest one kept, and learns how many it missed.
/// Threads   Every member may be called by any task or thread at any time.
/// Lifetime  closes when it goes; subscribers may stay and hear the rest.
template <transferable T>
  requires std::copy_constructible<T>
class broadcast {
 public:
  /// Allocates the whole buffer here.
  /// Throws    `misuse` for a capacity of 0 or one that cannot exist, else `std::bad_alloc`.
  explicit broadcast(std::size_t capacity)
      : core_(std::make_shared<detail::broadcast_core<T>>(capacity)) {}
  broadcast(broadcast const&) = delete;
  auto operator=(broadcast const&) -> broadcast& = delete;
  ~broadcast() { core_->close(); }

  /// One more who hears all that is sent from now on.
  [[nodiscard]] auto subscribe() noexcept -> broadcast_subscriber<T> {
    return broadcast_subscriber<T>{core_};
  }

  /// Sends `value` to everybody who has subscribed; never waits. With nobody there it goes nowhere.
  /// Fails     `closed`, giving `value` back.
  /// Throws    what the move of a `T` throws, having sent nothing.
  /// Cost      O(1) and a wake-up for each subscriber that waits; no allocation.
  [[nodiscard]] auto send(T value) -> send_result<T> {
    if (core_->send(value)) return {};
    return std::unexpected(unsent<T>{errc::closed, std::move(value)});
  }

  /// Ends the broadcast: what was sent can still be heard, and everybody who waits is told.
  /// Throws    `misuse` when it is closed already.
  void close() {
    if (!core_->close()) throw misuse("broadcast", "closed twice");
  }

  [[nodiscard]] auto closed() const noexcept -> bool { return core_->closed(); }
  [[nodiscard]] auto cap() const noexcept -> std::size_t { return core_->capacity(); }
  [[nodiscard]] auto subscribers() const noexcept -> std::size_t { return core_->subscribers(); }

 private:
  std::shared_ptr<detail::broadcast_core<T>> core_;
};

}  // namespace sluice
