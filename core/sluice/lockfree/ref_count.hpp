// ref_count — how many owners an object has, and who is the last one.
#pragma once

#include <cstdint>
#include <limits>

#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>
#include <sluice/base/contract.hpp>

namespace sluice {

/// A count of owners, to be put into what they own.
///
///     if (object->owners.release()) delete object;      // what every owner did is done by now
///
/// Progress   acquire and release wait-free, try_acquire lock-free: one tries again only when another
///            one has succeeded.
/// Edges      let_go  count_ release -> count_ acquire  what an owner did, before the last one destroys;
///            every change of count_ is a read-modify-write, so that the edge reaches across the others
/// Threads    acquire and release by owners, try_acquire by anyone to whom the count itself cannot vanish.
/// Source     Collins, "A method for overlapping and erasure of lists", 1960.
template <atomics_policy Atomics = std_atomics>
class basic_ref_count {
 public:
  /// With so many owners from the beginning.
  explicit basic_ref_count(std::uint32_t owners = 1) noexcept : count_(owners) {}
  basic_ref_count(basic_ref_count const&) = delete;
  auto operator=(basic_ref_count const&) -> basic_ref_count& = delete;

  /// Owner only: one more. From none, or beyond two thousand million, is misuse, and ends the program.
  /// Order     relaxed: who has one already has seen the object; handing it on is what orders.
  void acquire() noexcept {
    auto const before = count_.fetch_add(1, relaxed);
    if (before == 0) terminate_misuse("ref_count", "acquired after the last owner had let go");
    if (before >= most_owners) terminate_misuse("ref_count", "more than 2147483647 owners");
  }

  /// One more, unless there is none left: what has come to its end never comes back.
  /// Order     relaxed, as `acquire`.
  [[nodiscard]] auto try_acquire() noexcept -> bool {
    for (auto before = count_.load(relaxed); before != 0;) {
      if (before >= most_owners) terminate_misuse("ref_count", "more than 2147483647 owners");
      if (count_.compare_exchange_weak(before, before + 1, relaxed, relaxed)) return true;
    }
    return false;
  }

  /// Owner only: one less. Returns true to the last one, who may destroy the object: everything that
  /// the others did to it happens before. From none is misuse, and ends the program.
  [[nodiscard]] auto release() noexcept -> bool {
    auto const before = count_.fetch_sub(1, acq_rel);  // let_go
    if (before == 0) terminate_misuse("ref_count", "released after the last owner had let go");
    return before == 1;
  }

  /// How many there were at some moment.
  [[nodiscard]] auto count_hint() const noexcept -> std::uint32_t { return count_.load(relaxed); }

 private:
  static constexpr std::uint32_t most_owners = std::numeric_limits<std::int32_t>::max();

  typename Atomics::template atomic<std::uint32_t> count_;
};

using ref_count = basic_ref_count<>;

}  // namespace sluice
