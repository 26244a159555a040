// cache_line — how far apart two hot variables must stand to leave each other alone.
#pragma once

#include <cstddef>

namespace sluice {

/// The distance at which two variables no longer share a line. A constant, and not
/// `std::hardware_destructive_interference_size`, because it is part of the layout of public types
/// and must not change with a compiler flag.
inline constexpr std::size_t cache_line = 64;

}  // namespace sluice
