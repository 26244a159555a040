#include <cstddef>
#include <cstdint>

#include <catch2/catch_test_macros.hpp>

#include <sluice/base/cache_line.hpp>
#include <sluice/lockfree/mpmc_ring.hpp>
#include <tests/support/thread_crew.hpp>
#include <tests/support/tracked.hpp>

using namespace sluice;
using support::explosive;

TEST_CASE("a ring of one slot cannot tell full from empty and is refused", "[lockfree][C1]") {
  CHECK_THROWS_AS(mpmc_ring<int>(1), misuse);
}

TEST_CASE("a ring of two slots is full with two values, at every lap", "[lockfree][D1]") {
  mpmc_ring<int> ring(2);
  for (int lap = 0; lap < 3; ++lap) {
    REQUIRE(ring.try_push(1));
    REQUIRE(ring.try_push(2));
    CHECK_FALSE(ring.try_push(3));
    CHECK(ring.try_pop() == 1);
    CHECK(ring.try_pop() == 2);
    CHECK(ring.try_pop() == std::nullopt);
  }
}

TEST_CASE("the ends of a ring are on lines of their own", "[lockfree][N5]") {
  // One line for what never changes, one for each end.
  CHECK(sizeof(mpmc_ring<int>) >= 3 * cache_line);
  CHECK(alignof(mpmc_ring<int>) == cache_line);
}

TEST_CASE("slots left empty by moves that threw are skipped, as many as there are",
          "[lockfree][D4]") {
  mpmc_ring<explosive> ring(4);
  for (int lap = 0; lap < 3; ++lap) {
    explosive::calm = 0;
    for (int n = 0; n < 3; ++n) CHECK_THROWS_AS(ring.try_push(explosive(1)), explosive::exploded);
    explosive::calm = explosive::never;
    REQUIRE(ring.try_push(explosive(2)));
    CHECK_FALSE(ring.try_push(explosive(3)));  // slots that hold nothing still count until skipped
    CHECK(ring.try_pop()->value() == 2);
    CHECK_FALSE(ring.try_pop().has_value());
  }
}

TEST_CASE("a ring of two slots between four threads loses nothing", "[lockfree][threads][D1]") {
  mpmc_ring<std::uint64_t> ring(2);
  constexpr auto each = support::effort(std::uint64_t{4000});
  std::atomic<std::uint64_t> sum{0};
  std::atomic<std::uint64_t> left{2 * each};
  support::run_together(4, [&](unsigned who) {
    backoff wait;
    if (who < 2) {
      for (std::uint64_t n = 1; n <= each; ++n) {
        while (!ring.try_push(std::uint64_t{n})) wait();
        wait.reset();
      }
    } else {
      while (left.load() > 0) {
        if (auto value = ring.try_pop()) sum += *value, --left, wait.reset();
        else wait();
      }
    }
  });
  CHECK(sum == each * (each + 1));
}
