#include <sluice/observe/histogram.hpp>

#include <cmath>

namespace sluice {

auto histogram::from_counts(std::span<std::uint64_t const, bucket_count> counts, std::int64_t min,
                            std::int64_t max) noexcept -> histogram {
  histogram made;
  std::ranges::copy(counts, made.counts_.begin());
  for (auto const count : counts) made.count_ += count;
  if (made.count_ > 0) made.min_ = min, made.max_ = max;
  return made;
}

void histogram::merge(histogram const& other) noexcept {
  for (std::size_t index = 0; index < bucket_count; ++index) counts_[index] += other.counts_[index];
  count_ += other.count_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

auto histogram::percentile(double percent) const noexcept -> std::int64_t {
  if (count_ == 0) return 0;
  auto const share = std::isnan(percent) ? 0.0 : std::clamp(percent, 0.0, 100.0);
  auto const exact = std::ceil(share * static_cast<double>(count_) / 100.0);
  auto left = std::clamp(static_cast<std::uint64_t>(exact), std::uint64_t{1}, count_);
  for (std::size_t index = 0; index < bucket_count; ++index) {
    if (left <= counts_[index]) return std::min(low_of(index + 1) - 1, max_);
    left -= counts_[index];
  }
  return max_;
}

}  // namespace sluice
