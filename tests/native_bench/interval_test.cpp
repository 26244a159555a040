#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>

#include "native-bench/harness/interval.hpp"

#include <vector>

using namespace sluice::bench;
using Catch::Approx;

TEST_CASE("the median of an even number of samples lies between the middle two", "[bench]") {
  CHECK(median({4, 1, 3, 2}) == 2.5);
  CHECK(median({5, 1, 3}) == 3);
  CHECK(median({}) == 0);
}

TEST_CASE("quantiles reach from the least sample to the greatest", "[bench]") {
  std::vector<double> const samples{30, 10, 20};
  CHECK(quantile(samples, 0) == 10);
  CHECK(quantile(samples, 1) == 30);
  CHECK(quantile(samples, 0.75) == 25);
  CHECK(quantile(samples, 7) == 30);
}

TEST_CASE("an interval holds its median and lies within the samples", "[bench]") {
  std::vector<double> const samples{9, 11, 10, 12, 10, 30, 10, 9, 11};
  auto const seen = median_interval(samples);
  CHECK(seen.mid == 10);
  CHECK(seen.low >= 9);
  CHECK(seen.low <= seen.mid);
  CHECK(seen.high >= seen.mid);
  CHECK(seen.high < 30);  // one outlier does not carry the median away
}

TEST_CASE("the same samples and seed give the same interval", "[bench]") {
  std::vector<double> const samples{1, 5, 2, 8, 3, 7};
  auto const once = median_interval(samples, 7);
  auto const again = median_interval(samples, 7);
  CHECK(once.low == again.low);
  CHECK(once.high == again.high);
}

TEST_CASE("one sample has no spread", "[bench]") {
  auto const seen = median_interval(std::vector<double>{42});
  CHECK(seen.low == 42);
  CHECK(seen.mid == 42);
  CHECK(seen.high == 42);
}

TEST_CASE("weather that hits both sides of a turn alike cancels out of a ratio", "[bench]") {
  std::vector<double> const ours{10, 20, 40, 10, 30, 20, 10};
  std::vector<double> theirs;
  for (auto const each : ours) theirs.push_back(3 * each);
  auto const ratio = ratio_interval(theirs, ours);
  CHECK(ratio.mid == Approx(3));
  CHECK(ratio.low == Approx(3));
  CHECK(ratio.high == Approx(3));
}

TEST_CASE("a ratio of equal things has an interval around one", "[bench]") {
  std::vector<double> const ours{10, 11, 9, 10, 12, 9, 10};
  std::vector<double> const theirs{11, 9, 10, 12, 9, 10, 10};
  auto const ratio = ratio_interval(theirs, ours);
  CHECK(ratio.low <= 1);
  CHECK(ratio.high >= 1);
}

TEST_CASE("without samples there is no ratio", "[bench]") {
  auto const ratio = ratio_interval({}, {});
  CHECK(ratio.mid == 0);
  CHECK(ratio.high == 0);
}
