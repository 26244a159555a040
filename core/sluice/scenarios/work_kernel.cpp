#include <sluice/scenarios/work_kernel.hpp>

#include <algorithm>

namespace sluice::scenarios {
namespace {

// A chain in which each step needs the one before. Shift and multiply do not fold into one another,
// as the steps of a plain linear generator would: a compiler computes several of those at once.
auto run_steps(std::uint64_t state, std::uint64_t steps) noexcept -> std::uint64_t {
  for (; steps > 0; --steps) {
    state ^= state >> 29;
    state = state * 0xbf58476d1ce4e5b9ULL + 1;
  }
  return state;
}

std::atomic<std::uint64_t> result_nobody_needs{1};

void keep(std::uint64_t value) noexcept {
  if (value == 0x5eed) result_nobody_needs.store(value, std::memory_order_relaxed);
}

// The fastest of several stretches: whatever disturbs a measurement makes it longer.
auto measure() noexcept -> double {
  double best = 0;
  std::uint64_t state = result_nobody_needs.load(std::memory_order_relaxed);
  std::uint64_t steps = 100'000;
  for (int round = 0; round < 24; ++round) {
    auto const began = monotonic_ns();
    state = run_steps(state, steps);
    auto const took = monotonic_ns() - began;
    if (took < 400'000) {  // coarse clocks need a longer stretch
      steps *= 2;
      continue;
    }
    best = std::max(best, static_cast<double>(steps) / static_cast<double>(took));
  }
  keep(state);
  return best > 0 ? best : 1;
}

}  // namespace

auto kernel_steps_per_ns() -> double {
  static double const measured = measure();
  return measured;
}

auto compute(duration span, double steps_per_ns, std::atomic<bool> const& stop) noexcept -> duration {
  constexpr duration piece = std::chrono::microseconds{500};
  auto state = static_cast<std::uint64_t>(span.count());
  auto left = span;
  while (left.count() > 0 && !stop.load(std::memory_order_relaxed)) {
    auto const now = std::min(left, piece);
    state = run_steps(state, static_cast<std::uint64_t>(static_cast<double>(now.count()) * steps_per_ns));
    left -= now;
  }
  keep(state);
  return span - left;
}

}  // namespace sluice::scenarios
