// channel — typed hand-off between tasks or threads, with a bound and an end.
#pragma once

#include <coroutine>
#include <memory>
#include <optional>
#include <utility>

#include <sluice/channel/detail/channel_core.hpp>
#include <sluice/task/awaitable.hpp>

namespace sluice {

/// What `channel::send` returns; await it, once.
template <transferable T>
class [[nodiscard]] send_operation {
 public:
  send_operation(detail::channel_core<T>* core, context const& ctx, T&& value)
      : core_(core), ctx_(ctx), me_(std::move(value)) {}

  [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
  template <task_promise Promise>
  auto await_suspend(std::coroutine_handle<Promise> sender) -> bool {
    me_.task = sender.promise().control;
    if (auto const ended = ctx_.err()) {
      me_.failed = *ended;
      return false;
    }
    me_.task->suspend_at(sender, core_ ? "room in a channel" : "a null channel");
    if (core_ != nullptr) return !core_->send_or_wait(me_, ctx_);
    return detail::wait_on_nothing(me_, ctx_);
  }
  auto await_resume() -> send_result<T> {
    return me_.outcome(ctx_);
  }

 private:
  detail::channel_core<T>* core_;
  context const& ctx_;
  detail::sending<T> me_;
};

/// What `channel::recv` returns; await it, once.
template <transferable T>
class [[nodiscard]] receive_operation {
 public:
  receive_operation(detail::channel_core<T>* core, context const& ctx) noexcept
      : core_(core), ctx_(ctx) {}

  [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
  template <task_promise Promise>
  auto await_suspend(std::coroutine_handle<Promise> receiver) -> bool {
    me_.task = receiver.promise().control;
    if (ctx_.done()) {
      me_.state = detail::wait_state::cancelled;
      return false;
    }
    me_.task->suspend_at(receiver, core_ ? "a value from a channel" : "a null channel");
    if (core_ != nullptr) return !core_->receive_or_wait(me_, ctx_);
    return detail::wait_on_nothing(me_, ctx_);
  }
  auto await_resume() -> result<T> {
    return me_.outcome(ctx_);
  }

 private:
  detail::channel_core<T>* core_;
  context const& ctx_;
  detail::receiving<T> me_;
};

/// A FIFO of `T` shared by any number of senders and receivers.
///
///     channel<job> jobs{64};
///     co_await jobs.send(ctx, job{...});                      // one side
///     while (auto j = co_await jobs.recv(ctx)) run(*j);       // the other, until close()
///
/// Order     Values from one sender arrive in the order it sent them; waiters are served in turn.
/// Edges     What precedes `send(ctx, v)` happens-before what follows the `recv` that yields `v`;
///           `close` happens-before a `recv` that reports it.
/// Bound     At most `capacity` values wait inside.
/// Threads   Every member may be called by any task or thread at any time.
/// Lifetime  The channel outlives every operation begun on it, and is moved only while idle.
template <transferable T>
class channel {
 public:
  using value_type = T;

  /// A null channel: sending and receiving wait for their context, or for ever.
  channel() noexcept = default;

  /// Allocates the whole buffer here and nothing later; 0 makes every send a rendezvous.
  /// Throws    `misuse` when no such buffer can exist, else `std::bad_alloc`.
  explicit channel(std::size_t capacity)
      : core_(std::make_unique<detail::channel_core<T>>(capacity)) {}

  /// Hands `value` over.
  /// Suspends  while the channel is full; resumes on the awaiting task's runtime.
  /// Fails     `closed`, `cancelled` or `deadline_exceeded`, giving `value` back; once handed over
  ///           it is never lost.
  /// Cost      O(1), no allocation: the waiter lives in the awaiting coroutine's frame.
  [[nodiscard]] auto send(context const& ctx, T value) -> send_operation<T> {
    return send_operation<T>{core_.get(), ctx, std::move(value)};
  }

  /// The same for a plain thread. Blocks it, in the same queue as waiting tasks.
  /// Throws    `misuse` on a worker of a runtime.
  [[nodiscard]] auto send_blocking(context const& ctx, T value) -> send_result<T> {
    detail::refuse_on_worker("channel");
    if (core_ == nullptr) throw misuse("channel", "a thread would wait for ever on a null channel");
    if (auto const ended = ctx.err())
      return std::unexpected(unsent<T>{*ended, std::move(value)});
    detail::sending<T> me{std::move(value)};
    detail::block_thread(me, [&] { return core_->send_or_wait(me, ctx); });
    return me.outcome(ctx);
  }

  /// Hands `value` over if that needs no waiting; otherwise does not move from it.
  /// Fails     `would_block` or `closed`.
  [[nodiscard]] auto try_send(T&& value) -> result<void> {
    return core_ ? core_->try_send(value) : failure(errc::would_block);
  }

  /// Takes the oldest value.
  /// Suspends  while the channel is empty; resumes on the awaiting task's runtime.
  /// Fails     `closed` once it is closed and drained; `cancelled` or `deadline_exceeded`, having
  ///           taken nothing.
  [[nodiscard]] auto recv(context const& ctx) -> receive_operation<T> {
    return receive_operation<T>{core_.get(), ctx};
  }

  /// The same for a plain thread. Blocks it, in the same queue as waiting tasks.
  /// Throws    `misuse` on a worker of a runtime.
  [[nodiscard]] auto recv_blocking(context const& ctx) -> result<T> {
    detail::refuse_on_worker("channel");
    if (core_ == nullptr) throw misuse("channel", "a thread would wait for ever on a null channel");
    if (auto const ended = ctx.err()) return failure(*ended);
    detail::receiving<T> me;
    detail::block_thread(me, [&] { return core_->receive_or_wait(me, ctx); });
    return me.outcome(ctx);
  }

  /// Takes the oldest value if there is one.
  /// Fails     `would_block` or `closed`.
  [[nodiscard]] auto try_recv() -> result<T> {
    return core_ ? core_->try_receive() : result<T>{failure(errc::would_block)};
  }

  /// Ends the channel: what is buffered can still be received, nothing more can be sent, and
  /// everybody who waits is told.
  /// Throws    `misuse` when it is closed already, or null.
  void close() {
    if (core_ == nullptr) throw misuse("channel", "close of a null channel");
    core_->close();
  }

  [[nodiscard]] auto closed() const noexcept -> bool { return core_ && core_->closed(); }
  [[nodiscard]] auto len() const noexcept -> std::size_t { return core_ ? core_->length() : 0; }
  [[nodiscard]] auto cap() const noexcept -> std::size_t { return core_ ? core_->capacity() : 0; }
  [[nodiscard]] explicit operator bool() const noexcept { return core_ != nullptr; }

  /// For the cases of a select: what is behind the channel, null for a null channel.
  [[nodiscard]] auto core() const noexcept -> detail::channel_core<T>* { return core_.get(); }

  /// Under which number instruments record this channel; 0, the default: not at all.
  void watch(std::uint32_t series) noexcept {
    if (core_) core_->series = series;
  }

 private:
  std::unique_ptr<detail::channel_core<T>> core_;
};

}  // namespace sluice
