#include <catch2/catch_test_macros.hpp>

#include <iterator>

#include <sluice/model/litmus.hpp>
#include <sluice/platform/fiber.hpp>
#include <tests/support/litmus_rows.hpp>

using namespace sluice;

TEST_CASE("each litmus row has its exact executions, and its weak outcome or not", "[model][litmus]") {
  if (!platform::has_fibers) SKIP("this build has no fibers");
  std::size_t reproduced = 0;
  for (auto const& row : support::litmus_rows) {
    auto const result = model::run(model::litmus::parse(row.program));
    INFO(row.number << " " << row.name << ": " << row.program << "\n" << result.explored.first_failure);
    for (auto const& [outcome, times] : result.outcomes) UNSCOPED_INFO(outcome << "  " << times);
    CHECK(result.explored.executions == row.executions);
    CHECK(result.allows(row.weak) == row.reachable);
    CHECK(result.explored.complete);
    CHECK((result.explored.found == model::fault::data_race) == row.races);
    if (result.explored.executions == row.executions && result.allows(row.weak) == row.reachable &&
        (result.explored.found == model::fault::data_race) == row.races)
      ++reproduced;
  }
  CHECK(reproduced == std::size(support::litmus_rows));
}
