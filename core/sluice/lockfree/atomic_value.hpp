// atomic_value — a value of any type that is read all the time and replaced now and then.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>
#include <sluice/base/cache_line.hpp>
#include <sluice/base/concepts.hpp>
#include <sluice/base/scope_exit.hpp>
#include <sluice/reclaim/hazard_domain.hpp>
#include <sluice/reclaim/reclaimer.hpp>

namespace sluice {

/// Holds one `T`, never torn and never none. Replacing it makes a new node; those that read the old one
/// go on doing so.
///
///     atomic_value<settings> current{settings{}};                    // over the shared domain
///     auto const limit = current.read([](auto& s) { return s.limit; });  // without a copy
///     current.update([](settings s) { return ++s.limit, s; });       // from whatever it is then
///
/// Progress   wait-free for `store`, but for the allocation, which is as lock-free as the allocator, and
///            for what the domain does; lock-free for the rest: one reads again, and one tries again to
///            replace, only when somebody else has replaced the value meanwhile. Readers write nothing
///            that others look at but what the domain asks for.
/// Edges      publish  current_ seq_cst -> current_ acquire, by the domain's guard   a value is complete
///                     before it can be seen
///            The exchanges of current_ are seq_cst because they make a node unreachable: the rule of
///            `reclaimer`, where it is also said which domains can do without.
/// Bound      of retired nodes: that of the domain. `look` and `change` run under a guard of the
///            thread's participant, and so does the copying in `load` and `exchange`. One of a
///            `hazard_domain` has four hazards: where such calls lie within one another deeper than
///            that, the innermost throws `misuse`.
/// Threads    Every member may be called by any thread at any time. All operations are linearizable;
///            the values that exchanges return and the one left in the end are those that were put in,
///            each once.
template <class T, template <atomics_policy> class Domain = hazard_domain,
          atomics_policy Atomics = std_atomics>
  requires transferable<T> && std::copy_constructible<T> && reclaimer<Domain<Atomics>>
class atomic_value {
 public:
  using value_type = T;
  using domain_type = Domain<Atomics>;
  using participant = typename domain_type::participant;

  /// Throws    `std::bad_alloc`, or what moving a `T` throws.
  explicit atomic_value(T initial) : atomic_value(domain_type::shared(), std::move(initial)) {}
  atomic_value(domain_type& domain, T initial)
      : domain_(domain), current_(domain.template create<node>(std::move(initial))) {}

  atomic_value(atomic_value const&) = delete;
  auto operator=(atomic_value const&) -> atomic_value& = delete;
  ~atomic_value() { domain_.discard(current_.load(relaxed)); }  // all that used it came before

  /// A copy.
  /// Throws    `std::bad_alloc` when the thread joins the domain and there is no memory for a seat,
  ///           or what copying a `T` throws.
  [[nodiscard]] auto load() const -> T {
    return domain_.as_participant([&](auto& me) { return load(me); });
  }

  /// What `look` returns for the value as it is: a `T const&` that is good until `look` returns.
  /// Throws    `std::bad_alloc` as `load`, or what `look` throws.
  template <class Look>
  auto read(Look&& look) const {
    return domain_.as_participant([&](auto& me) { return read(me, look); });
  }

  /// Throws    `std::bad_alloc`, or what moving a `T` throws; nothing has changed then.
  void store(T value) {
    domain_.as_participant([&](auto& me) { store(me, std::move(value)); });
  }

  /// Puts `value` in and returns a copy of what was there.
  /// Throws    as `store`, or what copying a `T` throws.
  [[nodiscard]] auto exchange(T value) -> T {
    return domain_.as_participant([&](auto& me) { return exchange(me, std::move(value)); });
  }

  /// Replaces the value by `change(value)`; calls it again when somebody else was first.
  /// Throws    as `store`, or what `change` throws.
  template <std::invocable<T const&> Change>
  void update(Change&& change) {
    domain_.as_participant([&](auto& me) { update(me, change); });
  }

  /// The same for a thread that has joined the value's domain as `me`.
  [[nodiscard]] auto load(participant& me) const -> T {
    return read(me, [](T const& value) { return value; });
  }

  template <class Look>
  auto read(participant& me, Look&& look) const {
    auto const reading = me.guard();
    return reading.protect(current_)->value.read(look);  // publish
  }

  void store(participant& me, T value) {
    auto* const fresh = me.template create<node>(std::move(value));
    me.retire(current_.exchange(fresh, seq_cst));  // publish
  }

  [[nodiscard]] auto exchange(participant& me, T value) -> T {
    unpublished fresh{me, me.template create<node>(std::move(value))};
    auto const reading = me.guard();
    for (;;) {
      auto* const seen = reading.protect(current_);  // publish
      auto copy = seen->value.read([](T const& old) { return old; });  // throws now or not at all
      if (replace(me, seen, fresh)) return copy;
    }
  }

  template <std::invocable<T const&> Change>
  void update(participant& me, Change&& change) {
    auto const reading = me.guard();
    for (;;) {
      auto* const seen = reading.protect(current_);  // publish
      unpublished fresh{me, me.template create<node>(seen->value.read(change))};
      if (replace(me, seen, fresh)) return;
    }
  }

 private:
  struct node : domain_type::retirable {
    explicit node(T&& initial) : value(std::in_place, std::move(initial)) {}
    typename Atomics::template cell<T> value;
  };

  /// A node that goes again, unless it takes its place.
  struct unpublished {
    participant& me;
    node* fresh;
    ~unpublished() {
      if (fresh != nullptr) me.discard(fresh);
    }
  };

  /// `seen` is protected: as long as it is still there, nobody has been here in between.
  auto replace(participant& me, node* seen, unpublished& by) noexcept -> bool {
    auto* expected = seen;
    if (!current_.compare_exchange_strong(expected, by.fresh, seq_cst, relaxed)) return false;  // publish
    by.fresh = nullptr;
    me.retire(seen);
    return true;
  }

  domain_type& domain_;
  alignas(cache_line) typename Atomics::template atomic<node*> current_;
};

}  // namespace sluice
