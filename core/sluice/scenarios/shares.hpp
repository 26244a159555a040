// shares — what each task is given, evenly or by chance, and the highest of what they all have seen.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include <sluice/base/clock.hpp>
#include <sluice/base/random.hpp>

namespace sluice::scenarios {

/// What the one with number `which` of `among` gets of `total`: all get the same, the first ones one more.
[[nodiscard]] constexpr auto share_of(std::uint64_t total, std::size_t among, std::size_t which)
    -> std::uint64_t {
  return total / among + (which < total % among ? 1 : 0);
}

/// A span that is `mean` on average, exponentially distributed.
[[nodiscard]] constexpr auto random_span(random_source& chance, duration mean) -> duration {
  return duration{static_cast<std::int64_t>(chance.exponential(static_cast<std::uint64_t>(mean.count())))};
}

/// The highest of all values it was shown.
/// Threads   any number at once.
class high_water {
 public:
  void see(std::uint64_t value) noexcept {
    for (auto seen = mark_.load(std::memory_order_relaxed);
         seen < value && !mark_.compare_exchange_weak(seen, value, std::memory_order_relaxed);) {
    }
  }
  [[nodiscard]] auto mark() const noexcept -> std::uint64_t { return mark_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> mark_{0};
};

}  // namespace sluice::scenarios
