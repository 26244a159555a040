// atomic_counter — one number that any thread may change, on a line of its own.
#pragma once

#include <atomic>
#include <cstdint>

#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>
#include <sluice/base/cache_line.hpp>

namespace sluice {

/// A 64-bit counter. Whatever is named fetch_ returns the number before, as `std::atomic` does; `add`,
/// `increment` and `decrement` return the number after. All of them wrap modulo 2^64.
///
///     atomic_counter served;
///     if (served.increment() % 1000 == 0) report();      // this thread, and no other, got here
///     served.add(12, relaxed);                           // weaker orders are spelt out
///
/// Progress   wait-free, as far as the machine's own exchanges are.
/// Order      seq_cst unless another order is given.
/// Edges      those of the orders given: what precedes a release precedes what follows an acquire that
///            sees it, also across the exchanges of others in between.
/// Threads    Every member may be called by any thread at any time. Several counters read one after
///            the other are no picture of one moment.
template <atomics_policy Atomics = std_atomics>
class alignas(cache_line) basic_atomic_counter {
 public:
  using value_type = std::uint64_t;

  explicit basic_atomic_counter(std::uint64_t initial = 0) noexcept : value_(initial) {}

  basic_atomic_counter(basic_atomic_counter const&) = delete;
  auto operator=(basic_atomic_counter const&) -> basic_atomic_counter& = delete;

  /// Returns the number after.
  auto add(std::uint64_t by, std::memory_order order = seq_cst) noexcept -> std::uint64_t {
    return value_.fetch_add(by, order) + by;
  }
  auto increment(std::memory_order order = seq_cst) noexcept -> std::uint64_t {
    return add(1, order);
  }
  auto decrement(std::memory_order order = seq_cst) noexcept -> std::uint64_t {
    return value_.fetch_sub(1, order) - 1;
  }

  /// Returns the number before.
  auto fetch_add(std::uint64_t by, std::memory_order order = seq_cst) noexcept -> std::uint64_t {
    return value_.fetch_add(by, order);
  }
  auto fetch_sub(std::uint64_t by, std::memory_order order = seq_cst) noexcept -> std::uint64_t {
    return value_.fetch_sub(by, order);
  }
  auto fetch_and(std::uint64_t with, std::memory_order order = seq_cst) noexcept -> std::uint64_t {
    return value_.fetch_and(with, order);
  }
  auto fetch_or(std::uint64_t with, std::memory_order order = seq_cst) noexcept -> std::uint64_t {
    return value_.fetch_or(with, order);
  }
  auto fetch_xor(std::uint64_t with, std::memory_order order = seq_cst) noexcept -> std::uint64_t {
    return value_.fetch_xor(with, order);
  }
  auto exchange(std::uint64_t value, std::memory_order order = seq_cst) noexcept -> std::uint64_t {
    return value_.exchange(value, order);
  }

  [[nodiscard]] auto load(std::memory_order order = seq_cst) const noexcept -> std::uint64_t {
    return value_.load(order);
  }
  void store(std::uint64_t value, std::memory_order order = seq_cst) noexcept {
    value_.store(value, order);
  }

  /// Returns whether the number was `expected`, and then it is `desired` now; otherwise it is left
  /// alone, and `expected` becomes the number seen.
  auto compare_exchange(std::uint64_t& expected, std::uint64_t desired,
                        std::memory_order order = seq_cst) noexcept -> bool {
    return value_.compare_exchange_strong(expected, desired, order);
  }

 private:
  typename Atomics::template atomic<std::uint64_t> value_;
};

using atomic_counter = basic_atomic_counter<>;

}  // namespace sluice
