// clock — what time is to Sluice: nanoseconds since a runtime began, real or virtual.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>

namespace sluice {

using duration = std::chrono::nanoseconds;

/// The clock of instants that belong to one runtime. It has no `now()` of its own: a runtime tells
/// the time, and in simulation it tells a virtual one.
struct engine_clock {
  using duration = sluice::duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<engine_clock>;
  static constexpr bool is_steady = true;
};

using instant = engine_clock::time_point;

/// The instant that never comes.
inline constexpr instant never{duration{std::numeric_limits<std::int64_t>::max()}};

/// `from + by` without overflow: what lies beyond the last instant is `never`.
constexpr auto saturating_add(instant from, duration by) noexcept -> instant {
  if (by.count() <= 0) return from;
  return never - from < by ? never : from + by;
}

/// Nanoseconds of the machine's monotonic clock.
inline auto monotonic_ns() noexcept -> std::int64_t {
  return std::chrono::duration_cast<duration>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace sluice
