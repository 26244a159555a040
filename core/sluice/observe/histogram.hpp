// histogram — how often which latency occurred, in log-linear buckets.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <ranges>
#include <span>
#include <string>
#include <string_view>

#include <sluice/base/result.hpp>

namespace sluice {

/// Counts of durations, exact below 64 ns and within 1/32 above, up to 2⁴⁰ ns (eighteen minutes).
///
///     histogram latency;
///     latency.record(took);
///     auto const p99 = latency.percentile(99);
///
/// Cost      9 KiB; recording is O(1) and never allocates.
/// Threads   one at a time; `concurrent_histogram` is for several.
/// Units     nanoseconds.
/// Source    the bucket layout follows Tene, HdrHistogram.
class histogram {
 public:
  static constexpr unsigned sub_bucket_bits = 5;                ///< 32 buckets to a power of two
  static constexpr std::int64_t highest = (1LL << 40) - 1;      ///< larger durations count as this
  static constexpr std::size_t bucket_count = 1152;             ///< the bucket of `highest` is the last

  /// Durations of [low, high), `count` times.
  struct bucket {
    std::int64_t low;
    std::int64_t high;
    std::uint64_t count;
  };

  /// A histogram with these counts, one for each bucket, as somebody else kept them. `min` and `max`
  /// are the extremes of what was counted, as exactly as they are known.
  [[nodiscard]] static auto from_counts(std::span<std::uint64_t const, bucket_count> counts,
                                        std::int64_t min, std::int64_t max) noexcept -> histogram;

  /// The bucket that holds `ns`; a negative duration counts as none, one above `highest` as that.
  [[nodiscard]] static constexpr auto index_of(std::int64_t ns) noexcept -> std::size_t {
    auto const value = static_cast<std::uint64_t>(std::clamp<std::int64_t>(ns, 0, highest));
    if (value < 2u << sub_bucket_bits) return static_cast<std::size_t>(value);
    auto const shift = static_cast<unsigned>(std::bit_width(value)) - 1 - sub_bucket_bits;
    return static_cast<std::size_t>((std::uint64_t{shift} << sub_bucket_bits) + (value >> shift));
  }

  /// The least duration of a bucket; that of the bucket after the last one ends the scale.
  [[nodiscard]] static constexpr auto low_of(std::size_t index) noexcept -> std::int64_t {
    constexpr auto each = std::size_t{1} << sub_bucket_bits;
    if (index < 2 * each) return static_cast<std::int64_t>(index);
    auto const shift = index / each - 1;
    return static_cast<std::int64_t>(std::uint64_t{index % each + each} << shift);
  }

  void record(std::int64_t ns, std::uint64_t times = 1) noexcept {
    if (times == 0) return;
    counts_[index_of(ns)] += times;
    count_ += times;
    min_ = std::min(min_, std::max<std::int64_t>(ns, 0));
    max_ = std::max(max_, ns);
  }

  /// Records `ns`, and with it what was not measured because this one took so long: with a request
  /// due every `interval`, those due meanwhile waited `interval`, 2·`interval`, … less. For load that
  /// comes at a rate; without this, a stall counts once however many it delayed (coordinated omission).
  void record_corrected(std::int64_t ns, std::int64_t interval) noexcept {
    record(ns);
    for_each_missed(ns, interval, [this](std::int64_t missed, std::uint64_t times) {
      record(missed, times);
    });
  }

  void merge(histogram const& other) noexcept;

  [[nodiscard]] auto count() const noexcept -> std::uint64_t { return count_; }
  /// Exact, not of a bucket; 0 when nothing was recorded.
  [[nodiscard]] auto min() const noexcept -> std::int64_t { return count_ == 0 ? 0 : min_; }
  [[nodiscard]] auto max() const noexcept -> std::int64_t { return max_; }

  /// The duration that `percent` of all did not exceed: the largest one of its bucket, but never more
  /// than `max()`. 0 when nothing was recorded; `percent` is taken into 0 to 100.
  [[nodiscard]] auto percentile(double percent) const noexcept -> std::int64_t;

  /// Every bucket, also the empty ones, from short to long.
  [[nodiscard]] auto buckets() const {
    return std::views::iota(std::size_t{0}, bucket_count) |
           std::views::transform([this](std::size_t index) {
             return bucket{low_of(index), low_of(index + 1), counts_[index]};
           });
  }
  [[nodiscard]] auto counts() const noexcept -> std::span<std::uint64_t const, bucket_count> {
    return counts_;
  }

  /// The histogram in the exchange format of HdrHistogram: V2, compressed, base64, as in its logs.
  /// Written with two significant digits, whose finer buckets nest in these: percentiles survive.
  [[nodiscard]] auto encode_hdr() const -> std::string;

  /// Reads what `encode_hdr` wrote.
  /// Fails     `invalid`, also for histograms of other writers with another layout or compression.
  [[nodiscard]] static auto decode_hdr(std::string_view text) -> result<histogram>;

  /// The durations that `record_corrected` adds to `ns`, a bucket at a time: calls
  /// `add(duration, times)`, in which `duration` is the least of its bucket that was missed.
  static constexpr void for_each_missed(std::int64_t ns, std::int64_t interval, auto&& add) {
    if (interval <= 0) return;
    for (auto missed = std::min(ns, highest) - interval; missed >= interval;) {
      auto const least = std::max(low_of(index_of(missed)), interval);
      auto const further = (missed - least) / interval;
      add(missed - further * interval, static_cast<std::uint64_t>(further) + 1);
      missed -= (further + 1) * interval;
    }
  }

 private:
  std::array<std::uint64_t, bucket_count> counts_{};
  std::uint64_t count_ = 0;
  std::int64_t min_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t max_ = 0;
};

static_assert(histogram::index_of(histogram::highest) + 1 == histogram::bucket_count);
static_assert(histogram::low_of(histogram::bucket_count) == histogram::highest + 1);

}  // namespace sluice
