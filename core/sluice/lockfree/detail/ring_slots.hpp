// ring_slots — the memory of a ring, whose size is known to the compiler or only at run time.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <sluice/atomics/policy.hpp>
#include <sluice/base/cache_line.hpp>
#include <sluice/base/contract.hpp>

namespace sluice {

/// A capacity that is given to the constructor.
inline constexpr std::size_t at_run_time = 0;

namespace detail {

/// `wanted` rounded up to a power of two.
/// Throws    `misuse` when it is less than `least`, or no memory could ever hold that many.
inline auto ring_capacity(std::string_view ring, std::size_t wanted, std::size_t least,
                          std::size_t slot_size) -> std::size_t {
  auto const most = std::bit_floor(static_cast<std::size_t>(PTRDIFF_MAX) / slot_size);
  if (wanted < least || wanted > most)
    throw misuse(ring, "capacity " + std::to_string(wanted) + " is outside " +
                           std::to_string(least) + " to " + std::to_string(most));
  return std::bit_ceil(wanted);
}

/// A power of two of slots, indexed by tickets that only ever grow.
template <class Slot, std::size_t Capacity, atomics_policy Atomics>
  requires(Capacity == at_run_time || std::has_single_bit(Capacity))
class ring_slots {
 public:
  [[nodiscard]] static constexpr auto size() noexcept -> std::size_t { return Capacity; }
  auto operator[](std::uint64_t ticket) noexcept -> Slot& { return slots_[ticket & (Capacity - 1)]; }

 private:
  alignas(cache_line) std::array<Slot, Capacity> slots_;
};

template <class Slot, atomics_policy Atomics>
class ring_slots<Slot, at_run_time, Atomics> {
 public:
  explicit ring_slots(std::size_t capacity)
      : mask_(capacity - 1), slots_(Atomics::template allocate_array<Slot>(capacity)) {}
  ring_slots(ring_slots const&) = delete;
  auto operator=(ring_slots const&) -> ring_slots& = delete;
  ~ring_slots() { Atomics::deallocate_array(slots_, size()); }

  [[nodiscard]] auto size() const noexcept -> std::size_t { return mask_ + 1; }
  auto operator[](std::uint64_t ticket) noexcept -> Slot& {
    return slots_[static_cast<std::size_t>(ticket) & mask_];
  }

 private:
  std::size_t mask_;
  Slot* slots_;
};

}  // namespace detail
}  // namespace sluice
