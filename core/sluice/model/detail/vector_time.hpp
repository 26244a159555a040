// vector_time — which events of every thread happen before now.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace sluice::model {

/// Threads of one execution, the one that sets up and checks included.
inline constexpr unsigned max_threads = 8;

/// For each thread the number of its newest event that happens before; 0 for none. Events are counted
/// from 1 in program order, and whoever knows one of them knows those before it.
struct vector_time {
  std::array<std::uint16_t, max_threads> at{};

  [[nodiscard]] auto covers(unsigned thread, std::uint16_t event) const noexcept -> bool {
    return event <= at[thread];
  }
  void join(vector_time const& other) noexcept {
    for (std::size_t i = 0; i < max_threads; ++i) at[i] = at[i] < other.at[i] ? other.at[i] : at[i];
  }
};

}  // namespace sluice::model
