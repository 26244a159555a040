// seated_domain — what the domains have in common whose participants each have a seat.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>
#include <sluice/base/contract.hpp>
#include <sluice/reclaim/detail/seats.hpp>
#include <sluice/reclaim/node_counters.hpp>
#include <sluice/reclaim/reclaimer.hpp>

namespace sluice::detail {

/// A thread's membership in a `Domain`. Move-only; leaving hands over whatever could not be freed yet.
/// Threads   one at a time; it may pass from thread to thread with the usual care.
template <class Domain, class Record, atomics_policy Atomics>
class participant {
 public:
  participant(participant&& other) noexcept
      : domain_(other.domain_), record_(std::exchange(other.record_, nullptr)) {}
  auto operator=(participant other) noexcept -> participant& {
    std::swap(domain_, other.domain_);
    std::swap(record_, other.record_);
    return *this;
  }
  ~participant() {
    if (record_ != nullptr) domain_->leave(*record_);
  }

  /// Protects what it is asked to, for a scope: see the domain's `guard`.
  [[nodiscard]] auto guard() { return domain_->guarding(*record_); }

  template <class Node, class... Args>
  [[nodiscard]] auto create(Args&&... args) -> Node* {
    auto* node = Atomics::template allocate<Node>(std::forward<Args>(args)...);
    record_->counters.created();
    return node;
  }

  /// Frees a node that no other thread has ever seen, or can see any more.
  template <class Node>
  void discard(Node* node) noexcept {
    Atomics::deallocate(node);
    record_->counters.discarded();
  }

  /// Hands in a node that this thread has unlinked.
  /// Cost      O(1) amortised, no allocation.
  template <class Node>
  void retire(Node* node) noexcept {
    Atomics::retiring(node);
    record_->counters.retired();
    domain_->retire(*record_, *node);
  }

  /// Frees what can be freed now, also of those that left.
  void reclaim() noexcept { domain_->reclaim(*record_); }

 private:
  template <class, class, atomics_policy>
  friend class seated_domain;
  participant(Domain& domain, Record& seat) noexcept : domain_(&domain), record_(&seat) {}

  Domain* domain_;
  Record* record_;
};

/// The base of a `Domain` that adds, for its participants: `guarding`, `retire`, `reclaim`, `leave`.
template <class Domain, class Record, atomics_policy Atomics>
class seated_domain {
 public:
  using atomics = Atomics;
  using retirable = basic_retirable<Atomics>;
  using participant = detail::participant<Domain, Record, Atomics>;

  seated_domain(seated_domain const&) = delete;
  auto operator=(seated_domain const&) -> seated_domain& = delete;

  /// Any thread. Takes a seat; the participant gives it back when it is destroyed.
  /// Throws    `std::bad_alloc`, having changed nothing.
  [[nodiscard]] auto join() -> participant { return participant(self(), seats_.take()); }

  /// The domain of the program, which is never destroyed, for structures that were given none.
  [[nodiscard]] static auto shared() -> Domain& {
    return Atomics::template per_program<of_program>().domain;
  }

  /// The calling thread's participant in the shared domain, joined at its first use; it leaves, and
  /// hands over what it has retired, when the thread ends.
  /// Throws    `std::bad_alloc` at that first use, having changed nothing; `misuse` when it has
  ///           left, as for what the thread destroys later.
  [[nodiscard]] static auto local() -> participant& {
    if (auto* const mine = local_or_none()) return *mine;
    throw misuse("reclaim", "the participant of this thread has left already");
  }

  /// Calls `use` with a participant: in the shared domain the thread's own, as long as it has one;
  /// else one that joins for the duration of the call.
  /// Throws    `std::bad_alloc` when it has to join and there is no memory for a seat, having
  ///           changed nothing; or what `use` throws.
  template <class Use>
  auto as_participant(Use&& use) -> decltype(auto) {
    if (is_shared_)
      if (auto* const mine = local_or_none()) return use(*mine);
    auto visitor = join();
    return use(visitor);
  }

  /// For the first and the last nodes of a structure: as the participant's own members, but dearer.
  template <class Node, class... Args>
  [[nodiscard]] auto create(Args&&... args) -> Node* {
    auto* node = Atomics::template allocate<Node>(std::forward<Args>(args)...);
    elsewhere_.created();
    return node;
  }
  template <class Node>
  void discard(Node* node) noexcept {
    Atomics::deallocate(node);
    elsewhere_.discarded();
  }

  [[nodiscard]] auto census() const noexcept -> node_census {
    node_census sum;
    elsewhere_.add_to(sum);
    for (auto* at = seats_.first(acquire); at != nullptr; at = at->next()) at->counters.add_to(sum);
    return sum;
  }

  /// Seats that exist, taken or not: the T of the bound.
  [[nodiscard]] auto seats() const noexcept -> std::size_t { return seats_.size(); }

 protected:
  explicit seated_domain(std::string_view name) noexcept : seats_(name) {}
  ~seated_domain() = default;

  seat_list<Record, Atomics> seats_;

 private:
  struct of_program {
    of_program() { domain.is_shared_ = true; }
    Domain domain;
  };
  /// Where a thread finds its own participant. It has nothing to destroy, so that the thread can
  /// still look at it when the participant is gone.
  struct membership {
    participant* mine = nullptr;
    bool is_over = false;
  };
  struct end_of_membership {
    membership& of = Atomics::template per_thread<membership>();
    ~end_of_membership() {
      if (of.mine != nullptr) of = {nullptr, true};  // else joining has failed
    }
  };
  struct of_thread {
    of_thread() { after_leaving.of.mine = &me; }
    end_of_membership after_leaving;  // until then the nodes that it frees may use it
    participant me = shared().join();
  };

  /// Null when it has left: the thread is about to end, or the program is.
  [[nodiscard]] static auto local_or_none() -> participant* {
    auto& standing = Atomics::template per_thread<membership>();
    if (standing.mine == nullptr && !standing.is_over) [[unlikely]]
      (void)Atomics::template per_thread<of_thread>();
    return standing.mine;
  }

  auto self() noexcept -> Domain& { return static_cast<Domain&>(*this); }

  shared_node_counters<Atomics> elsewhere_;
  bool is_shared_ = false;
};

}  // namespace sluice::detail
