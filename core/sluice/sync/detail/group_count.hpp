// group_count — the counter of a wait group: how many are under way, and whether somebody waits. Private to
// its room.
#pragma once

#include <cstdint>

#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>

namespace sluice::detail {

/// A count of at most 2^62, and a mark that somebody waits for it to be 0. What starts a round or ends one
/// that somebody waits for is left to the owner of the waiters, under its lock; all else is one exchange.
///
/// Invariant  the mark is set and taken back only under the owner's lock; it may outlast a wait that was
///            given up.
/// Edges      end  state_ acq_rel -> state_ acq_rel   what precedes each `add` is seen by whoever ends the
///            round, or finds that it has ended
/// Progress   lock-free.
template <atomics_policy Atomics = std_atomics>
class basic_group_count {
 public:
  /// What an `add` comes to.
  enum class added : std::uint8_t {
    counted,       ///< that is all
    below_zero,    ///< nothing: there are not so many
    from_zero,     ///< nothing: it begins a round, see `begin`
    ends_a_round,  ///< nothing: it ends one that somebody waits for, see `end`
  };

  [[nodiscard]] auto add(std::int64_t n) noexcept -> added {
    auto seen = state_.load(relaxed);
    for (;;) {
      auto const count = count_of(seen);
      if (count + n < 0) return added::below_zero;
      if (count == 0 && n > 0) return added::from_zero;
      if (count + n == 0 && n != 0 && (seen & waited_for) != 0) return added::ends_a_round;
      if (state_.compare_exchange_weak(seen, seen + 2 * n, acq_rel, relaxed)) return added::counted;  // end
    }
  }

  /// Under the owner's lock, once it knows that a round may begin: the same for `from_zero`.
  [[nodiscard]] auto begin(std::int64_t n) noexcept -> bool {
    auto seen = state_.load(relaxed);
    while (count_of(seen) == 0)
      if (state_.compare_exchange_weak(seen, seen + 2 * n, acq_rel, relaxed)) return true;  // end
    return false;  // somebody else has begun it
  }
  /// Under the owner's lock: the same for `ends_a_round`. Whoever waits is to be woken then.
  [[nodiscard]] auto end(std::int64_t n) noexcept -> bool {
    auto seen = state_.load(relaxed);
    while (count_of(seen) + n == 0)
      if (state_.compare_exchange_weak(seen, 0, acq_rel, relaxed)) return true;  // end
    return false;  // there are more again, or others have ended
  }

  /// Under the owner's lock: somebody will wait. False, and no mark, when there is nothing to wait for.
  [[nodiscard]] auto mark_waiting() noexcept -> bool {
    auto seen = state_.load(acquire);  // end: it is behind those who have counted down
    while (count_of(seen) != 0)
      if (state_.compare_exchange_weak(seen, seen | waited_for, acq_rel, acquire)) return true;  // end
    return false;
  }

  [[nodiscard]] auto count() const noexcept -> std::int64_t { return count_of(state_.load(acquire)); }  // end

 private:
  static constexpr std::int64_t waited_for = 1;
  [[nodiscard]] static auto count_of(std::int64_t state) noexcept -> std::int64_t { return state >> 1; }

  typename Atomics::template atomic<std::int64_t> state_{0};
};

using group_count = basic_group_count<>;

}  // namespace sluice::detail
