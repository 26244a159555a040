#include <cstdint>
#include <limits>
#include <vector>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <sluice/atomics/counting_atomics.hpp>
#include <sluice/base/cache_line.hpp>
#include <sluice/lockfree/atomic_counter.hpp>
#include <tests/support/thread_crew.hpp>

using namespace sluice;

namespace {
constexpr auto most = std::numeric_limits<std::uint64_t>::max();
}

TEMPLATE_TEST_CASE("add, increment and decrement return the number after, and wrap", "[lockfree][N1]",
                   std_atomics, counting_atomics) {
  basic_atomic_counter<TestType> counter{most - 1};
  CHECK(counter.increment() == most);
  CHECK(counter.increment() == 0);
  CHECK(counter.decrement() == most);
  CHECK(counter.add(5) == 4);
  CHECK(counter.add(most) == 3);  // that is one less
  CHECK(counter.load() == 3);
}

TEMPLATE_TEST_CASE("what is named fetch returns the number before, and wraps", "[lockfree][N1]",
                   std_atomics, counting_atomics) {
  basic_atomic_counter<TestType> counter;
  CHECK(counter.fetch_sub(1) == 0);
  CHECK(counter.fetch_add(0x11) == most);
  CHECK(counter.fetch_or(0x0f) == 0x10);
  CHECK(counter.fetch_and(0x1c) == 0x1f);
  CHECK(counter.fetch_xor(0xff) == 0x1c);
  CHECK(counter.exchange(7) == 0xe3);
  CHECK(counter.load() == 7);
  counter.store(9);
  CHECK(counter.load() == 9);
}

TEST_CASE("weaker orders are for the asking", "[lockfree][N2]") {
  atomic_counter counter;
  CHECK(counter.increment(relaxed) == 1);
  CHECK(counter.add(2, release) == 3);
  CHECK(counter.decrement(acq_rel) == 2);
  CHECK(counter.fetch_add(1, acquire) == 2);
  CHECK(counter.exchange(5, relaxed) == 3);
  counter.store(6, release);
  CHECK(counter.load(acquire) == 6);
}

TEST_CASE("an exchange that fails leaves the counter alone and delivers the number seen",
          "[lockfree][N3]") {
  atomic_counter counter{5};
  std::uint64_t expected = 4;
  CHECK_FALSE(counter.compare_exchange(expected, 9));
  CHECK(expected == 5);
  CHECK(counter.load() == 5);
  CHECK(counter.compare_exchange(expected, 9, acq_rel));
  CHECK(counter.load() == 9);
}

TEST_CASE("counters side by side do not share a line", "[lockfree][N5]") {
  CHECK(alignof(atomic_counter) == cache_line);
  CHECK(sizeof(atomic_counter) == cache_line);
}

TEST_CASE("threads that count together lose nothing, and each gets numbers of its own",
          "[lockfree][threads][N1]") {
  constexpr auto each = support::effort(std::uint64_t{20000});
  constexpr unsigned threads = 4;
  atomic_counter counter;
  std::vector<std::vector<std::uint8_t>> seen(threads, std::vector<std::uint8_t>(threads * each + 1));
  support::run_together(threads, [&](unsigned who) {
    for (std::uint64_t n = 0; n < each; ++n) ++seen[who][counter.increment(relaxed)];
  });
  CHECK(counter.load() == threads * each);
  std::uint64_t wrong = 0;
  for (std::uint64_t number = 1; number <= threads * each; ++number) {
    unsigned times = 0;
    for (auto const& mine : seen) times += mine[number];
    if (times != 1) ++wrong;
  }
  CHECK(wrong == 0);
}
