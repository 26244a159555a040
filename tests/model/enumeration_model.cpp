#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <cstddef>

#include <tests/support/check_small_programs.hpp>
#include <tests/support/planted.hpp>

namespace small = support::small;

TEST_CASE("the checker and the axioms agree on a hundred thousand programs", "[model]") {
  SLUICE_NEEDS_FIBERS();
  auto const how = static_cast<small::style>(GENERATE(range(std::size_t{0}, small::styles)));
  auto const all = small::check_series(how, 10'000'000, 10'000, 7);
  CHECK(all.executions > 10'000);
  if (how == small::style::waiting) CHECK(all.stuck > 1'000);
  if (how == small::style::plain_memory) CHECK(all.racing_programs > 1'000);
}

TEST_CASE("the checker and the axioms agree on programs of nine operations", "[model]") {
  SLUICE_NEEDS_FIBERS();
  auto const how = static_cast<small::style>(GENERATE(range(std::size_t{0}, small::styles)));
  // Guesses multiply: what is compared or waited for has to be shorter.
  bool const guesses = how == small::style::comparing || how == small::style::waiting;
  CHECK(small::check_series(how, 20'000'000, 500, guesses ? 8 : 9).executions > 1'000);
}
