// node_counters — what one participant has created and freed, readable by others.
#pragma once

#include <cstdint>

#include <sluice/atomics/orders.hpp>
#include <sluice/reclaim/reclaimer.hpp>

namespace sluice {

/// Counters with one writer: an increment is a load and a store, not a locked instruction.
/// Threads   `created` and the other verbs by the owner only; `add_to` by any thread.
/// Order     relaxed throughout: the numbers order nothing, they are read when all is quiet.
template <atomics_policy Atomics>
class node_counters {
 public:
  void created() noexcept { raise(created_, 1); }
  void retired() noexcept { raise(retired_, 1); }
  void reclaimed(std::uint64_t by) noexcept { raise(reclaimed_, by); }
  void discarded() noexcept { raise(discarded_, 1); }

  void add_to(node_census& sum) const noexcept {
    sum.created += created_.load(relaxed);
    sum.retired += retired_.load(relaxed);
    sum.reclaimed += reclaimed_.load(relaxed);
    sum.discarded += discarded_.load(relaxed);
  }

 private:
  using counter = typename Atomics::template atomic<std::uint64_t>;
  static void raise(counter& of, std::uint64_t by) noexcept {
    of.store(of.load(relaxed) + by, relaxed);
  }

  counter created_{0};
  counter retired_{0};
  counter reclaimed_{0};
  counter discarded_{0};
};

/// The same for many writers, where it is rarely called.
template <atomics_policy Atomics>
class shared_node_counters {
 public:
  void created() noexcept { created_.fetch_add(1, relaxed); }
  void retired() noexcept { retired_.fetch_add(1, relaxed); }
  void reclaimed(std::uint64_t by) noexcept { reclaimed_.fetch_add(by, relaxed); }
  void discarded() noexcept { discarded_.fetch_add(1, relaxed); }

  void add_to(node_census& sum) const noexcept {
    sum.created += created_.load(relaxed);
    sum.retired += retired_.load(relaxed);
    sum.reclaimed += reclaimed_.load(relaxed);
    sum.discarded += discarded_.load(relaxed);
  }

 private:
  using counter = typename Atomics::template atomic<std::uint64_t>;
  counter created_{0};
  counter retired_{0};
  counter reclaimed_{0};
  counter discarded_{0};
};

}  // namespace sluice
