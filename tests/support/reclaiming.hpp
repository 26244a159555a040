// reclaiming — programs for the checker in which threads read, remove and free the nodes of a domain.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>
#include <sluice/model/explore.hpp>

namespace support {

/// A place where a node of a domain can be found, put and removed: as little as a domain can serve.
template <template <sluice::atomics_policy> class Domain>
struct reclaiming {
  using domain = Domain<sluice::model::atomics>;
  using participant = typename domain::participant;

  struct node : domain::retirable {
    explicit node(int value) : value(std::in_place, value) {}
    sluice::model::cell<int> value;
  };
  using link = sluice::model::atomic<node*>;

  domain all;
  link place{nullptr};

  explicit reclaiming(int value = 1) : place(all.template create<node>(value)) {}
  ~reclaiming() {
    if (auto* const left = place.load(sluice::relaxed)) all.discard(left);
  }

  /// What is in the node that is found, or 0 when there is none.
  auto read(participant& me) -> int {
    auto const reading = me.guard();
    auto* const found = reading.protect(place);
    return found == nullptr ? 0 : found->value.read([](int value) { return value; });
  }

  /// Takes the node out, puts another one in its place if `value` is not 0, and retires it.
  void replace(participant& me, int value) {
    auto* const fresh = value == 0 ? nullptr : me.template create<node>(value);
    if (auto* const old = place.exchange(fresh, sluice::seq_cst)) me.retire(old);
  }
};

}  // namespace support
