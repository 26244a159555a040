// concurrent_histogram — a histogram that several threads fill at once.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <sluice/observe/histogram.hpp>

namespace sluice {

/// The counts of a `histogram`, shared.
///
/// Progress   wait-free, but for min and max, which are lock-free and rarely change.
/// Order      relaxed: a snapshot taken while others record holds each duration or does not, and says
///            nothing about which of two came first. Join the recorders before the final one.
/// Threads    Every member may be called by any thread at any time.
/// Cost       one locked increment; where the recorders are known, a `histogram` each and `merge` is
///            cheaper.
class concurrent_histogram {
 public:
  void record(std::int64_t ns, std::uint64_t times = 1) noexcept {
    if (times == 0) return;
    counts_[histogram::index_of(ns)].fetch_add(times, std::memory_order_relaxed);
    lower(min_, ns < 0 ? 0 : ns);
    raise(max_, ns);
  }

  /// As `histogram::record_corrected`.
  void record_corrected(std::int64_t ns, std::int64_t interval) noexcept {
    record(ns);
    histogram::for_each_missed(ns, interval, [this](std::int64_t missed, std::uint64_t times) {
      record(missed, times);
    });
  }

  [[nodiscard]] auto snapshot() const noexcept -> histogram {
    std::array<std::uint64_t, histogram::bucket_count> counts;
    for (std::size_t index = 0; index < counts.size(); ++index)
      counts[index] = counts_[index].load(std::memory_order_relaxed);
    return histogram::from_counts(counts, min_.load(std::memory_order_relaxed),
                                  max_.load(std::memory_order_relaxed));
  }

 private:
  using bound = std::atomic<std::int64_t>;

  static void lower(bound& least, std::int64_t to) noexcept {
    auto seen = least.load(std::memory_order_relaxed);
    while (to < seen && !least.compare_exchange_weak(seen, to, std::memory_order_relaxed)) {
    }
  }
  static void raise(bound& most, std::int64_t to) noexcept {
    auto seen = most.load(std::memory_order_relaxed);
    while (to > seen && !most.compare_exchange_weak(seen, to, std::memory_order_relaxed)) {
    }
  }

  std::array<std::atomic<std::uint64_t>, histogram::bucket_count> counts_{};
  bound min_{std::numeric_limits<std::int64_t>::max()};
  bound max_{0};
};

}  // namespace sluice
