// channel_core — the queue behind a channel. Private to its room.
#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <sluice/base/concepts.hpp>
#include <sluice/base/result.hpp>
#include <sluice/context/waiting.hpp>
#include <sluice/probe/probe.hpp>

namespace sluice {

/// A send that did not happen: why, and the value, unharmed.
template <class T>
struct unsent {
  error why;
  T value;
};

template <class T>
using send_result = std::expected<void, unsent<T>>;

namespace detail {

/// A sender in the queue, with the value it still owns.
template <class T>
struct sending : cancellable_waiter {
  explicit sending(T&& given) : value(std::move(given)) {}
  ~sending() { this->abandon(); }
  T value;
  std::optional<errc> failed;
  std::exception_ptr thrown;  // its value's move threw in the receiver's hands

  /// What came of it, after the wait.
  auto outcome(context const& ctx) -> send_result<T> {
    this->settle();
    if (thrown) std::rethrow_exception(thrown);
    if (this->state == wait_state::cancelled) failed = ctx.err().value_or(errc::cancelled);
    if (failed) return std::unexpected(unsent<T>{*failed, std::move(value)});
    return {};
  }
};

/// A receiver in the queue, with the place for what it gets.
template <class T>
struct receiving : cancellable_waiter {
  receiving() noexcept = default;
  ~receiving() { this->abandon(); }
  std::optional<T> value;
  std::exception_ptr thrown;  // the value's move threw after this place had been claimed for it

  /// What came of it, after the wait.
  auto outcome(context const& ctx) -> result<T> {
    this->settle();
    if (thrown) std::rethrow_exception(thrown);
    if (value) return std::move(*value);
    if (this->state == wait_state::cancelled) return failure(ctx.err().value_or(errc::cancelled));
    return failure(errc::closed);
  }
};

/// Invariant  under `lock_`: `count_ <= capacity_`; while a receiver is queued nothing is buffered
///            and no sender is queued; while a sender is queued the buffer is full; a closed channel
///            has neither. Values leave in the order in which their sends completed.
/// Edges      the lock. Who finds `may_…` false has learned that and nothing else.
template <transferable T>
class channel_core {
 public:
  explicit channel_core(std::size_t capacity) : may_send_(capacity > 0), capacity_(capacity) {
    if (capacity > std::numeric_limits<std::size_t>::max() / 2 / sizeof(slot))
      throw misuse("channel", "a capacity of " + std::to_string(capacity) +
                                  " values does not fit into memory");
    if (capacity > 0) slots_ = std::make_unique<slot[]>(capacity);
  }

  ~channel_core() {
    if (!senders_.empty() || !receivers_.empty())
      terminate_misuse("channel", "destroyed while somebody waits on it");
    while (count_ > 0) drop_front();
  }

  [[nodiscard]] auto capacity() const noexcept -> std::size_t { return capacity_; }
  [[nodiscard]] auto length() const noexcept -> std::size_t {
    std::lock_guard const hold{lock_};
    return count_;
  }
  [[nodiscard]] auto closed() const noexcept -> bool {
    std::lock_guard const hold{lock_};
    return closed_;
  }

  /// False when at this instant a send, or a receive, would have to wait: one load, no lock.
  [[nodiscard]] auto may_send() const noexcept -> bool {
    return may_send_.load(std::memory_order_acquire);
  }
  [[nodiscard]] auto may_receive() const noexcept -> bool {
    return may_receive_.load(std::memory_order_acquire);
  }

  /// Sends without waiting; moves from `value` only when it succeeds.
  [[nodiscard]] auto try_send(T& value) -> result<void> {
    if (!may_send()) return failure(errc::would_block);
    wake_at_end woken;
    changing const hold{*this};
    if (auto const how = send_now(value, woken.who); how != outcome::done)
      return failure(how == outcome::closed ? errc::closed : errc::would_block);
    return {};
  }

  /// Receives without waiting.
  [[nodiscard]] auto try_receive() -> result<T> {
    if (!may_receive()) return failure(errc::would_block);
    std::optional<T> value;
    {
      wake_at_end woken;
      changing const hold{*this};
      if (auto const how = receive_now(value, woken.who); how != outcome::done)
        return failure(how == outcome::closed ? errc::closed : errc::would_block);
    }
    return std::move(*value);
  }

