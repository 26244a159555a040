#include <catch2/catch_test_macros.hpp>

#include "native-bench/harness/interleave.hpp"
#include "native-bench/harness/nearest.hpp"
#include "native-bench/harness/shapes.hpp"

#include <cstdint>
#include <string>
#include <vector>

using namespace sluice::bench;

namespace {

using answer = std::expected<turn, std::string>;

}  // namespace

TEST_CASE("contenders take turns", "[bench]") {
  std::string order;
  auto const all = interleave(2, 3, 0, [&](std::size_t who, unsigned round) -> answer {
    order += who == 0 ? 'A' : 'B';
    return turn{static_cast<double>(round), false};
  });
  CHECK(order == "ABABAB");
  CHECK(all[0].ns == std::vector<double>{0, 1, 2});
  CHECK(all[1].ns == std::vector<double>{0, 1, 2});
}

TEST_CASE("what was alive is kept beside the time of the same sample", "[bench]") {
  auto const all = interleave(1, 2, 1, [&](std::size_t, unsigned round) -> answer {
    return turn{.ns = 1, .disturbed = round == 0, .bytes = static_cast<double>(100 + round)};
  });
  CHECK(all[0].bytes == std::vector<double>{100, 101});
}

TEST_CASE("a contender that gives one wrong result has no number at all", "[bench]") {
  auto const all = interleave(2, 3, 0, [&](std::size_t who, unsigned round) -> answer {
    if (who == 1 && round == 1) return std::unexpected{std::string{"lost"}};
    return turn{1, false};
  });
  CHECK(all[0].ns.size() == 3);
  CHECK(all[1].ns.empty());
  CHECK(all[1].failure == "lost");
}

TEST_CASE("a disturbed sample is taken again until patience ends, then it counts as disturbed", "[bench]") {
  int taken = 0;
  auto const all = interleave(1, 3, 2, [&](std::size_t, unsigned) -> answer {
    ++taken;
    return turn{1, true};
  });
  CHECK(taken == 5);
  CHECK(all[0].ns.size() == 3);
  CHECK(all[0].disturbed == 3);
}

TEST_CASE("shares are even, in order and lose nothing", "[bench]") {
  std::uint64_t sum = 0;
  std::uint64_t next = 0;
  for (unsigned who = 0; who < 3; ++who)
    for (auto const value : share(who, 3, 10)) {
      CHECK(value == next++);
      sum += value;
    }
  CHECK(next == 10);
  CHECK(sum == checksum(10));
  CHECK(checksum(0) == 0);
}

TEST_CASE("a misspelt word finds the one that was meant", "[bench]") {
  std::vector<std::string> const known{"--workers", "--work", "--queue", "--seed"};
  CHECK(nearest("--worker", known) == "--workers");
  CHECK(nearest("--quue", known) == "--queue");
  CHECK(nearest("--zzzzzzzzzzzz", known).empty());
  CHECK(edit_distance("kitten", "sitting") == 3);
}
