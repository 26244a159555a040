// blocking_queue — makes of a queue that only tries one whose threads sleep until it has something.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <type_traits>
#include <utility>

#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>
#include <sluice/base/cache_line.hpp>
#include <sluice/base/concepts.hpp>
#include <sluice/base/scope_exit.hpp>
#include <sluice/lockfree/event_count.hpp>

namespace sluice {

/// How often a thread of a `blocking_queue` looks before it sleeps: see `event_count`.
struct sleep_after {
  unsigned looks = event_count::usual_looks;
};

/// Any queue with `try_push` and `try_pop`, with waiting and an end.
///
///     blocking_queue<mpmc_ring<job>> jobs{128};
///     if (auto sent = jobs.push_blocking(job{...}); !sent) keep(sent.error());  // one side
///     while (auto next = jobs.pop_blocking()) run(*next);                       // until close()
///
/// Progress   blocking, by name; what `try_push` and `try_pop` do beyond the queue's own is wait-free
///            while nobody sleeps. A push exchanges two numbers more than the queue does, a pop one.
/// Order      As the queue's. Those that sleep are woken in turn, one for each value or each place, but
///            whoever happens to be there first has it.
/// Invariant  gate_ is twice the number of threads that are between asking whether the queue is closed
///            and having their value inside, plus one when it is closed.
/// Edges      pass   gate_ seq_cst -> gate_ seq_cst  a value is inside before a look that, coming from a
///                   sleeper's place, finds none; and all are when the last push is over
///            end    gate_ release -> gate_ acquire, seq_cst  what precedes `close` precedes a refusal
///                   and the answer that nothing will come any more
///            pass and the event count's `announce` are the two halves of its
///            `publication::seq_cst`: a push leaves the gate, then looks for sleepers; a sleeper takes
///            its place, then looks at the gate. With acquire and release both could look too early,
///            as in the store-buffering test, and a value would lie inside beside one that sleeps.
/// Bound      That of the queue.
/// Threads    Every member may be called by as many threads as the queue allows on that side; `close`
///            by any thread.
/// Lifetime   Nobody may be inside when it is destroyed; what is left in the queue goes with it.
///
/// A queue whose "empty" is not linearizable, as that of `mpmc_ring`, can hide several values behind
/// one that is on its way, and those that come to look then fall asleep beside them. A wake-up may
/// therefore stand for more than one value, and whoever was woken wakes the next one as it leaves.
template <class Queue, atomics_policy Atomics = std_atomics>
  requires transferable<typename Queue::value_type>
class blocking_queue {
 public:
  using value_type = typename Queue::value_type;

  /// Hands `args` to the queue.
  template <class... Args>
    requires std::constructible_from<Queue, Args...>
  explicit blocking_queue(Args&&... args)
      : blocking_queue(sleep_after{}, std::forward<Args>(args)...) {}
  template <class... Args>
    requires std::constructible_from<Queue, Args...>
  explicit blocking_queue(sleep_after patience, Args&&... args)
      : queue_(std::forward<Args>(args)...), arrivals_(patience.looks), room_(patience.looks) {}

  blocking_queue(blocking_queue const&) = delete;
  auto operator=(blocking_queue const&) -> blocking_queue& = delete;

  /// Blocks the thread while the queue is full.
  /// Fails     once closed, and gives `value` back. One that was accepted will be popped, also when
  ///           `close` comes at the same time.
  /// Throws    what the queue's `try_push` throws; the value is then gone.
  [[nodiscard]] auto push_blocking(value_type value) -> std::expected<void, value_type> {
    auto answer = offer(value);
    if (answer == full) {
      auto const look = [&] { return (answer = offer(value)) != full; };
      sleep_for(room_, look, look);
    }
    if (answer == closed) return std::unexpected(std::move(value));
    return {};
  }

