// channel_core — the queue behind a channel. Private to its room.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <sluice/atomics/spin_lock.hpp>
#include <sluice/base/concepts.hpp>
#include <sluice/base/result.hpp>
#include <sluice/context/waiting.hpp>
#include <sluice/probe/probe.hpp>
#include <sluice/task/selectable.hpp>

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

/// A sender in the queue; the value is still its own.
template <class T>
struct sending : cancellable_waiter {
  explicit sending(T& given) noexcept : value(&given) {}
  ~sending() { this->abandon(); }
  T* value;
  bool closed = false;
  std::exception_ptr thrown;  // its value's move threw in the receiver's hands

  /// After the wait: why nothing was sent, if so.
  [[nodiscard]] auto outcome(context const& ctx) -> std::optional<errc> {
    this->settle();
    if (thrown) std::rethrow_exception(thrown);
    if (this->state == wait_state::cancelled) return ctx.err().value_or(errc::cancelled);
    if (closed) return errc::closed;
    return std::nullopt;
  }
};

/// A receiver in the queue, with the place for what it gets.
template <class T>
struct receiving : cancellable_waiter {
  explicit receiving(std::optional<T>& place) noexcept : value(&place) {}
  ~receiving() { this->abandon(); }
  std::optional<T>* value;
  std::exception_ptr thrown;  // the value's move threw after this place had been claimed for it

  /// After the wait, when there is no value: why.
  [[nodiscard]] auto outcome(context const& ctx) -> errc {
    this->settle();
    if (thrown) std::rethrow_exception(thrown);
    return this->state == wait_state::cancelled ? ctx.err().value_or(errc::cancelled) : errc::closed;
  }
};

/// What came of a send or a receive that does not wait.
enum class at_once : std::uint8_t {
  done,
  wait,    ///< nothing: it would have to wait
  closed,  ///< nothing: the channel is closed
};

/// Invariant  under `lock_`: `count_ <= capacity_`; while a receiver is queued nothing is buffered
///            and no sender is queued; while a sender is queued the buffer is full; a closed channel
///            has neither. Values leave in the order in which their sends completed.
/// Edges      the lock. Who finds in `outlook_` that it would have to wait has learned that and nothing else.
template <transferable T>
class channel_core {
 public:
  explicit channel_core(std::size_t capacity)
      : outlook_(capacity > 0 ? sendable : 0), capacity_(capacity) {
    if (capacity > std::numeric_limits<std::size_t>::max() / 2 / sizeof(slot))
      throw misuse("channel", "a capacity of " + std::to_string(capacity) +
                                  " values does not fit into memory");
    if (capacity > 0) slots_ = std::make_unique<slot[]>(capacity);
    probe::channel_made(capacity);
  }

  ~channel_core() {
    if (!senders_.empty() || !receivers_.empty())
      terminate_misuse("channel", "destroyed while somebody waits on it");
    while (count_ > 0) drop_front();
    probe::channel_gone();
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
    return (outlook_.load(std::memory_order_acquire) & sendable) != 0;
  }
  [[nodiscard]] auto may_receive() const noexcept -> bool {
    return (outlook_.load(std::memory_order_acquire) & receivable) != 0;
  }

  /// Sends without waiting; moves from `value` only when it succeeds.
  [[nodiscard]] auto send_at_once(T& value) -> at_once {
    if (!may_send()) return at_once::wait;
    wake_at_end woken;
    changing const hold{*this};
    return send_now(value, woken.who);
  }
  /// Receives without waiting.
  [[nodiscard]] auto receive_at_once(std::optional<T>& into) -> at_once {
    if (!may_receive()) return at_once::wait;
    wake_at_end woken;
    changing const hold{*this};
    return receive_now(into, woken.who);
  }

  // ---- as the source of a select's cases; under `lock()` unless it says otherwise

  [[nodiscard]] auto lock() noexcept -> spin_lock& { return lock_; }

  [[nodiscard]] auto may(sending<T> const&) const noexcept -> bool { return may_send(); }
  [[nodiscard]] auto may(receiving<T> const&) const noexcept -> bool { return may_receive(); }
  /// Without the lock: the same, and which change of the channel that was after.
  [[nodiscard]] auto look(auto const& me) const noexcept -> selectable::glance {
    auto const seen = outlook_.load(std::memory_order_acquire);
    return {(seen & wanted_by(me)) != 0, seen};
  }

