// quiet — how much of the machine others used while we measured.
#pragma once

#include <array>
#include <chrono>
#include <fstream>
#include <string>
#include <unistd.h>

namespace sluice::bench {

/// Measures the CPU time that everybody but the measured program used, in CPUs, between two moments.
/// Where the system does not tell (no /proc/stat), nobody else was there.
class quiet_meter {
 public:
  quiet_meter() : busy_{busy()}, start_{std::chrono::steady_clock::now()} {}

  /// `own` is the CPU time of what was measured since this meter was made. 0.08: a twelfth of one CPU.
  /// The system counts whole ticks, so the last two are not held against anybody.
  [[nodiscard]] auto others(std::chrono::nanoseconds own) const -> double {
    auto const wall = std::chrono::steady_clock::now() - start_;
    auto const foreign = busy() - busy_ - own - 2 * tick();
    return foreign.count() > 0 ? std::chrono::duration<double>(foreign) / std::chrono::duration<double>(wall) : 0;
  }

 private:
  static auto tick() -> std::chrono::nanoseconds {
    static auto const length = std::chrono::nanoseconds{1'000'000'000 / ::sysconf(_SC_CLK_TCK)};
    return length;
  }

  /// user + nice + system + irq + softirq + steal of all CPUs since the machine started.
  static auto busy() -> std::chrono::nanoseconds {
    std::ifstream file{"/proc/stat"};
    std::string word;
    if (!(file >> word) || word != "cpu") return {};
    std::array<long long, 8> ticks{};
    for (auto& tick : ticks) file >> tick;
    return (ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6] + ticks[7]) * tick();
  }

  std::chrono::nanoseconds busy_;
  std::chrono::steady_clock::time_point start_;
};

/// More than this, and a sample is taken again.
constexpr double disturbing = 0.08;

}  // namespace sluice::bench
