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

TEST_CASE("an update of a seqlock loses nothing to another one, and shows no half of it", "[everyday][lockfree][model][N4]") {
  auto const step = [](both& value) {
    ++value.first;
    ++value.second;
  };
  support::explored("seqlock").all([=](model::execution& run) {
    seqlock<both, atomics> value{both{1, 1}};
    run.thread([&] { value.update(step); });
    run.thread([&] { value.update(step); });
    run.join();
    run.check(value.load().first == 3 && value.load().second == 3, "both steps were made");
  });
  support::explored("seqlock").all([=](model::execution& run) {
    seqlock<both, atomics> value{both{1, 1}};
    run.thread([&] { value.update(step); });
    run.thread([&] {
      auto const seen = value.load();
      run.check(seen.first == seen.second, "both halves are of one value");
    });
    run.join();
  });
}

TEST_CASE("what an exchange or an update of an atomic_value takes out is not freed under a reader", "[everyday][lockfree][model][N4][D5]") {
  auto const beside_a_reader = [](auto change) {
    support::explored("atomic_value").all([=](model::execution& run) {
      hazard_domain<atomics> domain;
      atomic_value<both, hazard_domain, atomics> value{domain, both{1, 1}};
      auto reader = domain.join(), writer = domain.join();
      run.thread([&] {
        auto const seen = value.load(reader);
        run.check(seen.first == seen.second, "both halves are of one value");
      });
      run.thread([&] {
        change(value, writer);
        writer.reclaim();
      });
      run.join();
      run.check(value.load(reader).first == 2, "the change stays");
    });
  };
  beside_a_reader([](auto& value, auto& me) { (void)value.exchange(me, both{2, 2}); });
  beside_a_reader([](auto& value, auto& me) { value.update(me, [](both const& old) { return both{old.first + 1, old.second + 1}; }); });
}

TEST_CASE("an update of an atomic_value loses nothing to another one", "[everyday][lockfree][model][N4]") {
  support::explored("atomic_value").all_ways([](model::execution& run) {
    hazard_domain<atomics> domain;
    atomic_value<both, hazard_domain, atomics> value{domain, both{1, 1}};
    for (int thread = 0; thread < 2; ++thread)
      run.thread([&] {
        auto me = domain.join();
        value.update(me, [](both const& old) { return both{old.first + 1, old.second}; });
      });
    run.join();
    auto me = domain.join();
    run.check(value.load(me).first == 3, "both steps were made");
  });
}
