#include <catch2/catch_test_macros.hpp>

#include <sluice/scenarios/catalogue.hpp>
#include <sluice/scenarios/run.hpp>
#include <tests/support/stress.hpp>

using namespace sluice;
using namespace sluice::scenarios;

// A worker that is to wake for the next timer and does not is seen once in some hundred of these, as a run that never
// ends.
TEST_CASE("a run of jobs that arrive by the clock ends, however often it begins", "[scenarios][stress][threads][G6][T12]") {
  auto const what = find("worker-pool");
  REQUIRE(what);
  auto params = values::defaults(**what);
  REQUIRE(params.set_all("jobs=200&work=50"));
  for (int n = support::full_size(2'000); n > 0; --n) {
    auto const ended = run_to_end({.what = *what, .params = params, .seed = 7, .engine = engine_kind::threads});
    REQUIRE(ended);
    REQUIRE(ended->state == run_state::finished);
  }
}
