// interval — what a handful of samples allows one to say: a median, and how far it may be off.
#pragma once

#include <sluice/base/random.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace sluice::bench {

/// A middle value and the bounds of its 95 % confidence interval.
/// Invariant  low <= mid <= high.
struct interval {
  double mid = 0;
  double low = 0;
  double high = 0;
};

/// The value at fraction `q` of the sorted samples, linear between neighbours; 0 without samples.
inline auto quantile(std::vector<double> samples, double q) -> double {
  if (samples.empty()) return 0;
  std::ranges::sort(samples);
  auto const place = std::clamp(q, 0.0, 1.0) * static_cast<double>(samples.size() - 1);
  auto const below = static_cast<std::size_t>(place);
  auto const above = std::min(below + 1, samples.size() - 1);
  return std::lerp(samples[below], samples[above], place - static_cast<double>(below));
}

inline auto median(std::vector<double> samples) -> double { return quantile(std::move(samples), 0.5); }

namespace detail {

constexpr int resamples = 2000;

/// Draws sets of `count` indices with replacement and asks `statistic` about each of them.
template <class Statistic>
auto bootstrap(std::size_t count, std::uint64_t seed, double mid, Statistic const& statistic) -> interval {
  random_source random{seed};
  std::vector<double> seen;
  seen.reserve(resamples);
  std::vector<std::size_t> chosen(count);
  for (int i = 0; i < resamples; ++i) {
    for (auto& index : chosen) index = static_cast<std::size_t>(random.below(count));
    seen.push_back(statistic(chosen));
  }
  return {mid, std::min(mid, quantile(seen, 0.025)), std::max(mid, quantile(seen, 0.975))};
}

inline auto pick(std::span<double const> from, std::span<std::size_t const> chosen) -> std::vector<double> {
  std::vector<double> picked;
  picked.reserve(chosen.size());
  for (auto const index : chosen) picked.push_back(from[index]);
  return picked;
}

}  // namespace detail

/// The median of the samples with its percentile-bootstrap interval. One sample has no spread to show.
inline auto median_interval(std::span<double const> samples, std::uint64_t seed = 1) -> interval {
  auto const mid = median({samples.begin(), samples.end()});
  if (samples.size() < 2) return {mid, mid, mid};
  return detail::bootstrap(samples.size(), seed, mid,
                           [&](auto const& chosen) { return median(detail::pick(samples, chosen)); });
}

/// median(above) / median(below), where sample i of both was taken in the same turn of an interleaved run.
/// Whole turns are drawn, so what slowed both sides of a turn does not widen the interval.
/// Samples beyond the shorter side are ignored; zeros below give zero.
inline auto ratio_interval(std::span<double const> above, std::span<double const> below, std::uint64_t seed = 1)
    -> interval {
  auto const turns = std::min(above.size(), below.size());
  if (turns == 0) return {};
  auto const ratio = [](double a, double b) { return b > 0 ? a / b : 0; };
  above = above.first(turns);
  below = below.first(turns);
  auto const mid = ratio(median({above.begin(), above.end()}), median({below.begin(), below.end()}));
  if (turns < 2) return {mid, mid, mid};
  return detail::bootstrap(turns, seed, mid, [&](auto const& chosen) {
    return ratio(median(detail::pick(above, chosen)), median(detail::pick(below, chosen)));
  });
}

}  // namespace sluice::bench
