// selectable — what `select` asks of a case, and the decision that the cases of one select share.
#pragma once

#include <cstddef>
#include <cstdint>

#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>
#include <sluice/atomics/spin_lock.hpp>

namespace sluice {

struct waiter;

/// Which case of a select is carried out, once it is known.
///
/// Whoever wants to carry a case out claims it first; the first claim wins for ever. While the select
/// is still queueing its cases, the winner leaves the waking to it.
///
/// Progress   wait-free.
/// Edges      decide  state_ release -> state_ acquire   what the winner did before its claim is seen
///            by the select that finds itself decided
///            wait    state_ release -> state_ acquire   what the select did while it queued its cases
///            is seen by the winner, who wakes it: a case without a lock may win by an entry that was
///            made before the other cases were queued
/// Threads    any; `open` by the select, once.
template <atomics_policy Atomics = std_atomics>
class basic_select_decision {
 public:
  /// What became of a claim.
  enum class claim : std::uint8_t {
    lost,   ///< another case is carried out
    early,  ///< this one is, and the select will notice: it is still at its beginning
    won,    ///< this one is; whoever claimed wakes the select
  };

  [[nodiscard]] auto try_claim(std::uint32_t index) noexcept -> claim {
    auto seen = state_.load(relaxed);  // only compared
    while (seen >= waiting) {
      auto const before = seen;
      if (state_.compare_exchange_weak(seen, index, acq_rel, relaxed))  // decide, wait
        return before == waiting ? claim::won : claim::early;
    }
    return claim::lost;
  }

  /// The same by who has queued all its cases under their locks, and holds these: none has won.
  void open_alone() noexcept { state_.store(waiting, release); }  // wait

  /// All cases are queued: from here on a winner wakes. False when one has won already.
  [[nodiscard]] auto open() noexcept -> bool {
    auto seen = beginning;
    return state_.compare_exchange_strong(seen, waiting, release, relaxed);  // wait
  }

  /// The case that won; meaningful once there is one.
  [[nodiscard]] auto chosen() const noexcept -> std::uint32_t {
    return state_.load(acquire);  // decide
  }

 private:
  static constexpr std::uint32_t beginning = ~std::uint32_t{0};
  static constexpr std::uint32_t waiting = beginning - 1;

  typename Atomics::template atomic<std::uint32_t> state_{beginning};
};

using select_decision = basic_select_decision<>;

/// How a waiter that belongs to a select finds its decision. Written as the case is queued, and not before: most selects
/// find a case that is ready.
struct select_link {
  select_decision* decision;
  std::uint32_t index;
};

/// A case of a select, as `select` sees it. Sources of values and events derive from it.
///
/// `select` polls, and if no case is ready locks all sources, polls or looks once more, queues all cases and
/// unlocks; so all of them are seen at one instant.
/// Lifetime  outlives the select it is part of. In one select at a time.
class selectable {
 public:
  /// Carries the case out if that is possible at once. Takes the source's lock itself.
  [[nodiscard]] virtual auto poll() -> bool = 0;

  /// What one sees without a lock: whether the case may be ready, and if it is not, a number that differs
  /// after every change of the source. One that cannot tell says that it may be.
  struct glance {
    bool may_be_ready = true;
    std::uint32_t change = 0;
    auto operator==(glance const&) const -> bool = default;
  };
  [[nodiscard]] virtual auto look() const noexcept -> glance { return {}; }

  /// The lock under which the source changes, or null for one that has none.
  [[nodiscard]] virtual auto source_lock() noexcept -> spin_lock* = 0;

  /// The same as `poll`, under the lock. Whoever has to be woken for it, afterwards, is put into `woken`.
  [[nodiscard]] virtual auto poll_locked(waiter*& woken) -> bool = 0;

  /// Under the lock: queues a waiter, to be served only by who has claimed `link`. A source without
  /// a lock that is ready claims it itself.
  /// Throws    `std::bad_alloc`; the case is not queued then.
  virtual void enqueue(select_link& link, waiter const& whom) = 0;

  /// Not under the lock: whatever was queued is gone when this returns, and nobody touches it.
  virtual void dequeue() noexcept = 0;
  /// The same for the case that somebody else has claimed, and that is therefore carried out.
  virtual void dequeue_served() noexcept { dequeue(); }

 protected:
  ~selectable() = default;
};

}  // namespace sluice
