// segment_slot — a place where one push and one pop meet, whichever comes first.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>
#include <sluice/base/concepts.hpp>
#include <sluice/lockfree/detail/slot_value.hpp>

namespace sluice::detail {

/// One slot of a `segment_queue`. `fill` and `take` are called once each, by the holders of its tickets.
///
/// Invariant  The value is the pusher's before the state is filled, and the popper's from then on; in a
///            spoilt slot it stays the pusher's, who takes it back.
/// Edges      publish  state release -> state acquire   the value is complete
template <transferable T, atomics_policy Atomics>
struct segment_slot {
  enum phase : std::uint32_t { empty, filled, spoilt };

  /// The holder of the push ticket. Returns false when the pop was quicker; `into` then has its value.
  [[nodiscard]] auto fill(T& from) noexcept -> bool {
    auto seen = state.load(relaxed);
    if (seen != empty) return false;  // spares a move there and back
    value.write([&](auto& room) { room.put(std::move(from)); });
    if (state.compare_exchange_strong(seen, filled, release, relaxed)) return true;  // publish
    empty_into(from);
    return false;
  }

  /// The holder of the pop ticket. Returns false when there is no value, and then there never will be.
  [[nodiscard]] auto take(std::optional<T>& into) -> bool {
    if (state.load(acquire) != filled && state.exchange(spoilt, acquire) != filled)  // publish
      return false;
    value.write([&](auto& room) { room.take(into); });
    return true;
  }

  /// Gives a value back that nobody else has seen.
  void empty_into(T& owner) noexcept {
    std::optional<T> back;
    value.write([&](auto& room) { room.take(back); });
    owner = std::move(*back);
  }

  typename Atomics::template atomic<phase> state{empty};
  typename Atomics::template cell<slot_value<T>> value;
};

}  // namespace sluice::detail
