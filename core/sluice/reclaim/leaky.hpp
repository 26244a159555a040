// leaky — the reclaimer that never frees before the end: a yardstick, and a help in tests.
#pragma once

#include <utility>

#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>
#include <sluice/reclaim/node_counters.hpp>
#include <sluice/reclaim/reclaimer.hpp>

namespace sluice {

/// Keeps every retired node until the domain is destroyed. Protection is then free of charge, so a
/// structure over it shows what reclamation costs, and a fault that disappears with it was one of
/// reclamation.
///
/// Progress   lock-free.
/// Order      relaxed: nobody looks at what is kept but the destructor, which comes after all else.
/// Bound      none: memory grows with every removal.
/// Lifetime   The domain outlives its participants.
template <atomics_policy Atomics = std_atomics>
class leaky_domain {
 public:
  using atomics = Atomics;
  using retirable = basic_retirable<Atomics>;

  class [[nodiscard]] guard {
   public:
    template <class Node>
    [[nodiscard]] auto protect(typename Atomics::template atomic<Node*> const& link) const noexcept
        -> Node* {
      return link.load(acquire);
    }
    void hold(retirable const*) const noexcept {}
  };

  /// A thread's membership, which is nothing but a name for the domain.
  class participant {
   public:
    [[nodiscard]] auto guard() const noexcept -> leaky_domain::guard { return {}; }

    template <class Node, class... Args>
    [[nodiscard]] auto create(Args&&... args) -> Node* {
      return domain_->template create<Node>(std::forward<Args>(args)...);
    }
    template <class Node>
    void discard(Node* node) noexcept {
      domain_->discard(node);
    }
    template <class Node>
    void retire(Node* node) noexcept {
      domain_->keep(node);
    }
    void reclaim() noexcept {}

   private:
    friend class leaky_domain;
    explicit participant(leaky_domain& domain) noexcept : domain_(&domain) {}
    leaky_domain* domain_;
  };

  leaky_domain() = default;
  leaky_domain(leaky_domain const&) = delete;
  auto operator=(leaky_domain const&) -> leaky_domain& = delete;
  ~leaky_domain() { retired_list<Atomics>(retired_.load(relaxed)).dispose_all(); }

  [[nodiscard]] auto join() noexcept -> participant { return participant(*this); }
  [[nodiscard]] static auto shared() -> leaky_domain& {
    return Atomics::template per_program<leaky_domain>();
  }

  template <class Use>
  auto as_participant(Use&& use) -> decltype(auto) {
    auto visitor = join();
    return use(visitor);
  }

  template <class Node, class... Args>
  [[nodiscard]] auto create(Args&&... args) -> Node* {
    auto* node = Atomics::template allocate<Node>(std::forward<Args>(args)...);
    counters_.created();
    return node;
  }
  template <class Node>
  void discard(Node* node) noexcept {
    Atomics::deallocate(node);
    counters_.discarded();
  }

  [[nodiscard]] auto census() const noexcept -> node_census {
    node_census sum;
    counters_.add_to(sum);
    return sum;
  }

 private:
  template <class Node>
  void keep(Node* node) noexcept {
    Atomics::retiring(node);
    counters_.retired();
    retired_list<Atomics> one;
    one.add(*node);
    auto* rest = retired_.load(relaxed);
    do one.join(rest);
    while (!retired_.compare_exchange_weak(rest, node, relaxed, relaxed));
  }

  typename Atomics::template atomic<retirable*> retired_{nullptr};
  shared_node_counters<Atomics> counters_;
};

static_assert(reclaimer<leaky_domain<>>);

}  // namespace sluice
