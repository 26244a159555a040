#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <sluice/base/random.hpp>
#include <sluice/observe/concurrent_histogram.hpp>
#include <sluice/observe/histogram.hpp>
#include <tests/support/thread_crew.hpp>

using namespace sluice;

namespace {

auto filled(std::uint64_t seed, int count) -> histogram {
  random_source random(seed);
  histogram made;
  for (int n = 0; n < count; ++n)
    made.record(static_cast<std::int64_t>(random.next() >> (24 + random.below(40))));
  return made;
}

auto same(histogram const& a, histogram const& b) -> bool {
  return std::ranges::equal(a.counts(), b.counts());
}

}  // namespace

TEST_CASE("buckets cover every duration once, in order, none wider than a 32nd of its start",
          "[observe]") {
  std::int64_t expected = 0;
  for (std::size_t index = 0; index < histogram::bucket_count; ++index) {
    auto const low = histogram::low_of(index);
    auto const high = histogram::low_of(index + 1);
    REQUIRE(low == expected);
    REQUIRE(histogram::index_of(low) == index);
    REQUIRE(histogram::index_of(high - 1) == index);
    REQUIRE((high - low) * 32 <= std::max<std::int64_t>(low, 32));
    expected = high;
  }
  CHECK(expected == histogram::highest + 1);
}

TEST_CASE("the index formula is the one that readers of the telemetry block use", "[observe]") {
  for (std::int64_t value : {0LL, 1LL, 63LL, 64LL, 65LL, 66LL, 127LL, 128LL, 1000LL, 1'000'000LL,
                             123'456'789LL, (1LL << 40) - 1}) {
    std::int64_t msb = -1;
    for (auto rest = value; rest > 0; rest >>= 1) ++msb;
    auto const wanted = value < 64 ? value : ((msb - 5) << 5) + (value >> (msb - 5));
    CHECK(histogram::index_of(value) == static_cast<std::size_t>(wanted));
  }
}

TEST_CASE("an empty histogram answers 0 to everything", "[observe]") {
  histogram const empty;
  CHECK(empty.count() == 0);
  CHECK(empty.min() == 0);
  CHECK(empty.max() == 0);
  for (double percent : {0.0, 50.0, 100.0}) CHECK(empty.percentile(percent) == 0);
}

TEST_CASE("percentiles are exact below 64 and at most a 32nd too large above", "[observe]") {
  histogram small;
  for (std::int64_t ns = 1; ns <= 50; ++ns) small.record(ns);
  CHECK(small.percentile(50) == 25);
  CHECK(small.percentile(90) == 45);
  CHECK(small.percentile(98) == 49);
  CHECK(small.percentile(99) == 50);
  CHECK(small.percentile(0) == 1);

  histogram large;
  for (std::int64_t ns = 1; ns <= 100'000; ++ns) large.record(ns);
  for (int percent : {1, 10, 50, 90, 99}) {
    auto const exact = percent * 1000;
    CHECK(large.percentile(percent) >= exact);
    CHECK(large.percentile(percent) <= exact + exact / 32);
  }
  CHECK(large.percentile(100) == 100'000);
  CHECK(large.min() == 1);
  CHECK(large.max() == 100'000);
}

TEST_CASE("p50 <= p90 <= p99 <= max, whatever was recorded", "[observe]") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    auto const some = filled(seed, 1 + static_cast<int>(seed) * 7);
    CHECK(some.percentile(50) <= some.percentile(90));
    CHECK(some.percentile(90) <= some.percentile(99));
    CHECK(some.percentile(99) <= some.max());
    CHECK(some.min() <= some.percentile(0));
  }
}

TEST_CASE("percentages outside 0 to 100, and none at all, mean the nearest end", "[observe]") {
  histogram two;
  two.record(1);
  two.record(2);
  CHECK(two.percentile(-5) == 1);
  CHECK(two.percentile(500) == 2);
  CHECK(two.percentile(std::numeric_limits<double>::quiet_NaN()) == 1);
}

TEST_CASE("durations beyond the scale are counted at its ends", "[observe]") {
  histogram both;
  both.record(-7);
  both.record(std::numeric_limits<std::int64_t>::max());
  CHECK(both.count() == 2);
  CHECK(both.counts().front() == 1);
  CHECK(both.counts().back() == 1);
  CHECK(both.min() == 0);
  CHECK(both.max() == std::numeric_limits<std::int64_t>::max());
}

TEST_CASE("recording nothing times changes nothing", "[observe]") {
  histogram none;
  none.record(5, 0);
  CHECK(none.count() == 0);
  CHECK(none.min() == 0);
}

TEST_CASE("buckets list every count with its range", "[observe]") {
  histogram some;
  some.record(3, 2);
  some.record(1000);
  std::uint64_t seen = 0;
  for (auto const one : some.buckets()) {
    if (one.low <= 3 && 3 < one.high) CHECK(one.count == 2);
    if (one.low <= 1000 && 1000 < one.high) CHECK(one.count == 1);
    seen += one.count;
  }
  CHECK(seen == 3);
}

TEST_CASE("merging adds counts and widens the extremes", "[observe]") {
  auto sum = filled(1, 1000);
  auto const other = filled(2, 500);
  auto const low = std::min(sum.min(), other.min());
  auto const high = std::max(sum.max(), other.max());
  sum.merge(other);
  CHECK(sum.count() == 1500);
  CHECK(sum.min() == low);
  CHECK(sum.max() == high);
  sum.merge(histogram{});
  CHECK(sum.count() == 1500);
  CHECK(sum.min() == low);
}

TEST_CASE("a stall is also counted for the requests that were due during it", "[observe]") {
  histogram corrected;
  corrected.record_corrected(100, 10);  // those due meanwhile took 90, 80, … 10
  CHECK(corrected.count() == 10);
  CHECK(corrected.min() == 10);
  CHECK(corrected.max() == 100);
  for (int tens = 1; tens <= 10; ++tens)
    CHECK(corrected.counts()[histogram::index_of(tens * 10)] >= 1);

  histogram plain;
  plain.record_corrected(9, 10);   // on time: nothing was missed
  plain.record_corrected(10, 10);
  plain.record_corrected(50, 0);   // no rate, no correction
  plain.record_corrected(50, -1);
  CHECK(plain.count() == 4);
}

TEST_CASE("correction a bucket at a time counts what correction one by one would", "[observe]") {
  for (auto [ns, interval] : std::vector<std::pair<std::int64_t, std::int64_t>>{
           {1000, 7}, {123'456, 1}, {99'999, 1000}, {64, 63}, {1 << 20, 333}}) {
    histogram quick;
    quick.record_corrected(ns, interval);
    histogram slow;
    slow.record(ns);
    for (auto missed = ns - interval; missed >= interval; missed -= interval) slow.record(missed);
    CHECK(same(quick, slow));
    CHECK(quick.count() == slow.count());
    CHECK(quick.min() == slow.min());
  }
}

TEST_CASE("correction of a very long stall at a very high rate takes no time", "[observe]") {
  histogram corrected;
  corrected.record_corrected(std::numeric_limits<std::int64_t>::max(), 1);
  CHECK(corrected.count() == static_cast<std::uint64_t>(histogram::highest));
}

TEST_CASE("a histogram survives the way through HDR text", "[observe]") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    auto before = filled(seed, 400 * static_cast<int>(seed));
    before.record(100, std::uint64_t{1} << (2 * seed));  // counts of every length
    auto const after = histogram::decode_hdr(before.encode_hdr());
    REQUIRE(after.has_value());
    CHECK(same(before, *after));
    CHECK(after->count() == before.count());
    CHECK(after->encode_hdr() == before.encode_hdr());
    CHECK(after->percentile(99) >= before.percentile(99));
  }
}