  /// Never waits. Returns false when full or closed, and then `value` has not been moved from.
  /// Throws    what the queue's `try_push` throws.
  [[nodiscard]] auto try_push(value_type&& value) -> bool { return offer(value) == taken; }

  /// Blocks the thread until there is a value. Nothing comes only when the queue is closed, every push
  /// is over and all values have been taken; and then for ever.
  /// Throws    what the queue's `try_pop` throws; the value is then gone.
  [[nodiscard]] auto pop_blocking() -> std::optional<value_type> {
    auto value = try_pop();
    if (!value) {
      auto const look = [&] {
        if (auto got = try_pop()) value.emplace(std::move(*got));
        return value.has_value();
      };
      // Who only spins leaves the gate alone: its line belongs to those that push.
      sleep_for(arrivals_, look, [&] {
        auto const gate = gate_.load(seq_cst);  // pass, end: before the look, not after it
        return look() || gate == closed_and_no_push;
      });
    }
    return value;
  }

  /// Never waits. Returns nothing when empty, be it for a moment or for ever.
  /// Throws    what the queue's `try_pop` throws; the value is then gone.
  [[nodiscard]] auto try_pop() -> std::optional<value_type> {
    bool made_room = true;  // also when moving throws
    scope_exit const tell([&] {
      if (made_room) room_.notify_one();
    });
    auto value = queue_.try_pop();
    made_room = value.has_value() || leaves_gaps;
    return value;
  }

  /// Refuses every push from now on and, when all values are taken, ends the waiting of those that
  /// pop. Closing again has no effect.
  void close() noexcept {
    gate_.fetch_or(closed_and_no_push, release);  // end; an exchange: `pass` reaches across it
    arrivals_.notify_all();
    room_.notify_all();
  }

  [[nodiscard]] auto is_closed() const noexcept -> bool {
    return (gate_.load(acquire) & closed_and_no_push) != 0;  // end
  }

  [[nodiscard]] auto capacity() const noexcept -> std::size_t
    requires requires(Queue const& queue) { queue.capacity(); }
  {
    return queue_.capacity();
  }

 private:
  enum answers : std::uint8_t { taken, full, closed };
  static constexpr std::uint64_t closed_and_no_push = 1;
  static constexpr std::uint64_t one_push = 2;

  /// A push whose move throws may use up a place, until a pop skips it and finds nothing in it. So that
  /// nobody waits for what others do not notice, such a push wakes like any other, and so does a pop.
  static constexpr bool leaves_gaps = !std::is_nothrow_move_constructible_v<value_type>;

  auto offer(value_type& value) -> answers {
    auto const gate = gate_.fetch_add(one_push, relaxed);  // whoever is refused leaves by `end`
    auto answer = taken;  // also when moving throws
    scope_exit const out([&] {
      leave();
      if (answer == taken) arrivals_.notify_one(publication::seq_cst);
    });
    if ((gate & closed_and_no_push) != 0) answer = closed;
    else if (!queue_.try_push(std::move(value))) answer = full;
    return answer;
  }

  void leave() noexcept {
    auto const before = gate_.fetch_sub(one_push, seq_cst);  // pass, end
    if (before == one_push + closed_and_no_push) arrivals_.notify_all(publication::seq_cst);
  }

  /// Waits for `ready`, and wakes the next one if it was woken itself: see above.
  template <class Glance, class Ready>
  static void sleep_for(basic_event_count<Atomics>& event, Glance&& glance, Ready&& ready) {
    bool slept = true;  // perhaps, when `ready` throws
    scope_exit const pass_on([&] {
      if (slept) event.notify_one();
    });
    slept = event.await(glance, ready);
  }

  Queue queue_;
  alignas(cache_line) typename Atomics::template atomic<std::uint64_t> gate_{0};
  basic_event_count<Atomics> arrivals_;  // those that pop, and found nothing
  basic_event_count<Atomics> room_;      // those that push, and found no place
};

}  // namespace sluice
