#include <array>
#include <cstdint>
#include <limits>
#include <new>
#include <optional>
#include <utility>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <sluice/atomics/counting_atomics.hpp>
#include <sluice/lockfree/striped_counter.hpp>
#include <tests/support/strict_atomics.hpp>
#include <tests/support/thread_crew.hpp>

using namespace sluice;
using support::strict_atomics;

TEMPLATE_TEST_CASE("a striped counter adds up what threads and participants add", "[lockfree][N1]",
                   std_atomics, counting_atomics, strict_atomics) {
  basic_striped_counter<TestType> counter;
  CHECK(counter.sum() == 0);
  counter.increment();
  counter.add(9);
  CHECK(counter.sum() == 10);
  auto one = counter.join();
  auto two = counter.join();
  one.add(100);
  two.increment();
  one.increment();
  CHECK(counter.sum() == 112);
}

TEST_CASE("a striped counter wraps", "[lockfree][N1]") {
  striped_counter counter;
  auto other = counter.join();
  counter.add(std::numeric_limits<std::uint64_t>::max());
  other.add(3);
  CHECK(counter.sum() == 2);
}

TEST_CASE("what a participant has added stays when it goes, and its stripe serves the next",
          "[lockfree][D5]") {
  striped_counter counter;
  auto const keeps_a_number = counter.join();
  for (int lap = 0; lap < 100; ++lap) counter.join().increment();
  CHECK(counter.sum() == 100);
  CHECK(counter.stripes() <= 2 * 3);  // this thread's own, if it has one, and two participants
}

TEST_CASE("a participant may be moved, and serves on", "[lockfree]") {
  striped_counter counter;
  striped_counter other;
  {
    auto mine = counter.join();
    mine.increment();
    auto moved = std::move(mine);
    moved.increment();
    mine = other.join();
    mine.add(7);
    moved = std::move(mine);  // leaves the first counter
    moved.increment();
  }
  CHECK(counter.sum() == 2);
  CHECK(other.sum() == 8);
}

TEST_CASE("counters of one thread are kept apart", "[lockfree]") {
  std::array<striped_counter, 3> counters;
  for (std::uint64_t at = 0; at < 3; ++at)
    for (std::uint64_t n = 0; n <= at; ++n) counters[at].increment();
  CHECK(counters[0].sum() == 1);
  CHECK(counters[1].sum() == 2);
  CHECK(counters[2].sum() == 3);
}

TEST_CASE("where no memory is left nothing is added and nothing is taken", "[lockfree][G9]") {
  auto const before = strict_atomics::alive();
  {
    basic_striped_counter<strict_atomics> counter;
    auto first = counter.join();  // so that there are seats
    first.increment();
    for (int each = 0; each < 8; ++each) counter.join().increment();
    std::array<std::optional<basic_striped_counter<strict_atomics>::participant>, 40> crowd;
    std::uint64_t joined = 0;
    std::uint64_t refused = 0;
    for (auto& member : crowd) {
      strict_atomics::fail_after(0);  // the next allocation, if it needs one
      try {
        member.emplace(counter.join());
        member->increment();
        ++joined;
      } catch (std::bad_alloc const&) {
        ++refused;
        member.emplace(counter.join());
      }
      strict_atomics::fail_after(-1);
    }
    CHECK(refused > 0);
    CHECK(counter.sum() == 9 + joined);
    crowd = {};
    auto again = counter.join();  // all seats are free again, whatever failed
    again.increment();
    CHECK(counter.sum() == 10 + joined);
    CHECK(counter.stripes() <= 2 * 42);
  }
  auto const seats = strict_atomics::alive() - before;  // they are the program's
  CHECK(seats <= 42);
}

TEST_CASE("threads that come and go add up and leave no more stripes than there were at one time",
          "[lockfree][threads][D5]") {
  constexpr auto each = support::effort(std::uint64_t{2000});
  striped_counter counter;
  for (int lap = 0; lap < 20; ++lap)
    support::run_together(3, [&](unsigned who) {
      if (who == 0) {
        auto mine = counter.join();
        for (std::uint64_t n = 0; n < each; ++n) mine.increment();
      } else {
        for (std::uint64_t n = 0; n < each; ++n) counter.increment();
      }
    });
  CHECK(counter.sum() == 20 * 3 * each);
  CHECK(counter.stripes() <= 15);  // of 3, beside those that the tests before this one still use
}

TEST_CASE("a sum taken meanwhile never falls, and is right in the end", "[lockfree][threads]") {
  constexpr auto each = support::effort(std::uint64_t{20000});
  striped_counter counter;
  std::atomic<unsigned> adding{2};
  std::uint64_t falls = 0;
  support::run_together(3, [&](unsigned who) {
    if (who < 2) {
      for (std::uint64_t n = 0; n < each; ++n) counter.increment();
      --adding;
    } else {
      for (std::uint64_t last = 0; adding.load() > 0;) {
        auto const sum = counter.sum();
        if (sum < last) ++falls;
        last = sum;
      }
    }
  });
  CHECK(falls == 0);
  CHECK(counter.sum() == 2 * each);
}
