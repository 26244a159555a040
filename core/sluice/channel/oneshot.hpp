// oneshot — one value from one sender to one receiver, and either learns when the other has gone.
#pragma once

#include <coroutine>
#include <utility>

#include <sluice/channel/detail/channel_core.hpp>
#include <sluice/channel/detail/oneshot_core.hpp>
#include <sluice/task/awaitable.hpp>

namespace sluice {

template <transferable T>
struct oneshot_ends;
template <transferable T>
[[nodiscard]] auto oneshot() -> oneshot_ends<T>;

/// The end that sends.
/// Threads   one owner, which may change.
template <transferable T>
class [[nodiscard]] oneshot_sender {
 public:
  oneshot_sender(oneshot_sender&& other) noexcept
      : core_(std::exchange(other.core_, nullptr)), sent_(std::exchange(other.sent_, false)) {}
  auto operator=(oneshot_sender&& other) noexcept -> oneshot_sender& {
    oneshot_sender gone{std::move(other)};
    std::swap(core_, gone.core_);
    std::swap(sent_, gone.sent_);
    return *this;
  }
  /// Without a send before, the receiver gets `closed`.
  ~oneshot_sender() {
    if (core_ == nullptr) return;
    if (!sent_) core_->sender_gone();
    core_->let_go();
  }

  /// Hands `value` over; never waits.
  /// Fails     `closed`, giving `value` back, when the receiver has gone.
  /// Throws    `misuse` for a second value, or after a move; what the move of a `T` throws, having
  ///           sent nothing.
  [[nodiscard]] auto send(T value) -> send_result<T> {
    if (core_ == nullptr) throw misuse("oneshot_sender", "used after a move");
    if (sent_) throw misuse("oneshot_sender", "a second value was sent");
    if (!core_->send(value)) return std::unexpected(unsent<T>{errc::closed, std::move(value)});
    sent_ = true;
    return {};
  }

  /// True when a send would be in vain: the receiver has gone.
  [[nodiscard]] auto closed() const noexcept -> bool {
    return core_ == nullptr || core_->nobody_receives();
  }

 private:
  friend auto oneshot<T>() -> oneshot_ends<T>;
  explicit oneshot_sender(detail::oneshot_core<T>* core) noexcept : core_(core) {}

  detail::oneshot_core<T>* core_;
  bool sent_ = false;
};

/// What `oneshot_receiver::recv` returns; await it, once.
template <transferable T>
class [[nodiscard]] oneshot_operation {
 public:
  oneshot_operation(detail::oneshot_core<T>& core, context const& ctx) noexcept
      : core_(core), ctx_(ctx) {}
  [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
  template <task_promise Promise>
  auto await_suspend(std::coroutine_handle<Promise> receiver) noexcept -> bool {
    me_.task = receiver.promise().control;
    me_.task->suspend_at(receiver, "the value of a oneshot");
    return !core_.ready_or_wait(me_, ctx_);
  }
  auto await_resume() -> result<T> { return core_.outcome(me_, ctx_); }

 private:
  detail::oneshot_core<T>& core_;
  context const& ctx_;
  detail::plain_place me_;
};

/// The end that receives.
/// Threads   one owner, which may change.
/// Lifetime  outlives every operation begun on it.
template <transferable T>
class [[nodiscard]] oneshot_receiver {
 public:
  oneshot_receiver(oneshot_receiver&& other) noexcept
      : core_(std::exchange(other.core_, nullptr)) {}
  auto operator=(oneshot_receiver&& other) noexcept -> oneshot_receiver& {
    oneshot_receiver gone{std::move(other)};
    std::swap(core_, gone.core_);
    return *this;
  }
  /// A value that nobody took goes with it.
  ~oneshot_receiver() {
    if (core_ == nullptr) return;
    core_->receiver_gone();
    core_->let_go();
  }

  /// Takes the value.
  /// Suspends  until it comes; resumes on the awaiting task's runtime.
  /// Fails     `closed` when the sender has gone without sending, and once the value was taken;
  ///           `cancelled` or `deadline_exceeded`, having taken nothing: it can still be received.
  /// Throws    `misuse` after a move.
  /// Cost      no allocation: the waiter lives in the awaiting coroutine's frame.
  [[nodiscard]] auto recv(context const& ctx) -> oneshot_operation<T> { return {core(), ctx}; }

  /// The same for a plain thread, which it blocks.
  /// Throws    `misuse` on a worker of a runtime.
  [[nodiscard]] auto recv_blocking(context const& ctx) -> result<T> {
    detail::refuse_on_worker("oneshot_receiver");
    detail::plain_place me;
    detail::block_thread(me, "a value from a oneshot", [&] { return core().ready_or_wait(me, ctx); });
    return core().outcome(me, ctx);
  }

  /// Takes the value if it has come.
  /// Fails     `would_block`, or `closed` as `recv` does.
  [[nodiscard]] auto try_recv() -> result<T> { return core().take(); }

  /// For `on_recv`.
  /// Throws    `misuse` after a move.
  [[nodiscard]] auto state() const -> detail::oneshot_core<T>& { return core(); }

 private:
  friend auto oneshot<T>() -> oneshot_ends<T>;
  explicit oneshot_receiver(detail::oneshot_core<T>* core) noexcept : core_(core) {}
  auto core() const -> detail::oneshot_core<T>& {
    if (core_ == nullptr) throw misuse("oneshot_receiver", "used after a move");
    return *core_;
  }

  detail::oneshot_core<T>* core_;
};

template <transferable T>
struct oneshot_ends {
  oneshot_sender<T> sender;
  oneshot_receiver<T> receiver;
};

/// Two ends between which one value passes, once.
///
///     auto [answer, question] = oneshot<int>();
///     crew.go(home, compute(std::move(answer)));            // sends, or goes
///     auto const got = co_await question.recv(ctx);         // the value, or `closed`
///
/// Edges     What precedes `send` happens-before what follows the `recv` that yields the value, and
///           the sender's going happens-before the `recv` that says `closed`.
/// Throws    `std::bad_alloc`.
/// Cost      one allocation here, shared by both ends, and none later.
template <transferable T>
auto oneshot() -> oneshot_ends<T> {
  auto* const core = new detail::oneshot_core<T>;
  return {oneshot_sender<T>{core}, oneshot_receiver<T>{core}};
}

}  // namespace sluice