TEST_CASE("HDR text is what other readers of the format expect", "[observe]") {
  // Read by an independent implementation: total count 3, p50 = 5, max = 1007.
  histogram some;
  some.record(5, 2);
  some.record(1000);
  CHECK(some.encode_hdr() ==
        "HISTFAAAADh4AQEtANL/HISTEwAAAAUAAAAAAAAAAgAAAAAAAAABAAAA//////8/8AAAAAAAAAkE6QcCmdMIeA==");
}

TEST_CASE("text that is no such histogram is refused, cut or bent anywhere", "[observe]") {
  auto const text = filled(3, 300).encode_hdr();
  CHECK_FALSE(histogram::decode_hdr("").has_value());
  CHECK_FALSE(histogram::decode_hdr("HIST").has_value());
  CHECK_FALSE(histogram::decode_hdr("not base64 at all!!!").has_value());
  CHECK_FALSE(histogram::decode_hdr("====").has_value());
  for (std::size_t size = 0; size < text.size(); size += 3)
    CHECK_FALSE(histogram::decode_hdr(text.substr(0, size)).has_value());
  for (std::size_t at = 0; at + 4 < text.size(); at += 5) {
    auto bent = text;
    bent[at] = bent[at] == 'A' ? 'B' : 'A';
    INFO("at " << at);
    CHECK_FALSE(histogram::decode_hdr(bent).has_value());
  }
  auto const refused = histogram::decode_hdr("");
  CHECK(refused.error().code() == errc::invalid);
}

TEST_CASE("threads may fill one histogram together, and nothing is lost", "[observe][threads]") {
  concurrent_histogram together;
  histogram alone;
  constexpr std::int64_t each = 5000;
  for (std::int64_t n = 0; n < 3 * each; ++n) alone.record(n * 37 % 100'000);
  support::run_together(3, [&](unsigned who) {
    for (std::int64_t n = who; n < 3 * each; n += 3) together.record(n * 37 % 100'000);
  });
  auto const seen = together.snapshot();
  CHECK(same(seen, alone));
  CHECK(seen.count() == alone.count());
  CHECK(seen.min() == alone.min());
  CHECK(seen.max() == alone.max());
}

TEST_CASE("a shared histogram corrects as a plain one does", "[observe]") {
  concurrent_histogram shared;
  histogram plain;
  shared.record_corrected(5000, 40);
  plain.record_corrected(5000, 40);
  CHECK(same(shared.snapshot(), plain));
  CHECK(shared.snapshot().min() == plain.min());
  CHECK(concurrent_histogram{}.snapshot().count() == 0);
}
