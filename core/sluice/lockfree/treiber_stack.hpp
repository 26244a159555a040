// treiber_stack — unbounded lock-free stack for any number of threads.
#pragma once

#include <optional>
#include <utility>

#include <sluice/atomics/backoff.hpp>
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

/// A linked LIFO. `treiber_stack<job> jobs;` over the program's shared domain, or over one of its own,
/// which it must not outlive: see `ms_queue`.
///
/// All threads meet at one link, and whoever loses a race for it waits a little before it tries again.
/// It is the plain form of a lock-free stack, and the measure of others.
///
/// Progress   lock-free: an operation tries again only when another one has succeeded. A push allocates
///            one node, and is as lock-free as the allocator.
/// Invariant  From top_ a chain of nodes leads down to null. A node is pushed once, and what is below
///            it never changes: so an exchange of top_ that still finds a protected node there, whose
///            address nobody can have used again, cannot be deceived by what went on meanwhile.
/// Edges      publish  top_ release -> top_ seq_cst   a node is complete before it can be seen. The
///                     exchanges of other pushes and pops in between carry it on, as a release sequence.
///            unlink   top_ seq_cst -> top_ seq_cst   a removal, and the second look of a reader that
///                     announced the node: the rule of `reclaimer`. With acquire and release a scan
///                     could miss a reader that has missed the removal. Epochs do without.
/// Bound      of retired nodes: that of the domain.
/// Threads    Every member may be called by any thread at any time. All operations are linearizable,
///            the answer "empty" included.
/// Source     Treiber, "Systems programming: coping with parallelism", 1986.
template <transferable T, template <atomics_policy> class Domain = hazard_domain,
          atomics_policy Atomics = std_atomics>
  requires reclaimer<Domain<Atomics>>
class treiber_stack {
 public:
  using value_type = T;
  using domain_type = Domain<Atomics>;
  using participant = typename domain_type::participant;

  treiber_stack() : treiber_stack(domain_type::shared()) {}
  explicit treiber_stack(domain_type& domain) noexcept : domain_(domain) {}

  treiber_stack(treiber_stack const&) = delete;
  auto operator=(treiber_stack const&) -> treiber_stack& = delete;

  /// Destroys what is left inside.
  ~treiber_stack() {
    for (auto* at = top_.load(relaxed); at != nullptr;) {  // all that used the stack came before
      at->value.write([](auto& value) { value.drop(); });
      domain_.discard(std::exchange(at, at->below()));
    }
  }

  /// Any thread. Always succeeds; returns a bool as the bounded structures do.
  /// Throws    `std::bad_alloc` without having moved from `value`, or what moving a `T` throws; the
  ///           stack is then as it was.
  auto try_push(T&& value) -> bool {
    return domain_.as_participant([&](auto& me) { return try_push(me, std::move(value)); });
  }

  /// Any thread. Returns nothing when empty.
  /// Throws    `std::bad_alloc` when the thread joins the domain and there is no memory for a seat,
  ///           having changed nothing; or what moving a `T` throws; the value is then gone.
  [[nodiscard]] auto try_pop() -> std::optional<T> {
    return domain_.as_participant([&](auto& me) { return try_pop(me); });
  }

  /// The same for a thread that has joined the stack's domain as `me`.
  auto try_push(participant& me, T&& value) -> bool {
    auto* fresh = detail::filled_node<node>(me, std::move(value));
    auto* top = top_.load(relaxed);  // never looked into: only its address is put below
    for (basic_backoff<Atomics> wait;; wait()) {
      fresh->rest.write([&](auto& rest) { rest = top; });
      if (top_.compare_exchange_strong(top, fresh, release, relaxed)) return true;  // publish
    }
  }

  [[nodiscard]] auto try_pop(participant& me) -> std::optional<T> {
    std::optional<T> value;
    auto const reading = me.guard();
    for (basic_backoff<Atomics> wait;; wait()) {
      auto* top = reading.protect(top_);                                  // publish, unlink
      if (top == nullptr) return value;
      auto* expected = top;
      if (!top_.compare_exchange_strong(expected, top->below(), seq_cst, relaxed)) continue;  // unlink
      // Others that protect the node read what is below it; its value is this thread's alone.
      scope_exit const done([&] { me.retire(top); });
      top->value.write([&](auto& room) { room.take(value); });
      return value;
    }
  }

 private:
  struct node : domain_type::retirable {
    typename Atomics::template cell<node*> rest;  // written before it is published, and not after
    typename Atomics::template cell<detail::slot_value<T>> value;

    auto room() noexcept -> auto& { return value; }
    auto below() const noexcept -> node* {
      return rest.read([](auto& rest) { return rest; });
    }
  };

  domain_type& domain_;
  alignas(cache_line) typename Atomics::template atomic<node*> top_{nullptr};
};

}  // namespace sluice