  /// Does what `me` wants, or finds the channel closed, if that is possible at once.
  [[nodiscard]] auto carry_out(sending<T>& me, waiter*& woken) -> bool {
    auto const how = send_now(*me.value, woken);
    me.closed = how == at_once::closed;
    publish();
    return how != at_once::wait;
  }
  [[nodiscard]] auto carry_out(receiving<T>& me, waiter*& woken) -> bool {
    auto const how = receive_now(*me.value, woken);
    publish();
    return how != at_once::wait;
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

  /// Completes at once (true), or queues `me` (false), which is woken when its state has changed and
  /// may be gone by then.
  [[nodiscard]] auto send_or_wait(sending<T>& me, context const& ctx) -> bool {
    return do_or_wait(me, ctx, [&](waiter*& woken) {
      auto const how = send_now(*me.value, woken);
      me.closed = how == at_once::closed;
      return how;
    });
  }
  [[nodiscard]] auto receive_or_wait(receiving<T>& me, context const& ctx) -> bool {
    return do_or_wait(me, ctx, [&](waiter*& woken) { return receive_now(*me.value, woken); });
  }

  void close() {
    wait_list woken;
    {
      changing const hold{*this};
      if (closed_) throw misuse("channel", "closed twice");
      closed_ = true;
      while (auto* const first = pop_served(senders_)) {
        auto& sender = static_cast<sending<T>&>(*first);
        sender.closed = true;
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
    // Without branches: every operation passes here.
    auto const may_send = static_cast<unsigned>(closed_ | (count_ < capacity_) | !receivers_.empty());
    auto const may_receive = static_cast<unsigned>(closed_ | (count_ > 0) | !senders_.empty());
    auto const changes = (outlook_.load(std::memory_order_relaxed) | (sendable | receivable)) + 1;
    outlook_.store(changes | may_send | may_receive * receivable, std::memory_order_release);
  }

  union slot {
    slot() noexcept {}
    ~slot() {}
    T value;
  };

  // Who need not wait does not listen for the end of its context. Most who must have waited under it
  // before, and are heard of there already; else that comes first, without the lock.
  auto do_or_wait(auto& me, context const& ctx, auto const& now) -> bool {
    for (;;) {
      {
        wake_at_end woken;
        changing const hold{*this};
        if (now(woken.who) != at_once::wait) {
          me.state = wait_state::served;
          return true;
        }
        if (me.prepared_for(ctx)) {
          if (me.listen_prepared(ctx, lock_, queue_of(me))) return !me.enqueue();
          me.state = wait_state::cancelled;
          return true;
        }
      }
      if (!me.prepare(ctx)) {
        me.state = wait_state::cancelled;
        return true;
      }
    }
  }
  static auto wanted_by(sending<T> const&) noexcept -> std::uint32_t { return sendable; }
  static auto wanted_by(receiving<T> const&) noexcept -> std::uint32_t { return receivable; }
  auto queue_of(sending<T> const&) noexcept -> wait_list& { return senders_; }
  auto queue_of(receiving<T> const&) noexcept -> wait_list& { return receivers_; }

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
  auto send_now(T& value, waiter*& woken) -> at_once {
    if (closed_) return at_once::closed;
    if (auto* const first = pop_served(receivers_)) {
      auto& receiver = static_cast<receiving<T>&>(*first);
      meet(receiver, woken, [&] { receiver.value->emplace(std::move(value)); });
      probe::sent(series, 0);
      probe::received(series, 0);
      return at_once::done;
    }
    if (count_ == capacity_) return at_once::wait;
    std::construct_at(&at(count_).value, std::move(value));
    ++count_;
    probe::sent(series, count_);
    return at_once::done;
  }

  auto receive_now(std::optional<T>& into, waiter*& woken) -> at_once {
    if (count_ > 0) {
      into.emplace(std::move(at(0).value));
      drop_front();
      probe::received(series, count_);
      admit_sender(woken);
      return at_once::done;
    }
    if (auto* const first = pop_served(senders_)) {  // unbuffered: straight from the longest-blocked
      auto& sender = static_cast<sending<T>&>(*first);
      meet(sender, woken, [&] { into.emplace(std::move(*sender.value)); });
      probe::sent(series, 0);
      probe::received(series, 0);
      return at_once::done;
    }
    return closed_ ? at_once::closed : at_once::wait;
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
      std::construct_at(&at(count_).value, std::move(*sender.value));
      ++count_;
      probe::sent(series, count_);
    } catch (...) {
      sender.thrown = std::current_exception();
    }
  }

  mutable spin_lock lock_;
  static constexpr std::uint32_t sendable = 1;
  static constexpr std::uint32_t receivable = 2;
  std::atomic<std::uint32_t> outlook_;  // what would not have to wait; above that, a count of changes
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
