#include <catch2/catch_test_macros.hpp>

#include <sluice/lockfree/atomic_value.hpp>
#include <sluice/lockfree/seqlock.hpp>
#include <sluice/model/explore.hpp>
#include <tests/support/explored.hpp>

using namespace sluice;
using model::atomics;

namespace {

/// Two halves that belong together.
struct both {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
};

}  // namespace

TEST_CASE("a reader of an atomic_value finds a whole value, in every execution", "[everyday][lockfree][model][N4]") {
  support::explored("atomic_value").all_ways([](model::execution& run) {
    hazard_domain<atomics> domain;
    {
      atomic_value<both, hazard_domain, atomics> value{domain, both{1, 1}};
      run.thread([&] {
        auto me = domain.join();
        value.store(me, both{2, 2});
      });
      run.thread([&] {
        auto me = domain.join();
        auto const seen = value.load(me);
        run.check(seen.first == seen.second, "both halves are of one value");
      });
      run.join();
      auto me = domain.join();
      run.check(value.load(me).first == 2, "the store stays");
    }
  });
}

TEST_CASE("a reader of a seqlock finds a whole value, in every execution", "[everyday][lockfree][model][N4]") {
  support::explored("seqlock").all([](model::execution& run) {
    seqlock<both, atomics> value{both{1, 1}};
    run.thread([&] { value.store(both{2, 2}); });
    run.thread([&] {
      auto const seen = value.load();
      run.check(seen.first == seen.second, "both halves are of one value");
    });
    run.join();
    run.check(value.load().second == 2, "the store stays");
  });
}
