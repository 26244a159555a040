// channel_core — the queue behind a channel. Private to its room.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>
#include <sluice/atomics/spin_lock.hpp>
#include <sluice/base/concepts.hpp>
#include <sluice/base/contract.hpp>
#include <sluice/base/cpu.hpp>
#include <sluice/channel/detail/channel_places.hpp>
#include <sluice/probe/probe.hpp>
#include <sluice/task/frame_pool.hpp>
#include <sluice/task/selectable.hpp>
#include <sluice/task/waiter.hpp>

namespace sluice::detail {

/// What an operation on a channel has come to.
enum class progress : std::uint8_t {
  none,    ///< it would have to wait
  done,
  closed,  ///< the channel is: nothing happened
  ended,   ///< its context has: nothing happened
  waited,  ///< its place in the queue knows
};

/// A bounded queue of values under a lock, with the queues of those who wait for room or for a value.
///
/// Invariant  under `lock_`: `count_ <= capacity_`; while a receiver is queued nothing is buffered
///            and no sender is queued; while a sender is queued the buffer is full; a closed channel
///            has neither. Values leave in the order in which their sends completed. `outlook_` has not
///            the mark of what would have to wait; that a waiter has left, because its context ended, is
///            noticed when next somebody comes because of it.
/// Edges      the lock, and
///            look  outlook_ release -> outlook_ acquire   whoever sees a state of the channel has seen what
///            precedes it. Who finds that it would have to wait has learned that and nothing else.
/// Progress   a look is wait-free; all else is blocking for the few instructions under the lock.
template <transferable T, atomics_policy Atomics = std_atomics, class Places = channel_places<T>>
class basic_channel_core : public pooled {
  using sender = typename Places::sender;
  using receiver = typename Places::receiver;
  using waiters = typename Places::list;
  using place = std::remove_pointer_t<decltype(std::declval<waiters&>().pop_front())>;
  using lock_type = basic_spin_lock<Atomics>;
  // What needs no cleaning up if it is left in the middle, for that cannot happen.
  static constexpr bool brief = lock_type::has_owners && std::is_nothrow_move_constructible_v<T> && std::is_nothrow_destructible_v<T>;

 public:
  explicit basic_channel_core(std::size_t capacity)
      : lock_(typename lock_type::born_here{}), outlook_(capacity > 0 ? sends : 0), capacity_(checked(capacity)), settled_(capacity > 2 ? capacity_ - 2 : 0) {
    if (capacity > 0) slots_ = allocate_slots(capacity);
    probe::channel_made(capacity);
  }

