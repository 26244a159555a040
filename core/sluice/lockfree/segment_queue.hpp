// segment_queue — unbounded lock-free queue that draws tickets for slots of an array.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>
#include <sluice/base/cache_line.hpp>
#include <sluice/base/concepts.hpp>
#include <sluice/lockfree/detail/filled_node.hpp>
#include <sluice/lockfree/detail/ring_slots.hpp>
#include <sluice/lockfree/detail/segment_slot.hpp>
#include <sluice/reclaim/hazard_domain.hpp>
#include <sluice/reclaim/reclaimer.hpp>

namespace sluice {

/// A FIFO of segments, each an array of slots. A push and a pop draw a ticket by one addition,
/// where in an `ms_queue` they have to win an exchange, and one push in about a thousand allocates:
/// for where that queue is too slow. `segment_queue<job> jobs;` over the program's shared domain, or
/// over one of its own, which it must not outlive: see `ms_queue`.
///
/// A pop may come to its slot before the push that has the same ticket has filled it. It spoils the slot
/// then, and both draw again: the push still has its value. A value whose move may throw, or that cannot
/// be assigned to, could not be taken back so; for such a `T` every value gets a segment of its own, and
/// the queue is an `ms_queue` by another name.
///
/// Progress   lock-free: a push and a pop can spoil slots for one another only until the segment is used
///            up, and whoever appends the next one has its value in it. A push allocates when it does.
/// Invariant  From head a chain of segments leads to the last one, whose link is null; tail is in that
///            chain, never before head. A segment gets a successor when all its push tickets are drawn.
///            The push and the pop that draw the same ticket have its slot for themselves, and its state
///            decides: filled by the one and then taken by the other, or spoilt.
/// Edges      publish  state release -> state acquire   a value is complete before it can be seen
///            link     next release -> next acquire     so is a segment, with the first value in it
///            draw     pops release -> pops acquire     who sees a pop sees what its thread had pushed
///                     before, and does not call a queue empty that it has left
///            advance  head_, tail_ seq_cst -> the same  a segment is complete wherever it is found. The
///                     exchanges are seq_cst, failed ones too, because they make a segment unreachable,
///                     or show that somebody has: a scan that follows must not miss a reader that has
///                     missed it. See `hazard_domain`; epochs do without.
/// Order      Push tickets are relaxed: they choose a slot, and the slot's state orders.
/// Bound      of retired segments: that of the domain. Where a segment is big, whoever retires one tries
///            to free what others were, so that there are seldom more than a few.
/// Threads    Every member may be called by any thread at any time. All operations are linearizable,
///            the answer "empty" included.
/// Source     Ramalhete, Correia, "FAAArrayQueue", 2016, after Morrison, Afek, "Fast concurrent queues for
///            x86 processors", 2013; here the values themselves are in the slots.
template <transferable T, template <atomics_policy> class Domain = hazard_domain,
          atomics_policy Atomics = std_atomics>
  requires reclaimer<Domain<Atomics>>
class segment_queue {
  using slot = detail::segment_slot<T, Atomics>;
  static constexpr bool takes_back =
      std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T>;

 public:
  using value_type = T;
  using domain_type = Domain<Atomics>;
  using participant = typename domain_type::participant;

  /// Slots in a segment when none are asked for: about 16 KiB of them, at most 1024.
  static constexpr std::size_t default_length =
      std::clamp<std::size_t>(std::bit_floor(std::size_t{16 * 1024} / sizeof(slot)), 16, 1024);

  /// Throws    `std::bad_alloc`.
  segment_queue() : segment_queue(domain_type::shared()) {}

  /// Segments have `length` slots, rounded up to a power of two.
  /// Throws    `misuse` for 0 or more than memory could hold, else `std::bad_alloc`.
  explicit segment_queue(domain_type& domain, std::size_t length = default_length)
      : domain_(domain),
        length_(takes_back ? detail::ring_capacity("segment_queue", length, 1, sizeof(slot)) : 1),
        head_(domain.template create<segment>(length_, takes_back ? 0 : 1, takes_back ? 0 : 1)),
        tail_(head_.load(relaxed)) {}

  segment_queue(segment_queue const&) = delete;
  auto operator=(segment_queue const&) -> segment_queue& = delete;

  /// Destroys what is left inside.
  ~segment_queue() {  // all that used the queue came before
    for (auto* at = head_.load(relaxed); at != nullptr;) {
      at->drop_rest();
      domain_.discard(std::exchange(at, at->next.load(relaxed)));
    }
  }

