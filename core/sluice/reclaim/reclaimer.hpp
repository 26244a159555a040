// reclaimer — who frees a node that other threads may still be reading.
#pragma once

#include <concepts>
#include <cstdint>

#include <sluice/atomics/policy.hpp>
#include <sluice/reclaim/retired_list.hpp>

namespace sluice {

/// How many nodes a domain has seen. Exact when nobody is at work in it; otherwise a recent answer.
struct node_census {
  std::uint64_t created = 0;
  std::uint64_t retired = 0;    ///< taken out of their structure
  std::uint64_t reclaimed = 0;  ///< of those, freed
  std::uint64_t discarded = 0;  ///< freed without ever having been retired

  /// Nodes that exist, in a structure or retired.
  [[nodiscard]] auto alive() const noexcept -> std::uint64_t {
    return created - reclaimed - discarded;
  }
  /// Nodes that are retired and not yet freed.
  [[nodiscard]] auto pending() const noexcept -> std::uint64_t { return retired - reclaimed; }
};

namespace detail {
template <class D>
struct example_node : D::retirable {};
}  // namespace detail

/// A reclamation domain: a place where threads say what they read, and hand in what they removed.
///
///     auto me = domain.join();                       // one per thread, or per modelled thread
///     auto const reading = me.guard();
///     auto* node = reading.protect(head_);           // not freed while `reading` protects it
///     …                                              // unlink it with a seq_cst exchange
///     me.retire(node);                               // freed when nobody protects it
///
/// A structure written against this works over every domain if it keeps to four rules: nodes derive
/// from the domain's `retirable`; a node is retired once, by the thread whose exchange unlinked it;
/// every exchange that makes a node unreachable is `seq_cst`; after `hold`, and before it reads the
/// node, it looks again, by a `seq_cst` load or exchange, at the link that proves the node in place.
/// The last two are for hazard pointers, where a removal and an announcement must not miss each other. A
/// pinned epoch, like no reclamation at all, keeps whatever can be found, and asks for the first two only.
template <class D>
concept reclaimer =
    atomics_policy<typename D::atomics> &&
    std::same_as<typename D::retirable, basic_retirable<typename D::atomics>> &&
    requires(D& domain, typename D::participant& me, typename D::guard& reading,
             detail::example_node<D>* node,
             typename D::atomics::template atomic<detail::example_node<D>*> const& link) {
      { domain.join() } -> std::same_as<typename D::participant>;
      { D::shared() } -> std::same_as<D&>;
      { me.guard() } -> std::same_as<typename D::guard>;
      { reading.protect(link) } -> std::same_as<detail::example_node<D>*>;
      reading.hold(node);
      { me.template create<detail::example_node<D>>() } -> std::same_as<detail::example_node<D>*>;
      me.discard(node);
      me.retire(node);
      me.reclaim();
      { domain.template create<detail::example_node<D>>() } -> std::same_as<detail::example_node<D>*>;
      domain.discard(node);
      domain.as_participant([](typename D::participant&) {});
      { domain.census() } -> std::same_as<node_census>;
    };

}  // namespace sluice
