#include <catch2/catch_test_macros.hpp>

#include <cstdint>

#include <sluice/lockfree/striped_counter.hpp>
#include <tests/support/explored.hpp>

using namespace sluice;

namespace {

support::explored const counter("striped_counter");

using modelled = basic_striped_counter<model::atomics>;

}  // namespace

TEST_CASE("a striped_counter loses no addition, in any execution", "[everyday][lockfree][model][N1]") {
  counter.all([](model::execution& run) {
    modelled served;
    for (int thread = 0; thread < 2; ++thread)
      run.thread([&] {
        served.add(1);
        served.add(2);
      });
    run.join();
    run.check(served.sum() == 6, "both added 3");
  });
}

TEST_CASE("a stripe goes on where its last owner stopped", "[everyday][lockfree][model][N1]") {
  counter.all([](model::execution& run) {
    modelled served;
    for (int thread = 0; thread < 2; ++thread)
      run.thread([&] {
        auto mine = served.join();
        mine.add(1);
      });
    run.join();
    run.check(served.sum() == 2, "no addition lay over another one");
  });
}

TEST_CASE("a striped_counter's sum sees what happened before it", "[everyday][lockfree][model]") {
  counter.all([](model::execution& run) {
    modelled served;
    served.add(1);
    std::uint64_t seen = 0;
    run.thread([&] { served.add(2); });
    run.thread([&] { seen = served.sum(); });
    run.join();
    run.check(seen == 1 || seen == 3, "what was there before, and perhaps what came");
    run.check(served.sum() == 3, "all of it");
  });
}

TEST_CASE("three threads make the stripes of a striped_counter grow", "[everyday][lockfree][model][N1]") {
  counter.all([](model::execution& run) {
    modelled served;
    for (int thread = 0; thread < 3; ++thread)
      run.thread([&] { served.add(1); });
    run.join();
    run.check(served.sum() == 3, "each added 1");
  });
}
