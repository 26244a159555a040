// channel — typed hand-off between tasks or threads, with a bound and an end.
#pragma once

#include <coroutine>
#include <memory>
#include <optional>
#include <utility>

#include <sluice/base/cpu.hpp>
#include <sluice/channel/detail/channel_core.hpp>
#include <sluice/task/awaitable.hpp>

namespace sluice {

/// What `channel::send` returns; await it, once.
template <transferable T>
class [[nodiscard]] send_operation {
 public:
  send_operation(detail::channel_core<T>* core, context const& ctx, T&& value)
      : core_(core), ctx_(ctx), value_(std::move(value)) {}
  send_operation(send_operation const&) = delete;
  auto operator=(send_operation const&) -> send_operation& = delete;
  ~send_operation() {
    if (how_ == detail::progress::waited) std::destroy_at(&me_);
  }

  [[nodiscard]] SLUICE_HOT auto await_ready() -> bool {
    if (ctx_.done()) [[unlikely]] return come_to(detail::progress::ended);
    if (core_ == nullptr || !detail::within_slice()) [[unlikely]] return come_to(detail::progress::none);
    auto const how = core_->send_at_once(value_);
    return how == detail::progress::done || come_to(how);
  }
  template <task_promise Promise>
  auto await_suspend(std::coroutine_handle<Promise> sender) -> bool {
    std::construct_at(&me_, value_);
    how_ = detail::progress::waited;
    auto& task = *sender.promise().control;
    me_.task = &task;
    if (core_ == nullptr) [[unlikely]] {
      task.suspend_at(sender, "a null channel");
      return detail::wait_on_nothing(me_, ctx_);
    }
    task.suspend_at(sender, "room in a channel");
    return !core_->do_or_wait(me_, ctx_, task.hears()) || detail::end_slice_if_due(task, sender);
  }
  SLUICE_HOT auto await_resume() -> send_result<T> {
    if (how_ == detail::progress::waited && me_.sent()) how_ = detail::progress::done;
    if (how_ == detail::progress::done) [[likely]] return {};
    return when_not_sent();
  }

 private:
  // For `await_ready`: how it stands otherwise.
  auto come_to(detail::progress how) noexcept -> bool {
    how_ = how;
    return how != detail::progress::none;
  }
  [[gnu::noinline]] auto when_not_sent() -> send_result<T> {
    auto why = std::optional<errc>{errc::closed};
    if (how_ == detail::progress::ended) why = ctx_.err();
    if (how_ == detail::progress::waited) why = me_.outcome(ctx_);
    if (!why) return {};
    return std::unexpected(unsent<T>{*why, std::move(value_)});
  }

  detail::channel_core<T>* core_;
  context const& ctx_;
  T value_;
  detail::progress how_ = detail::progress::done;  // as it mostly comes: nothing is written then
  union {
    detail::sending<T> me_;
  };
};

/// What `channel::recv` returns; await it, once.
template <transferable T>
class [[nodiscard]] receive_operation {
 public:
  receive_operation(detail::channel_core<T>* core, context const& ctx) noexcept
      : core_(core), ctx_(ctx) {}
  receive_operation(receive_operation const&) = delete;
  auto operator=(receive_operation const&) -> receive_operation& = delete;
  ~receive_operation() {
    if (how_ == detail::progress::waited) std::destroy_at(&me_);
  }

  [[nodiscard]] SLUICE_HOT auto await_ready() -> bool {
    if (ctx_.done()) [[unlikely]] return come_to(detail::progress::ended);
    if (core_ == nullptr || !detail::within_slice()) [[unlikely]] return come_to(detail::progress::none);
    auto const how = core_->receive_at_once(value_);
    return how == detail::progress::done || come_to(how);
  }
  template <task_promise Promise>
  auto await_suspend(std::coroutine_handle<Promise> receiver) -> bool {
    std::construct_at(&me_, value_);
    how_ = detail::progress::waited;
    auto& task = *receiver.promise().control;
    me_.task = &task;
    if (core_ == nullptr) [[unlikely]] {
      task.suspend_at(receiver, "a null channel");
      return detail::wait_on_nothing(me_, ctx_);
    }
    task.suspend_at(receiver, "a value from a channel");
    return !core_->do_or_wait(me_, ctx_, task.hears()) || detail::end_slice_if_due(task, receiver);
  }
  SLUICE_HOT auto await_resume() -> result<T> {
    if (how_ == detail::progress::waited && me_.received()) how_ = detail::progress::done;
    if (how_ == detail::progress::done) [[likely]] return std::move(*value_);
    return when_not_received();
  }

 private:
  // For `await_ready`: how it stands otherwise.
  auto come_to(detail::progress how) noexcept -> bool {
    how_ = how;
    return how != detail::progress::none;
  }
  [[gnu::noinline]] auto when_not_received() -> result<T> {
    auto why = errc::closed;
    if (how_ == detail::progress::ended) why = ctx_.err().value_or(errc::cancelled);
    if (how_ == detail::progress::waited) why = me_.outcome(ctx_);
    return failure(why);
  }

  detail::channel_core<T>* core_;
  context const& ctx_;
  std::optional<T> value_;
  detail::progress how_ = detail::progress::done;  // as it mostly comes: nothing is written then
  union {
    detail::receiving<T> me_;
  };
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
    detail::sending<T> me{value};
    detail::block_thread(me, "room in a channel", [&] { return core_->do_or_wait(me, ctx); });
    if (auto const why = me.outcome(ctx)) return std::unexpected(unsent<T>{*why, std::move(value)});
    return {};
  }

  /// Hands `value` over if that needs no waiting; otherwise does not move from it.
  /// Fails     `would_block` or `closed`.
  [[nodiscard]] auto try_send(T&& value) -> result<void> {
    auto const how = core_ ? core_->send_at_once(value) : detail::progress::none;
    if (how == detail::progress::done) return {};
    return failure(how == detail::progress::closed ? errc::closed : errc::would_block);
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
    std::optional<T> value;
    detail::receiving<T> me{value};
    detail::block_thread(me, "a value from a channel", [&] { return core_->do_or_wait(me, ctx); });
    auto const why = me.outcome(ctx);
    if (!value) return failure(why);
    return std::move(*value);
  }

  /// Takes the oldest value if there is one.
  /// Fails     `would_block` or `closed`.
  [[nodiscard]] auto try_recv() -> result<T> {
    std::optional<T> value;
    auto const how = core_ ? core_->receive_at_once(value) : detail::progress::none;
    if (how == detail::progress::done) return std::move(*value);
    return failure(how == detail::progress::closed ? errc::closed : errc::would_block);
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
