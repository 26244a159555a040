#include <sluice/base/clock.hpp>

#include <catch2/catch_test_macros.hpp>

using namespace sluice;
using namespace std::chrono_literals;

TEST_CASE("adding to an instant stops at the end of time instead of overflowing", "[base][T2]") {
  STATIC_CHECK(saturating_add(instant{1s}, 2s) == instant{3s});
  STATIC_CHECK(saturating_add(instant{1s}, 0s) == instant{1s});
  STATIC_CHECK(saturating_add(instant{1s}, -5s) == instant{1s});
  STATIC_CHECK(saturating_add(instant{1s}, duration::min()) == instant{1s});
  STATIC_CHECK(saturating_add(instant{1ns}, duration::max()) == never);
  STATIC_CHECK(saturating_add(instant{}, duration::max()) == never);
  STATIC_CHECK(saturating_add(never, 1ns) == never);
  STATIC_CHECK(saturating_add(never - 1ns, 1ns) == never);
  STATIC_CHECK(saturating_add(never - 2ns, 1ns) == never - 1ns);
}

TEST_CASE("the machine's monotonic clock does not go back", "[base][T1]") {
  auto last = monotonic_ns();
  for (int i = 0; i < 1000; ++i) {
    auto const now = monotonic_ns();
    REQUIRE(now >= last);
    last = now;
  }
  STATIC_CHECK(engine_clock::is_steady);
}
