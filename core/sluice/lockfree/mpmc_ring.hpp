// mpmc_ring — bounded queue for any number of producers and consumers, a ticket per slot.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>
#include <sluice/base/cache_line.hpp>
#include <sluice/base/concepts.hpp>
#include <sluice/base/scope_exit.hpp>
#include <sluice/lockfree/detail/ring_slots.hpp>
#include <sluice/lockfree/detail/slot_value.hpp>

namespace sluice {

/// A bounded FIFO. Every push and every pop draws a ticket; the slot of a ticket says whose turn it is.
///
/// Weaker than a FIFO in one respect: "empty" and "full" are not linearizable. A push that has drawn
/// its ticket and has not yet filled its slot hides the complete pushes behind it, so `try_pop` may
/// answer "empty" although a later push has returned; `try_push` may answer "full" likewise. What is
/// popped is linearizable: each value once, in the order of the tickets.
///
/// Progress   not lock-free: a thread stopped between drawing its ticket and passing its turn on makes
///            the others answer "empty" or "full" when they reach its slot. No operation ever waits,
///            and one retries only when another one has gone ahead. Allocates in the constructor only.
/// Invariant  head <= tail <= head + capacity. A slot's turn is t when the push with ticket t may fill
///            it, and t + 1 when the pop with ticket t may empty it.
/// Edges      publish  turn release -> turn acquire  a value is complete before it can be seen
///            recycle  turn release -> turn acquire  a value has left before its slot is refilled
/// Order      The tickets themselves are relaxed: they choose a slot, and the slot's turn orders.
/// Threads    Every member may be called by any thread at any time.
/// Source     Vyukov, "Bounded MPMC queue", 1024cores, 2010.
template <transferable T, atomics_policy Atomics = std_atomics>
class mpmc_ring {
 public:
  using value_type = T;

  /// Room for `capacity` values, rounded up to a power of two.
  /// Throws    `misuse` for less than 2 or more than memory could hold, else `std::bad_alloc`.
  explicit mpmc_ring(std::size_t capacity)
      : slots_(detail::ring_capacity("mpmc_ring", capacity, 2, sizeof(slot))) {
    for (std::uint64_t ticket = 0; ticket < slots_.size(); ++ticket)
      slots_[ticket].turn.store(ticket, relaxed);  // whoever shares the ring publishes it
  }

  mpmc_ring(mpmc_ring const&) = delete;
  auto operator=(mpmc_ring const&) -> mpmc_ring& = delete;

  /// Destroys what is left inside.
  ~mpmc_ring() {
    auto const tail = tail_.load(relaxed);  // all that used the ring came before
    for (auto at = head_.load(relaxed); at != tail; ++at)
      slots_[at].value.write([](auto& value) { value.drop(); });
  }

  /// Any thread. Returns false when full, and then `value` has not been moved from.
  /// Throws    what moving a `T` throws; the ring then holds what it held.
  [[nodiscard]] auto try_push(T&& value) -> bool {
    for (auto ticket = tail_.load(relaxed);;) {
      auto& at = slots_[ticket];
      auto const lead = distance(ticket, at.turn.load(acquire));  // recycle
      if (lead < 0) return false;  // the value of a lap ago is still there
      if (lead > 0) {              // somebody else has drawn this ticket
        ticket = tail_.load(relaxed);
      } else if (tail_.compare_exchange_weak(ticket, ticket + 1, relaxed, relaxed)) {
        // Also when moving throws: the turn goes on, with nothing in the slot.
        scope_exit const pass_on([&] { at.turn.store(ticket + 1, release); });  // publish
        at.value.write([&](auto& room) { room.put(std::move(value)); });
        return true;
      }
    }
  }

  /// Any thread. Returns nothing when empty.
  /// Throws    what moving a `T` throws; the value is then gone.
  [[nodiscard]] auto try_pop() -> std::optional<T> {
    std::optional<T> value;
    for (auto ticket = head_.load(relaxed);;) {
      auto& at = slots_[ticket];
      auto const lead = distance(ticket + 1, at.turn.load(acquire));  // publish
      if (lead < 0) return value;
      if (lead > 0) {
        ticket = head_.load(relaxed);
      } else if (head_.compare_exchange_weak(ticket, ticket + 1, relaxed, relaxed)) {
        auto const next_lap = ticket + slots_.size();
        scope_exit const pass_on([&] { at.turn.store(next_lap, release); });  // recycle
        if (at.value.write([&](auto& room) { return room.holds() && (room.take(value), true); }))
          return value;
        ticket = head_.load(relaxed);  // a push that threw left this slot empty
      }
    }
  }

  [[nodiscard]] auto capacity() const noexcept -> std::size_t { return slots_.size(); }

 private:
  using counter = typename Atomics::template atomic<std::uint64_t>;
  struct slot {
    counter turn{0};
    typename Atomics::template cell<detail::slot_value<T>> value;
  };

  /// How far `to` is ahead of `from`; tickets may wrap.
  static auto distance(std::uint64_t from, std::uint64_t to) noexcept -> std::int64_t {
    return static_cast<std::int64_t>(to - from);
  }

  detail::ring_slots<slot, at_run_time, Atomics> slots_;
  alignas(cache_line) counter head_{0};  // the consumers' line
  alignas(cache_line) counter tail_{0};  // the producers' line
};

}  // namespace sluice
