// check_small_programs — the checker against the axioms, program after program.
#pragma once

#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <cstdint>

#include <tests/support/draw_small_program.hpp>
#include <tests/support/enumerator.hpp>

namespace support::small {

/// What a series of programs came to, so that a test can tell that it has seen something.
struct series {
  std::uint64_t programs = 0;
  std::uint64_t executions = 0;
  std::uint64_t stuck = 0;
  std::uint64_t racing_programs = 0;
};

/// Draws `programs` of one style and checks that the checker visits exactly what the axioms allow.
inline auto check_series(style how, std::uint64_t first_seed, std::uint64_t programs, std::size_t size) -> series {
  series all;
  for (auto seed = first_seed; seed < first_seed + programs; ++seed) {
    auto const drawn = small_programs(seed).next(how, size);
    auto const allowed = enumerate(drawn);
    sluice::model::report explored;
    auto const visited = run_in_checker(drawn, explored);
    ++all.programs;
    all.executions += allowed.executions;
    all.stuck += allowed.stuck;
    all.racing_programs += allowed.racing > 0 ? 1 : 0;
    if (agree(drawn, allowed, visited) && explored.complete) continue;
    INFO("seed " << seed << ": " << text(drawn) << "\nby the axioms: " << text(allowed) << "by the checker: " << text(visited)
                 << explored.bound << "\n" << explored.first_failure);
    CHECK(false);
  }
  return all;
}

}  // namespace support::small
