// spsc_ring — bounded hand-off from one producer thread to one consumer thread.
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

/// A FIFO between two threads. `spsc_ring<job, 64> fixed;` or `spsc_ring<job> sized{n};`
///
/// Progress   wait-free: every operation is a fixed number of steps. Allocates in the constructor only.
/// Invariant  tail - head <= capacity; exactly the slots in [head, tail) hold a value. Each side
///            remembers where it last saw the other, which is never ahead of where the other is.
/// Edges      publish  tail_ release -> tail_ acquire  a value is complete before it can be seen
///            recycle  head_ release -> head_ acquire  a value has left before its slot is refilled
/// Threads    One producer and one consumer at a time. "Empty" is linearizable, and so is "full", but
///            not both together: each side may miss what the other has just done, as in the
///            store-buffering test, so one may hear "full" while the other, with nothing that it knows
///            of left, hears "empty". Only seq_cst stores would forbid it, at twice the price.
/// Source     Lamport, "Specifying concurrent program modules", 1983; the remembered indices after
///            Lee, Bu, Chandranmenon, "A lock-free, cache-efficient shared ring buffer", 2009.
template <transferable T, std::size_t Capacity = at_run_time, atomics_policy Atomics = std_atomics>
class spsc_ring {
 public:
  using value_type = T;

  spsc_ring()
    requires(Capacity != at_run_time)
  = default;

  /// Room for `capacity` values, rounded up to a power of two.
  /// Throws    `misuse` for 0 or more than memory could hold, else `std::bad_alloc`.
  explicit spsc_ring(std::size_t capacity)
    requires(Capacity == at_run_time)
      : slots_(detail::ring_capacity("spsc_ring", capacity, 1, sizeof(slot))) {}

  spsc_ring(spsc_ring const&) = delete;
  auto operator=(spsc_ring const&) -> spsc_ring& = delete;

  /// Destroys what is left inside.
  ~spsc_ring() {
    auto const tail = tail_.load(relaxed);  // both sides have ended before
    for (auto at = head_.load(relaxed); at != tail; ++at)
      slots_[at].write([](auto& s) { s.drop(); });
  }

  /// Producer only. Returns false when full, and then `value` has not been moved from.
  /// Throws    what moving a `T` throws; the ring is then as it was.
  [[nodiscard]] auto try_push(T&& value) -> bool {
    return producer_.write([&](side& mine) {
      auto const tail = mine.at;
      if (tail - mine.seen == slots_.size()) {
        mine.seen = head_.load(acquire);  // recycle
        if (tail - mine.seen == slots_.size()) return false;
      }
      slots_[tail].write([&](auto& s) { s.put(std::move(value)); });
      tail_.store(mine.at = tail + 1, release);  // publish
      return true;
    });
  }

  /// Consumer only. Returns nothing when empty.
  /// Throws    what moving a `T` throws; the value is then gone.
  [[nodiscard]] auto try_pop() -> std::optional<T> {
    std::optional<T> value;
    consumer_.write([&](side& mine) {
      auto const head = mine.at;
      if (head == mine.seen) {
        mine.seen = tail_.load(acquire);  // publish
        if (head == mine.seen) return;
      }
      scope_exit const leave([&] { head_.store(mine.at = head + 1, release); });  // recycle
      slots_[head].write([&](auto& s) { s.take(value); });
    });
    return value;
  }

  [[nodiscard]] auto capacity() const noexcept -> std::size_t { return slots_.size(); }

 private:
  using slot = typename Atomics::template cell<detail::slot_value<T>>;
  using index = typename Atomics::template atomic<std::uint64_t>;

  /// What a side can know without a look at a line that the other one uses, too.
  struct side {
    std::uint64_t at = 0;    ///< its own index
    std::uint64_t seen = 0;  ///< the other's, as last seen
  };

  using own = typename Atomics::template cell<side>;

  detail::ring_slots<slot, Capacity, Atomics> slots_;
  alignas(cache_line) index head_{0};    // the consumer's, for the producer to look at
  alignas(cache_line) index tail_{0};    // the producer's, for the consumer to look at
  alignas(cache_line) own consumer_;     // that thread's alone
  alignas(cache_line) own producer_;
};

}  // namespace sluice