  // ---- as the source of a select's cases; under `lock()` unless it says otherwise

  [[nodiscard]] auto lock() noexcept -> std::mutex& { return lock_; }

  [[nodiscard]] auto may(sending<T> const&) const noexcept -> bool { return may_send(); }
  [[nodiscard]] auto may(receiving<T> const&) const noexcept -> bool { return may_receive(); }

  /// Does what `me` wants, or finds the channel closed, if that is possible at once.
  [[nodiscard]] auto carry_out(sending<T>& me, waiter*& woken) -> bool {
    auto const how = send_now(me.value, woken);
    if (how == outcome::closed) me.failed = errc::closed;
    publish();
    return how != outcome::wait;
  }
  [[nodiscard]] auto carry_out(receiving<T>& me, waiter*& woken) -> bool {
    auto const how = receive_now(me.value, woken);
    publish();
    return how != outcome::wait;
  }
  void queue(auto& me) noexcept {
    queue_of(me).push_back(me);
    publish();
  }
  /// Not under `lock()`.
  void unqueue(auto& me) noexcept {
    changing const hold{*this};
    if (static_cast<list_node<>&>(me).linked()) queue_of(me).remove(me);
  }

  /// Completes at once (true), or queues `me` (false), which is woken when its state has changed.
  /// Who need not wait does not listen for the end of its context: that costs as much as all else.
  [[nodiscard]] auto send_or_wait(sending<T>& me, context const& ctx) -> bool {
    if (send_or(me, [] { return outcome::wait; }) != outcome::wait) return true;
    if (!me.listen(ctx, lock_, senders_)) return fail(me, ctx);
    auto const how = send_or(me, [&] { return me.enqueue() ? outcome::wait : outcome::done; });
    if (how == outcome::wait) return false;  // queued: `me` may be gone already
    if (me.state == wait_state::cancelled) me.failed = ctx.err().value_or(errc::cancelled);
    return true;
  }

  [[nodiscard]] auto receive_or_wait(receiving<T>& me, context const& ctx) -> bool {
    if (receive_or(me, [] { return outcome::wait; }) != outcome::wait) return true;
    if (!me.listen(ctx, lock_, receivers_)) {
      me.state = wait_state::cancelled;
      return true;
    }
    return receive_or(me, [&] { return me.enqueue() ? outcome::wait : outcome::done; }) !=
           outcome::wait;
  }

  void close() {
    wait_list woken;
    {
      changing const hold{*this};
      if (closed_) throw misuse("channel", "closed twice");
      closed_ = true;
      while (auto* const first = pop_served(senders_)) {
        auto& sender = static_cast<sending<T>&>(*first);
        sender.failed = errc::closed;
        sender.serve();
        woken.push_back(sender);
      }
      while (auto* const first = pop_served(receivers_)) {
        static_cast<receiving<T>&>(*first).serve();
        woken.push_back(*first);
      }
    }
    wake_all(woken);
  }

  std::uint32_t series = 0;  ///< under which number instruments know it; 0: not at all

 private:
  enum class outcome : std::uint8_t { done, wait, closed };

  // The lock, and afterwards the new state for those who only look. It errs on the side of "may": a
  // waiter that has left because its context ended is noticed with the next change.
  class changing {
   public:
    explicit changing(channel_core& core) noexcept : core_(core) { core.lock_.lock(); }
    changing(changing const&) = delete;
    auto operator=(changing const&) -> changing& = delete;
    ~changing() {
      core_.publish();
      core_.lock_.unlock();
    }

   private:
    channel_core& core_;
  };
  void publish() noexcept {
    may_send_.store(closed_ || count_ < capacity_ || !receivers_.empty(), std::memory_order_release);
    may_receive_.store(closed_ || count_ > 0 || !senders_.empty(), std::memory_order_release);
  }

  union slot {
    slot() noexcept {}
    ~slot() {}
    T value;
  };

