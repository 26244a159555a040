#include <cstdint>
#include <numeric>

#include <catch2/catch_test_macros.hpp>

#include <sluice/lockfree/spsc_ring.hpp>
#include <tests/support/thread_crew.hpp>
#include <tests/support/tracked.hpp>

using namespace sluice;

TEST_CASE("an spsc_ring may have one slot", "[lockfree][D1]") {
  spsc_ring<int> ring(1);
  REQUIRE(ring.try_push(1));
  CHECK_FALSE(ring.try_push(2));
  CHECK(ring.try_pop() == 1);
  REQUIRE(ring.try_push(2));
  CHECK(ring.try_pop() == 2);
}

TEST_CASE("an spsc_ring whose capacity the compiler knows has its slots inside", "[lockfree]") {
  spsc_ring<int, 4> ring;
  CHECK(ring.capacity() == 4);
  for (int lap = 0; lap < 5; ++lap) {
    for (int value : {1, 2, 3, 4}) REQUIRE(ring.try_push(int{value}));
    CHECK_FALSE(ring.try_push(5));
    for (int value : {1, 2, 3, 4}) REQUIRE(ring.try_pop() == value);
    CHECK(ring.try_pop() == std::nullopt);
  }
}

TEST_CASE("the two sides of an spsc_ring write to lines of their own", "[lockfree][N5]") {
  // One for what never changes; for each side one that the other looks at and one of its own.
  CHECK(sizeof(spsc_ring<int>) >= 5 * cache_line);
}

TEST_CASE("an spsc_ring hands over every value in order, through any number of laps",
          "[lockfree][threads][D1]") {
  spsc_ring<std::uint64_t, 8> ring;
  constexpr auto values = support::effort(std::uint64_t{40'000});
  std::uint64_t expected = 0;
  support::run_together(2, [&](unsigned who) {
    backoff wait;
    if (who == 0) {
      for (std::uint64_t value = 0; value < values; ++value) {
        while (!ring.try_push(std::uint64_t{value})) wait();
        wait.reset();
      }
    } else {
      while (expected < values) {
        if (auto value = ring.try_pop()) {
          if (*value != expected) return;
          ++expected;
          wait.reset();
        } else {
          wait();
        }
      }
    }
  });
  CHECK(expected == values);
}
