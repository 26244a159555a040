#include <atomic>
#include <cstdint>

#include <catch2/catch_test_macros.hpp>

#include <sluice/lockfree/striped_counter.hpp>
#include <tests/support/stress.hpp>
#include <tests/support/strict_atomics.hpp>
#include <tests/support/thread_crew.hpp>

using namespace sluice;
using support::strict_atomics;

TEST_CASE("a hundred million additions to a striped counter are all there, and no sum fell meanwhile",
          "[lockfree][stress][threads][N1]") {
  constexpr unsigned threads = 4;
  constexpr auto each = support::stress_operations / threads;
  striped_counter counter;
  std::atomic<unsigned> adding{threads};
  std::uint64_t fell = 0;
  support::run_together(threads + 1, [&](unsigned who) {
    if (who < threads) {
      for (std::uint64_t left = each; left > 0; --left) counter.increment();
      adding.fetch_sub(1);
      return;
    }
    std::uint64_t latest = 0;
    for (backoff wait; adding.load() > 0; wait()) {
      auto const sum = counter.sum();
      fell += sum < latest ? 1 : 0;
      latest = sum;
    }
  });
  CHECK(counter.sum() == threads * each);
  CHECK(fell == 0);
}

TEST_CASE("generations of threads and participants add up in a few stripes, and leave none behind",
          "[lockfree][stress][threads][D5]") {
  constexpr unsigned threads = 4;
  constexpr auto generations = support::full_size(std::uint64_t{1000});
  auto const before = strict_atomics::alive();
  {
    basic_striped_counter<strict_atomics> counter;
    for (std::uint64_t generation = 0; generation < generations; ++generation) {
      support::run_together(threads, [&](unsigned who) {
        auto mine = counter.join();
        for (unsigned n = 0; n < 100; ++n) {
          mine.add(who);
          counter.add(1);  // by a stripe of the thread's own
        }
      });
    }
    CHECK(counter.sum() == generations * 100 * ((0 + 1 + 2 + 3) + threads));
    CHECK(counter.stripes() <= 2 * 2 * threads);
  }
  // What stays with the program are numbers, as many as there were at one time.
  CHECK(strict_atomics::alive() <= before + 2 * std::int64_t{threads});
}
