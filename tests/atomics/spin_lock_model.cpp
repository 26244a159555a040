#include <catch2/catch_test_macros.hpp>

#include <mutex>

#include <sluice/atomics/spin_lock.hpp>
#include <sluice/model/explore.hpp>
#include <tests/support/explored.hpp>

using namespace sluice;

TEST_CASE("two holders of a spin_lock never meet, and the second sees what the first did", "[lockfree][model][everyday]") {
  support::explored("spin_lock").all([](model::execution& run) {
    basic_spin_lock<model::atomics> lock;
    model::cell<int> count{std::in_place, 0};
    auto const add = [&] {
      std::lock_guard const guard(lock);
      count.write([](int& n) { ++n; });
    };
    run.thread(add);
    run.thread(add);
    run.join();
    run.check(count.read([](int n) { return n; }) == 2, "both were counted");
  });
}
