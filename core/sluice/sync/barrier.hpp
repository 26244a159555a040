// barrier — nobody goes on before everybody is here, round after round.
#pragma once

#include <cstddef>

#include <sluice/atomics/spin_lock.hpp>
#include <sluice/base/result.hpp>
#include <sluice/sync/detail/wait_operation.hpp>

namespace sluice {

class barrier;

namespace detail {

struct wait_at_barrier {
  static constexpr char const* what = "a barrier";
  static constexpr char const* primitive = "barrier";
  struct place : plain_place {
    barrier* met = nullptr;
    bool last = false;
  };
  auto enter(place& me, context const& ctx) const noexcept -> bool;
  auto granted(place& me) const noexcept -> bool { return me.last; }
  void give_back(place&) const noexcept {}

  barrier* met;
};

}  // namespace detail

/// What `barrier::arrive_and_wait` returns; await it, once.
using barrier_operation = detail::wait_operation<detail::wait_at_barrier>;

/// A meeting point of a fixed number of parties.
///
///     barrier rounds{workers};
///     for (…) {
///       compute(mine);
///       auto met = co_await rounds.arrive_and_wait(ctx);
///       if (!met) co_return failure(met.error());
///       if (*met) swap(old, next);                      // one of them, see there
///     }
///
/// Edges     What each party did before it arrived happens-before what any of them does after.
/// Threads   Every member may be called by any task or thread at any time.
/// Lifetime  outlives every wait.
class barrier {
 public:
  /// Throws    `misuse` for 0 parties.
  explicit barrier(std::size_t parties);
  barrier(barrier const&) = delete;
  auto operator=(barrier const&) -> barrier& = delete;
  ~barrier();

  /// Arrives, and goes on when all parties have. True for the one that came last, false for the
  /// others; the next round begins at once.
  /// Suspends  until the last party has arrived.
  /// Fails     `cancelled` or `deadline_exceeded` when `ctx` ends first: then it has not arrived,
  ///           and the others wait for one more.
  /// Cost      O(1), no allocation; O(parties) for the last.
  [[nodiscard]] auto arrive_and_wait(context const& ctx) noexcept -> barrier_operation {
    return {{this}, ctx};
  }

  /// The same for a plain thread, which it blocks.
  /// Throws    `misuse` on a worker of a runtime.
  [[nodiscard]] auto arrive_and_wait_blocking(context const& ctx) -> result<bool>;

  [[nodiscard]] auto parties() const noexcept -> std::size_t { return parties_; }

 private:
  friend detail::wait_at_barrier;

  static void gave_up(detail::cancellable_waiter& gone) noexcept;

  spin_lock lock_;
  std::size_t const parties_;
  std::size_t arrived_ = 0;  // and wait
  wait_list waiting_;
};

}  // namespace sluice
