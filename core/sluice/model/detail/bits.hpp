// bits — a value as the sixty-four bits that the engine keeps of it.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include <sluice/model/detail/trace.hpp>

namespace sluice::model::detail {

/// Numbers are widened, so that they can be printed and added.
template <class T>
[[nodiscard]] auto to_bits(T const& value) noexcept -> std::uint64_t {
  if constexpr (std::is_integral_v<T>) {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
  } else {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof(T));
    return bits;
  }
}

template <class T>
[[nodiscard]] auto from_bits(std::uint64_t bits) noexcept -> T {
  if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(bits);
  } else {
    T value;
    std::memcpy(&value, &bits, sizeof(T));
    return value;
  }
}

template <class T>
inline constexpr value_kind kind_of = std::is_same_v<T, bool>   ? value_kind::boolean
                                      : std::is_pointer_v<T>    ? value_kind::pointer
                                      : std::is_signed_v<T>     ? value_kind::signed_number
                                      : std::is_unsigned_v<T>   ? value_kind::unsigned_number
                                                                : value_kind::bits;

}  // namespace sluice::model::detail
