// ms_queue — unbounded lock-free queue for any number of producers and consumers.
#pragma once

#include <optional>
#include <utility>

#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>
#include <sluice/base/cache_line.hpp>
#include <sluice/base/concepts.hpp>
#include <sluice/base/scope_exit.hpp>
#include <sluice/lockfree/detail/filled_node.hpp>
#include <sluice/lockfree/detail/slot_value.hpp>
#include <sluice/reclaim/hazard_domain.hpp>
#include <sluice/reclaim/reclaimer.hpp>

namespace sluice {

/// A linked FIFO.
///
///     ms_queue<job> jobs;                                     // over the program's shared domain
///     (void)jobs.try_push(job{...});                          // any thread
///     while (auto next = jobs.try_pop()) run(*next);
///
///     hazard_domain<> domain;                                 // or over one of its own, which it
///     ms_queue<job> own{domain};                              // must not outlive
///     auto me = domain.join();
///     (void)own.try_push(me, job{...});
///
/// Progress   lock-free: a thread stopped anywhere stops nobody; whoever finds the tail behind helps
///            it forward. A push allocates one node, and is as lock-free as the allocator.
/// Invariant  From head a chain of nodes leads to the last one, whose link is null; tail is in that
///            chain, never before head. The values are those of the nodes after head.
/// Edges      link     next release -> next acquire      a value is complete before it can be seen
///            advance  head_, tail_ seq_cst -> the same  a node is complete wherever it is found
///            The exchanges of head_ and tail_ are seq_cst because they make a node unreachable, and
///            because one that succeeds proves that the node announced before was still in place:
///            see `hazard_domain`. Weaker, a scan could miss a reader that missed the exchange. So is
///            the look at tail_ before a node is unlinked: since C++20 an acquire would let the scan
///            come before the exchange of tail_ in S, and miss who has announced the old tail.
/// Bound      of retired nodes: that of the domain.
/// Threads    Every member may be called by any thread at any time. All operations are linearizable,
///            the answer "empty" included.
/// Source     Michael, Scott, "Simple, fast, and practical non-blocking and blocking concurrent queue
///            algorithms", 1996.
template <transferable T, template <atomics_policy> class Domain = hazard_domain,
          atomics_policy Atomics = std_atomics>
  requires reclaimer<Domain<Atomics>>
class ms_queue {
 public:
  using value_type = T;
  using domain_type = Domain<Atomics>;
  using participant = typename domain_type::participant;

  /// Throws    `std::bad_alloc`.
  ms_queue() : ms_queue(domain_type::shared()) {}
  explicit ms_queue(domain_type& domain)
      : domain_(domain), head_(domain.template create<node>()), tail_(head_.load(relaxed)) {}

  ms_queue(ms_queue const&) = delete;
  auto operator=(ms_queue const&) -> ms_queue& = delete;

  /// Destroys what is left inside.
  ~ms_queue() {
    auto* at = head_.load(relaxed);  // all that used the queue came before
    while (auto* next = at->next.load(relaxed)) {
      next->value.write([](auto& value) { value.drop(); });
      domain_.discard(std::exchange(at, next));
    }
    domain_.discard(at);
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
    auto* fresh = detail::filled_node<node>(me, std::move(value));
    for (;;) {
      auto* last = reading.protect(tail_);                     // advance
      if (auto* next = last->next.load(acquire)) {             // link
        swing(tail_, last, next);
        continue;
      }
      node* none = nullptr;
      if (last->next.compare_exchange_weak(none, fresh, release, relaxed)) {  // link
        swing(tail_, last, fresh);
        return true;
      }
    }
  }

  [[nodiscard]] auto try_pop(participant& me) -> std::optional<T> {
    std::optional<T> value;
    auto const reading = me.guard();
    auto const reading_next = me.guard();
    for (;;) {
      auto* first = reading.protect(head_);                    // advance
      auto* last = tail_.load(seq_cst);                        // advance, see Edges
      auto* next = first->next.load(acquire);                  // link
      if (next == nullptr) return value;                       // first is protected: it was the head
      reading_next.hold(next);                                 // looked at again by moving head on
      if (first == last) {
        swing(tail_, last, next);                              // tail must not fall behind head
      } else if (swing(head_, first, next)) {
        // Only the thread that moved head on may touch next's value, and next is protected still.
        scope_exit const done([&] { me.retire(first); });
        next->value.write([&](auto& room) { room.take(value); });
        return value;
      }
    }
  }

 private:
  struct node : domain_type::retirable {
    auto room() noexcept -> auto& { return value; }

    typename Atomics::template atomic<node*> next{nullptr};
    typename Atomics::template cell<detail::slot_value<T>> value;
  };
  using link = typename Atomics::template atomic<node*>;

  /// Moves `end` on from one node to the next, unless somebody has done it before.
  static auto swing(link& end, node* from, node* to) noexcept -> bool {
    return end.compare_exchange_strong(from, to, seq_cst, relaxed);  // advance
  }

  domain_type& domain_;
  alignas(cache_line) link head_;  // the consumers' line
  alignas(cache_line) link tail_;  // the producers' line
};

}  // namespace sluice
