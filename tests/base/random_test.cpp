#include <sluice/base/random.hpp>

#include <array>
#include <cstdint>

#include <catch2/catch_test_macros.hpp>

using namespace sluice;

TEST_CASE("the generators give the numbers of their published algorithms", "[base][Z1]") {
  std::uint64_t state = 1234567;
  CHECK(splitmix64(state) == 6457827717110365317ULL);
  CHECK(splitmix64(state) == 3203168211198807973ULL);

  random_source random{42};
  CHECK(random.next() == 0x15780b2e0c2ec716ULL);
  CHECK(random.next() == 0x6104d9866d113a7eULL);
  CHECK(random.next() == 0xae17533239e499a1ULL);
  CHECK(random.next() == 0xecb8ad4703b360a1ULL);
}

TEST_CASE("the same seed gives the same numbers, also at compile time", "[base][Z1]") {
  constexpr auto third = [](std::uint64_t seed) {
    random_source random{seed};
    (void)random.next();
    (void)random.next();
    return random.next();
  };
  STATIC_CHECK(third(7) == third(7));
  STATIC_CHECK(third(7) != third(8));
  CHECK(third(7) == [](random_source random) {
    (void)random.next();
    (void)random.next();
    return random.next();
  }(random_source{7}));
}

TEST_CASE("numbers below a bound are uniform", "[base][S2]") {
  random_source random{1};
  for (std::uint64_t const bound : {0ULL, 1ULL}) CHECK(random.below(bound) == 0);
  constexpr int trials = 30'000;
  constexpr std::size_t sides = 3;
  std::array<int, sides> counts{};
  for (int i = 0; i < trials; ++i) ++counts.at(random.below(sides));
  for (auto const count : counts) {
    CHECK(count > 10'000 - 490);  // six standard deviations
    CHECK(count < 10'000 + 490);
  }
  // Four draws share three numbers under this bound: without rejection every third one would come
  // twice as often as the others.
  constexpr auto large = std::uint64_t{3} << 62;
  int thirds = 0;
  for (int i = 0; i < trials; ++i)
    if (random.below(large) % 3 == 0) ++thirds;
  CHECK(thirds > 10'000 - 490);
  CHECK(thirds < 10'000 + 490);
}

TEST_CASE("exponential numbers have their mean and their shape", "[base][Z1]") {
  random_source random{3};
  constexpr int trials = 50'000;
  constexpr std::uint64_t mean = 1000;
  std::uint64_t sum = 0;
  int above = 0;
  for (int i = 0; i < trials; ++i) {
    auto const drawn = random.exponential(mean);
    sum += drawn;
    if (drawn > 2 * mean) ++above;
  }
  auto const average = sum / trials;
  CHECK(average > 970);
  CHECK(average < 1030);
  auto const share = static_cast<double>(above) / trials;  // e^-2 = 0.1353
  CHECK(share > 0.125);
  CHECK(share < 0.146);
  CHECK(random.exponential(0) == 0);
}