  /// Any thread. Always succeeds; returns a bool as the bounded queues do.
  /// Throws    `std::bad_alloc` without having moved from `value`, or what moving a `T` throws; the
  ///           queue is then as it was.
  auto try_push(T&& value) -> bool {
    return domain_.as_participant([&](auto& me) { return try_push(me, std::move(value)); });
  }

  /// Any thread. Returns nothing when empty.
  /// Throws    `std::bad_alloc` when the thread joins the domain and there is no memory for a seat,
  ///           having changed nothing; or what moving a `T` throws; the value is then gone.
  [[nodiscard]] auto try_pop() -> std::optional<T> {
    return domain_.as_participant([&](auto& me) { return try_pop(me); });
  }

  /// The same for a thread that has joined the queue's domain as `me`.
  auto try_push(participant& me, T&& value) -> bool {
    auto const reading = me.guard();
    if constexpr (takes_back) {
      for (;;) {
        auto* last = reading.protect(tail_);                      // advance
        auto const ticket = last->pushes.fetch_add(1, relaxed);
        if (ticket < length_) {
          if (last->slots[ticket].fill(value)) return true;       // publish
        } else if (auto* next = last->next.load(acquire)) {       // link
          swing(tail_, last, next);
        } else {
          auto* fresh = starting_with(me, std::move(value));
          if (append(last, fresh)) return true;
          fresh->slots[0].empty_into(value);
          me.discard(fresh);
        }
      }
    } else {
      auto* fresh = starting_with(me, std::move(value));
      while (!append(reading.protect(tail_), fresh));             // advance
      return true;
    }
  }

  [[nodiscard]] auto try_pop(participant& me) -> std::optional<T> {
    std::optional<T> value;
    auto const reading = me.guard();
    for (;;) {
      auto* first = reading.protect(head_);                       // advance
      auto const drawn = first->pops.load(acquire);               // draw
      if (drawn < std::min(first->pushes.load(relaxed), length_)) {
        // Acquiring is against load buffering, which the checker does not explore: of two threads that
        // each pop and then push, the later one in both counters must not be earlier in its program.
        auto const ticket = first->pops.fetch_add(1, acq_rel);    // draw
        if (ticket < length_ && first->slots[ticket].take(value)) return value;  // publish
      } else if (auto* next = first->next.load(acquire)) {        // link
        if (drawn >= length_) move_on(me, first, next);
      } else {
        return value;  // every value pushed here has its pop, and nothing comes after
      }
    }
  }

 private:
  struct segment : domain_type::retirable {
    segment(std::size_t length, std::size_t pushed, std::size_t popped)
        : slots(length), pushes(pushed), pops(popped) {}

    auto room() noexcept -> auto& { return slots[0].value; }

    void drop_rest() noexcept {
      auto const end = std::min(pushes.load(relaxed), slots.size());
      for (auto ticket = pops.load(relaxed); ticket < end; ++ticket)
        slots[ticket].value.write([](auto& value) { value.drop(); });
    }

    detail::ring_slots<slot, at_run_time, Atomics> slots;
    typename Atomics::template atomic<segment*> next{nullptr};
    alignas(cache_line) typename Atomics::template atomic<std::size_t> pushes;  // the producers' line
    alignas(cache_line) typename Atomics::template atomic<std::size_t> pops;    // the consumers' line
  };
  using link = typename Atomics::template atomic<segment*>;

  auto starting_with(participant& me, T&& value) -> segment* {
    auto* fresh = detail::filled_node<segment>(me, std::move(value), length_, std::size_t{1},
                                               std::size_t{0});
    fresh->slots[0].state.store(slot::filled, relaxed);  // nobody sees it before it is linked
    return fresh;
  }

  auto append(segment* last, segment* fresh) noexcept -> bool {
    auto* next = last->next.load(acquire);                                              // link
    bool const done =
        next == nullptr && last->next.compare_exchange_strong(next, fresh, release, acquire);  // link
    swing(tail_, last, done ? fresh : next);
    return done;
  }

  void move_on(participant& me, segment* first, segment* next) noexcept {
    swing(tail_, first, next);  // the tail must not fall behind the head
    if (!swing(head_, first, next)) return;
    me.retire(first);
    if (length_ * sizeof(slot) >= big) me.reclaim();
  }

  /// Moves `end` on from one segment to the next, unless somebody has done it before.
  static auto swing(link& end, segment* from, segment* to) noexcept -> bool {
    return end.compare_exchange_strong(from, to, seq_cst, seq_cst);  // advance
  }

  static constexpr std::size_t big = 4096;  // bytes, for which it is worth while to look at every seat

  domain_type& domain_;
  std::size_t const length_;
  alignas(cache_line) link head_;  // the consumers' line
  alignas(cache_line) link tail_;  // the producers' line
};

}  // namespace sluice
