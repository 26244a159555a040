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
  [[nodiscard]] auto others(std::chrono::nanoseconds own) const -> double {
    auto const wall = std::chrono::steady_clock::now() - start_;
    auto const foreign = std::chrono::duration<double>(busy() - busy_) - std::chrono::duration<double>(own);
    return foreign.count() > 0 ? foreign / std::chrono::duration<double>(wall) : 0;
  }

 private:
  /// user + nice + system + irq + softirq + steal of all CPUs since the machine started.
  static auto busy() -> std::chrono::nanoseconds {
    std::ifstream file{"/proc/stat"};
    std::string word;
    if (!(file >> word) || word != "cpu") return {};
    std::array<long long, 8> ticks{};
    for (auto& tick : ticks) file >> tick;
    auto const all = ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6] + ticks[7];
    static auto const per_second = ::sysconf(_SC_CLK_TCK);
    return std::chrono::nanoseconds{all * (1'000'000'000 / per_second)};
  }

  std::chrono::nanoseconds busy_;
  std::chrono::steady_clock::time_point start_;
};

/// More than this, and a sample is taken again.
constexpr double disturbing = 0.08;

}  // namespace sluice::bench