  // Sends if that is possible now and `me` may still do so; otherwise what `wait` says, under the lock.
  auto send_or(sending<T>& me, auto const& wait) -> outcome {
    wake_at_end woken;
    changing const hold{*this};
    auto how = outcome::wait;
    if (me.state != wait_state::cancelled) how = send_now(me.value, woken.who);
    if (how == outcome::wait) return wait();
    me.state = wait_state::served;
    if (how == outcome::closed) me.failed = errc::closed;
    return how;
  }

  auto receive_or(receiving<T>& me, auto const& wait) -> outcome {
    wake_at_end woken;
    changing const hold{*this};
    auto how = outcome::wait;
    if (me.state != wait_state::cancelled) how = receive_now(me.value, woken.who);
    if (how == outcome::wait) return wait();
    me.state = wait_state::served;
    return how;
  }

  auto queue_of(sending<T> const&) noexcept -> wait_list& { return senders_; }
  auto queue_of(receiving<T> const&) noexcept -> wait_list& { return receivers_; }

  static auto fail(sending<T>& me, context const& ctx) -> bool {
    me.state = wait_state::cancelled;
    me.failed = ctx.err().value_or(errc::cancelled);
    return true;
  }

  [[nodiscard]] auto at(std::size_t from_front) noexcept -> slot& {
    auto const place = first_ + from_front;
    return slots_[place < capacity_ ? place : place - capacity_];
  }
  void drop_front() noexcept {
    std::destroy_at(&at(0).value);
    first_ = first_ + 1 == capacity_ ? 0 : first_ + 1;
    --count_;
  }

  // Under the lock. A throwing move leaves everything as it was.
  auto send_now(T& value, waiter*& woken) -> outcome {
    if (closed_) return outcome::closed;
    if (auto* const first = pop_served(receivers_)) {
      auto& receiver = static_cast<receiving<T>&>(*first);
      meet(receiver, woken, [&] { receiver.value.emplace(std::move(value)); });
      probe::sent(series, 0);
      probe::received(series, 0);
      return outcome::done;
    }
    if (count_ == capacity_) return outcome::wait;
    std::construct_at(&at(count_).value, std::move(value));
    ++count_;
    probe::sent(series, count_);
    return outcome::done;
  }

  auto receive_now(std::optional<T>& into, waiter*& woken) -> outcome {
    if (count_ > 0) {
      into.emplace(std::move(at(0).value));
      drop_front();
      probe::received(series, count_);
      admit_sender(woken);
      return outcome::done;
    }
    if (auto* const first = pop_served(senders_)) {  // unbuffered: straight from the longest-blocked
      auto& sender = static_cast<sending<T>&>(*first);
      meet(sender, woken, [&] { into.emplace(std::move(sender.value)); });
      probe::sent(series, 0);
      probe::received(series, 0);
      return outcome::done;
    }
    return closed_ ? outcome::closed : outcome::wait;
  }

  // A partner whose value does not move stays where it was, first in its queue. One that belongs to a
  // select has given up its other cases by now: it goes on, and hears of the exception, too.
  void meet(auto& partner, waiter*& woken, auto const& move) {
    try {
      move();
    } catch (...) {
      if (partner.of_select == nullptr) {
        queue_of(partner).push_front(partner);
      } else {
        partner.thrown = std::current_exception();
        partner.serve();
        woken = &partner;
      }
      throw;
    }
    partner.serve();
    woken = &partner;
  }

  // The freed slot goes to the longest-blocked sender in the same step. If its value will not move,
  // the sender hears of it, and the slot stays free for the next.
  void admit_sender(waiter*& woken) noexcept {
    auto* const first = pop_served(senders_);
    if (first == nullptr) return;
    auto& sender = static_cast<sending<T>&>(*first);
    sender.serve();
    woken = &sender;
    try {
      std::construct_at(&at(count_).value, std::move(sender.value));
      ++count_;
      probe::sent(series, count_);
    } catch (...) {
      sender.thrown = std::current_exception();
    }
  }

  mutable std::mutex lock_;
  std::atomic<bool> may_send_;
  std::atomic<bool> may_receive_{false};
  std::size_t const capacity_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  bool closed_ = false;
  std::unique_ptr<slot[]> slots_;
  wait_list senders_;
  wait_list receivers_;
};

}  // namespace detail
}  // namespace sluice