  ~basic_channel_core() {
    if (!senders_.empty() || !receivers_.empty())
      terminate_misuse("channel", "destroyed while somebody waits on it");
    while (count_ > 0) drop_front();
    if (slots_ != nullptr) free_slots(slots_, capacity_);
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
  [[nodiscard]] auto may_send() const noexcept -> bool { return may(sends); }
  [[nodiscard]] auto may_receive() const noexcept -> bool { return may(receives); }

  /// Sends without waiting; moves from `value` only when it succeeds.
  [[nodiscard]] SLUICE_HOT auto send_at_once(T& value) -> progress {
    if (!may_send()) return progress::none;
    if constexpr (brief)
      if (auto const held = lock_.try_lock_briefly()) [[likely]] {
        if (count_ - 1 >= settled_) return send_briefly(value, held);
        put_in(value);
        lock_.unlock_briefly(held);
        return progress::done;
      }
    return send_competing(value);
  }
  /// Receives without waiting.
  [[nodiscard]] SLUICE_HOT auto receive_at_once(std::optional<T>& into) -> progress {
    if (!may_receive()) return progress::none;
    if constexpr (brief)
      if (auto const held = lock_.try_lock_briefly()) [[likely]] {
        if (count_ - 2 >= settled_) return receive_briefly(into, held);
        take_out(into);
        lock_.unlock_briefly(held);
        return progress::done;
      }
    return receive_competing(into);
  }

  // ---- as the source of a select's cases; the first group without the lock, the second under it

  /// Whether `me` may be carried out at this instant, and which change of the channel that was after.
  [[nodiscard]] auto look(auto const& me) const noexcept -> selectable::glance {
    auto const seen = outlook_.load(acquire);  // look
    return {(seen & wanted_by(me)) != 0, seen};
  }
  /// Does what `me` wants, or finds the channel closed, if that is possible at once.
  [[nodiscard]] auto carries_out(sender& me) -> bool {
    auto const how = send_at_once(*me.value);
    me.closed = how == progress::closed;
    return how != progress::none;
  }
  [[nodiscard]] auto carries_out(receiver& me) -> bool { return receive_at_once(*me.value) != progress::none; }
  /// Takes `me` out of its queue if it is there.
  void unqueue(auto& me) noexcept {
    if (auto const held = lock_.try_lock_briefly()) [[likely]] {
      unqueue_locked(me);
      lock_.unlock_briefly(held);
    } else {
      std::lock_guard const hold{lock_};
      unqueue_locked(me);
    }
  }

  [[nodiscard]] auto lock() noexcept -> lock_type& { return lock_; }
  /// As `carries_out`. Whoever has to be woken for it, afterwards, is put into `woken`.
  [[nodiscard]] auto carry_out(sender& me, place*& woken) -> bool {
    auto const how = send_now(*me.value, woken);
    me.closed = how == progress::closed;
    return how != progress::none;
  }
  [[nodiscard]] auto carry_out(receiver& me, place*& woken) -> bool {
    return receive_now(*me.value, woken) != progress::none;
  }
  void queue(auto& me) noexcept {
    queue_of(me).push_back(me);
    publish(outlook());
  }

  /// Completes at once (true), or queues `me` (false), which is woken when its state has changed and
  /// may be gone by then. Who need not wait does not listen for the end of its context.
  [[nodiscard]] auto do_or_wait(auto& me, context const& ctx) -> bool { return do_or_wait(me, ctx, me.ears()); }
  [[nodiscard]] auto do_or_wait(auto& me, context const& ctx, auto& ears) -> bool {
    if constexpr (lock_type::has_owners)
      if (auto const held = prepared_briefly(me, ctx, ears)) [[likely]] {
        auto const before = outlook_.load(relaxed);
        auto const must_wait = (before & wanted_by(me)) == 0;
        auto const waiting = must_wait && me.listen_lightly(ctx, ears, lock_, queue_of(me));
        if (waiting) {
          me.enqueue_in(queue_of(me));
          change(before, queued(me));
        }
        auto const ended = must_wait && !waiting;
        if (ended) me.state = wait_state::cancelled;
        lock_.unlock_briefly(held);
        if (waiting) return false;
        if (ended) return true;
      }
    return do_or_wait_slowly(me, ctx);
  }

  void close() {
    waiters woken;
    {
      std::lock_guard const hold{lock_};
      if (closed_) throw misuse("channel", "closed twice");
      closed_ = true;
      settled_ = 0;
      while (auto* const first = pop_served(senders_)) {
        auto& sending = static_cast<sender&>(*first);
        sending.closed = true;
        sending.serve();
        woken.push_back(sending);
      }
      while (auto* const first = pop_served(receivers_)) {
        static_cast<receiver&>(*first).serve();
        woken.push_back(*first);
      }
      publish(outlook());
    }
    while (auto* const next = woken.pop_front()) next->wake();
  }

  std::uint32_t series = 0;  ///< under which number instruments know it; 0: not at all

 private:
  union slot {
    slot() noexcept {}
    ~slot() {}
    T value;
  };

  // Few of them come from where frames do.
  static constexpr bool over_aligned = alignof(slot) > frame_granule;
  static auto allocate_slots(std::size_t count) -> slot* {
    auto const bytes = count * sizeof(slot);
    if constexpr (over_aligned) return static_cast<slot*>(::operator new(bytes, std::align_val_t{alignof(slot)}));
    else return static_cast<slot*>(allocate_block(bytes));
  }
  static void free_slots(slot* slots, std::size_t count) noexcept {
    if constexpr (over_aligned) ::operator delete(slots, std::align_val_t{alignof(slot)});
    else free_block(slots, count * sizeof(slot));
  }

  static auto checked(std::size_t capacity) -> std::uint32_t {
    constexpr auto most = std::min<std::size_t>(std::numeric_limits<std::uint32_t>::max(), std::numeric_limits<std::size_t>::max() / 2 / sizeof(slot));
    if (capacity > most)
      throw misuse("channel", "a capacity of " + std::to_string(capacity) + " values is outside 0 to " + std::to_string(most));
    return static_cast<std::uint32_t>(capacity);
  }

  static auto wanted_by(sender const&) noexcept -> std::uint32_t { return sends; }
  static auto wanted_by(receiver const&) noexcept -> std::uint32_t { return receives; }
  auto queue_of(sender const&) noexcept -> waiters& { return senders_; }
  auto queue_of(receiver const&) noexcept -> waiters& { return receivers_; }

  [[nodiscard]] auto may(std::uint32_t what) const noexcept -> bool {
    return (outlook_.load(acquire) & what) != 0;  // look
  }
  // Under the lock, at the end of whatever changes something.
  void publish(std::uint32_t what) noexcept {
    auto const before = outlook_.load(relaxed);
    if ((before & (sends | receives)) != what) change(before, what);
  }
  void change(std::uint32_t before, std::uint32_t what) noexcept {
    outlook_.store(((before | sends | receives) + 1) | what, release);  // look
  }
  [[nodiscard]] auto outlook() const noexcept -> std::uint32_t {
    auto const may_send = static_cast<unsigned>(closed_ | (count_ < capacity_) | !receivers_.empty());
    auto const may_receive = static_cast<unsigned>(closed_ | (count_ > 0) | !senders_.empty());
    return may_send * sends | may_receive * receives;
  }
  // What somebody else may do now that one is queued: see the invariant.
  static auto queued(sender const&) noexcept -> std::uint32_t { return receives; }
  static auto queued(receiver const&) noexcept -> std::uint32_t { return sends; }

  void unqueue_locked(auto& me) noexcept {
    if (!static_cast<list_node<>&>(me).linked()) return;
    queue_of(me).remove(me);
    publish(outlook());
  }
  [[nodiscard]] auto prepared_briefly(auto& me, context const& ctx, auto& ears) noexcept {
    using held = decltype(lock_.try_lock_briefly());
    return me.prepared_for(ctx, ears) ? lock_.try_lock_briefly() : held{};
  }
  // Under the lock, once. False, and `me` cancelled, when the context has ended.
  [[nodiscard]] auto waits(auto& me, context const& ctx, auto& ears) noexcept -> bool {
    if (!me.listen_prepared(ctx, ears, lock_, queue_of(me)) || !me.enqueue()) {
      me.state = wait_state::cancelled;
      return false;
    }
    publish(queued(me));
    return true;
  }
  [[gnu::noinline]] auto do_or_wait_slowly(auto& me, context const& ctx) -> bool {
    for (;;) {
      {
        wake_at_end<place> woken;
        std::lock_guard const hold{lock_};
        if (carry_out(me, woken.who)) {
          me.state = wait_state::served;
          return true;
        }
        if (me.prepared_for(ctx)) return !waits(me, ctx, me.ears());
      }
      if (me.prepare(ctx)) continue;
      me.state = wait_state::cancelled;
      return true;
    }
  }

  // Not inline: what is mostly done, in the middle of a buffer, keeps few registers then.
  [[gnu::noinline]] auto send_briefly(T& value, auto held) noexcept -> progress {
    place* woken = nullptr;
    auto const how = send_now(value, woken);
    lock_.unlock_briefly(held);
    if (woken != nullptr) woken->wake();
    return how;
  }
  [[gnu::noinline]] auto receive_briefly(std::optional<T>& into, auto held) noexcept -> progress {
    place* woken = nullptr;
    auto const how = receive_now(into, woken);
    lock_.unlock_briefly(held);
    if (woken != nullptr) woken->wake();
    return how;
  }
  [[gnu::noinline]] auto send_competing(T& value) -> progress {
    wake_at_end<place> woken;
    if (!lock_.try_lock()) lock_.lock_patiently();
    std::lock_guard const hold{lock_, std::adopt_lock};
    return send_now(value, woken.who);
  }
  [[gnu::noinline]] auto receive_competing(std::optional<T>& into) -> progress {
    wake_at_end<place> woken;
    if (!lock_.try_lock()) lock_.lock_patiently();
    std::lock_guard const hold{lock_, std::adopt_lock};
    return receive_now(into, woken.who);
  }

  [[nodiscard]] auto after(std::uint32_t at) const noexcept -> std::uint32_t {
    return at + 1 == capacity_ ? 0 : at + 1;
  }
  void put_in(T& value) {
    std::construct_at(&slots_[back_].value, std::move(value));
    back_ = after(back_);
    ++count_;
    probe::sent(series, count_);
  }
  void take_out(std::optional<T>& into) {
    into.emplace(std::move(slots_[front_].value));
    drop_front();
    probe::received(series, count_);
  }
  void drop_front() noexcept {
    std::destroy_at(&slots_[front_].value);
    front_ = after(front_);
    --count_;
  }

  // Under the lock, from here on. A throwing move leaves everything as it was.
  SLUICE_HOT auto send_now(T& value, place*& woken) -> progress {
    if (auto* const first = pop_served(receivers_)) {
      auto& partner = static_cast<receiver&>(*first);
      meet(partner, woken, [&] { partner.value->emplace(std::move(value)); });
      publish(receivers_.empty() && capacity_ == 0 ? 0 : sends);  // nothing is buffered, and nobody sends
      return progress::done;
    }
    if (count_ < capacity_ && !closed_) {
      put_in(value);
      publish(receives | (count_ < capacity_ ? sends : 0));
      return progress::done;
    }
    publish(outlook());
    return closed_ ? progress::closed : progress::none;
  }

  SLUICE_HOT auto receive_now(std::optional<T>& into, place*& woken) -> progress {
    if (count_ > 0) {
      take_out(into);
      publish((closed_ ? sends | receives : sends) | (count_ > 0 ? receives : 0));
      woken = admit_sender();
      return progress::done;
    }
    if (auto* const first = pop_served(senders_)) {  // unbuffered: straight from the longest-blocked
      auto& partner = static_cast<sender&>(*first);
      meet(partner, woken, [&] { into.emplace(std::move(*partner.value)); });
      publish(senders_.empty() ? 0 : receives);  // there is no buffer, and nobody receives
      return progress::done;
    }
    publish(outlook());
    return closed_ ? progress::closed : progress::none;
  }

  // A partner whose value does not move stays where it was, first in its queue. One that belongs to a
  // select has given up its other cases by now: it goes on, and hears of the exception, too.
  void meet(auto& partner, place*& woken, auto const& move) {
    if constexpr (std::is_nothrow_move_constructible_v<T>) {
      move();
    } else {
      try {
        move();
      } catch (...) {
        if (partner.of_select == nullptr) {
          queue_of(partner).push_front(partner);
        } else {
          partner.failed.note();
          partner.serve();
          woken = &partner;
        }
        publish(outlook());
        throw;
      }
    }
    partner.serve();
    woken = &partner;
    probe::sent(series, 0);
    probe::received(series, 0);
  }

  // The freed slot goes to the longest-blocked sender in the same step. If its value will not move,
  // the sender hears of it, and the slot stays free for the next.
  auto admit_sender() noexcept -> place* {
    auto* const first = pop_served(senders_);
    if (first == nullptr) return nullptr;
    auto& waiting = static_cast<sender&>(*first);
    waiting.serve();
    if constexpr (std::is_nothrow_move_constructible_v<T>) {
      put_in(*waiting.value);
    } else {
      try {
        put_in(*waiting.value);
      } catch (...) {
        waiting.failed.note();
      }
    }
    publish(outlook());
    return first;
  }

  static constexpr std::uint32_t sends = 1;
  static constexpr std::uint32_t receives = 2;

  mutable lock_type lock_;
  // What would not have to wait; above that, a count of its changes.
  typename Atomics::template atomic<std::uint32_t> outlook_;
  std::uint32_t const capacity_;
  std::uint32_t settled_;    // with how many buffered but one neither a send nor a receive changes the outlook: below this
  std::uint32_t count_ = 0;
  std::uint32_t front_ = 0;  // the oldest value
  std::uint32_t back_ = 0;   // where the next one goes
  bool closed_ = false;
  slot* slots_ = nullptr;
  waiters senders_;
  waiters receivers_;
};

template <transferable T>
using channel_core = basic_channel_core<T>;

}  // namespace sluice::detail
