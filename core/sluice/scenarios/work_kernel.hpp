// work_kernel — arithmetic that takes as long as it is told to.
#pragma once

#include <atomic>
#include <cstdint>

#include <sluice/base/clock.hpp>

namespace sluice::scenarios {

/// How fast this machine runs the kernel, in dependent steps per nanosecond. Measured once, in about
/// ten milliseconds, by whoever asks first.
/// Blocks    the calling thread while it is measured.
[[nodiscard]] auto kernel_steps_per_ns() -> double;

/// Computes for about `span`, looking at `stop` at least every half millisecond.
/// Returns how much of `span` was done; less than all of it only when `stop` was raised.
auto compute(duration span, double steps_per_ns, std::atomic<bool> const& stop) noexcept -> duration;

}  // namespace sluice::scenarios
