// orders — the memory orders under the short names that lock-free code reads by.
#pragma once

#include <atomic>

namespace sluice {

inline constexpr auto relaxed = std::memory_order_relaxed;  ///< atomic, and nothing else
inline constexpr auto acquire = std::memory_order_acquire;  ///< the arriving end of an edge
inline constexpr auto release = std::memory_order_release;  ///< the leaving end of an edge
inline constexpr auto acq_rel = std::memory_order_acq_rel;  ///< both ends, in a read-modify-write
inline constexpr auto seq_cst = std::memory_order_seq_cst;  ///< both, and in the one total order

}  // namespace sluice
