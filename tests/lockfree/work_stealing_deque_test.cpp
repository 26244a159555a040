#include <array>
#include <atomic>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <sluice/lockfree/work_stealing_deque.hpp>
#include <tests/support/strict_atomics.hpp>
#include <tests/support/thread_crew.hpp>

using namespace sluice;
using support::strict_atomics;

namespace {

/// A policy that lets somebody else act at the very moment a thief is about to claim its item.
struct meddling_atomics : std_atomics {
  static inline void (*before_claim)() = nullptr;

  template <class T>
  struct atomic : std::atomic<T> {
    using std::atomic<T>::atomic;
    auto compare_exchange_strong(T& expected, T desired, std::memory_order success,
                                 std::memory_order failure) noexcept -> bool {
      if (auto* const meddle = std::exchange(before_claim, nullptr)) meddle();
      return std::atomic<T>::compare_exchange_strong(expected, desired, success, failure);
    }
  };
};

}  // namespace

TEST_CASE("the owner takes the newest item, a thief the oldest", "[lockfree][D1][Q9]") {
  work_stealing_deque<int> deque;
  for (int item : {1, 2, 3, 4}) deque.push(item);
  CHECK(deque.take() == 4);
  CHECK(deque.steal() == 1);
  CHECK(deque.take() == 3);
  CHECK(deque.steal() == 2);
  CHECK(deque.take() == std::nullopt);
  CHECK(deque.steal() == std::unexpected(steal_miss::empty));
}

TEST_CASE("an owner that knows of no thief takes the same items", "[lockfree][D1][Q9]") {
  work_stealing_deque<int> deque(2);
  CHECK(deque.take_alone() == std::nullopt);
  for (int item = 0; item < 100; ++item) deque.push(item);  // it grows
  CHECK(deque.take_alone() == 99);
  CHECK(deque.steal() == 0);  // by itself: its oldest
  CHECK(deque.take() == 98);
  for (int item = 97; item >= 1; --item) CHECK(deque.take_alone() == item);
  CHECK(deque.take_alone() == std::nullopt);
  CHECK(deque.steal() == std::unexpected(steal_miss::empty));
  deque.push(7);
  CHECK(deque.size_hint() == 1);
  CHECK(deque.take_alone() == 7);
  CHECK(deque.size_hint() == 0);
}

TEST_CASE("an empty deque stays empty however often it is asked", "[lockfree][D1]") {
  work_stealing_deque<int> deque(1);
  for (int lap = 0; lap < 5; ++lap) {
    CHECK(deque.take() == std::nullopt);
    CHECK(deque.steal() == std::unexpected(steal_miss::empty));
    deque.push(lap);
    CHECK(deque.size_hint() == 1);
    CHECK((lap % 2 == 0 ? deque.take() : std::optional(*deque.steal())) == lap);
    CHECK(deque.size_hint() == 0);
  }
}

TEST_CASE("a thief who comes second learns that it lost a race, not that there was nothing",
          "[lockfree][D2]") {
  static work_stealing_deque<int, meddling_atomics> deque;
  deque.push(1);
  deque.push(2);
  meddling_atomics::before_claim = [] { (void)deque.steal(); };
  CHECK(deque.steal() == std::unexpected(steal_miss::lost));
  CHECK(deque.steal() == 2);
  CHECK(deque.steal() == std::unexpected(steal_miss::empty));
}

TEST_CASE("a thief about to claim the last item loses it to the owner, and does not have it twice",
          "[lockfree][D2]") {
  static work_stealing_deque<int, meddling_atomics> deque;
  static std::optional<int> taken;
  deque.push(1);
  meddling_atomics::before_claim = [] { taken = deque.take(); };
  CHECK(deque.steal() == std::unexpected(steal_miss::lost));
  CHECK(taken == 1);
  CHECK(deque.steal() == std::unexpected(steal_miss::empty));
}

TEST_CASE("an owner who loses the last item to a thief has an empty deque and goes on",
          "[lockfree][D2]") {
  static work_stealing_deque<int, meddling_atomics> deque;
  deque.push(1);
  static int stolen = 0;
  meddling_atomics::before_claim = [] { stolen = deque.steal().value_or(0); };
  // The owner has lowered the bottom already: the thief finds nothing, and the owner has the item.
  CHECK(deque.take() == 1);
  CHECK(stolen == 0);
  deque.push(2);
  CHECK(deque.take() == 2);
  CHECK(deque.take() == std::nullopt);
}

TEST_CASE("a deque grows as far as it must and keeps every item", "[lockfree][D2]") {
  auto const before = strict_atomics::alive();
  {
    work_stealing_deque<std::uintptr_t, strict_atomics> deque(1);
    std::uintptr_t next = 0;
    for (std::uintptr_t item = 0; item < 1000; ++item) {
      deque.push(item);
      if (item % 3 == 0) REQUIRE(deque.steal() == next++);  // growing from any offset
    }
    for (std::uintptr_t item = 999; item >= next; --item) REQUIRE(deque.take() == item);
    CHECK(deque.take() == std::nullopt);
  }
  CHECK(strict_atomics::alive() == before);
}

TEST_CASE("a push that cannot grow the deque throws and changes nothing", "[lockfree][G9]") {
  work_stealing_deque<int, strict_atomics> deque(2);
  deque.push(1);
  deque.push(2);
  strict_atomics::fail_after(0);
  CHECK_THROWS_AS(deque.push(3), std::bad_alloc);
  strict_atomics::fail_after(1);  // the buffer itself succeeds, its slots do not
  CHECK_THROWS_AS(deque.push(3), std::bad_alloc);
  strict_atomics::fail_after(-1);
  CHECK(deque.take() == 2);
  CHECK(deque.take() == 1);
  CHECK(deque.take() == std::nullopt);
}

TEST_CASE("a deque refuses capacities that cannot be", "[lockfree][C1]") {
  CHECK_THROWS_AS(work_stealing_deque<int>(0), misuse);
  CHECK_THROWS_AS(work_stealing_deque<int>(std::numeric_limits<std::size_t>::max()), misuse);
}

TEST_CASE("a batch is half of what there is, the oldest first, and no more than asked for",
          "[lockfree][Q9]") {
  work_stealing_deque<int> victim;
  work_stealing_deque<int> mine;
  for (int item = 0; item < 10; ++item) victim.push(item);

  CHECK(victim.steal_batch(mine, 32) == 0);
  CHECK(mine.size_hint() == 4);
  CHECK(victim.size_hint() == 5);
  for (int item : {1, 2, 3, 4}) CHECK(mine.steal() == item);

  CHECK(victim.steal_batch(mine, 2) == 5);
  CHECK(mine.take() == 6);
  CHECK(victim.steal_batch(mine, 1) == 7);
  CHECK(mine.take() == std::nullopt);
  CHECK(victim.take() == 9);
  CHECK(victim.take() == 8);
  CHECK(victim.steal_batch(mine, 8) == std::unexpected(steal_miss::empty));
}

TEST_CASE("a batch of at most nothing takes nothing", "[lockfree]") {
  work_stealing_deque<int> victim;
  work_stealing_deque<int> mine;
  victim.push(1);
  CHECK(victim.steal_batch(mine, 0) == std::unexpected(steal_miss::empty));
  CHECK(victim.size_hint() == 1);
  CHECK(mine.size_hint() == 0);
}

TEST_CASE("room is made at once, or not at all", "[lockfree][C1][G9]") {
  auto const before = strict_atomics::alive();
  {
    work_stealing_deque<int, strict_atomics> deque(2);
    deque.push(1);
    deque.push(2);
    CHECK(strict_atomics::alive() == before + 2);  // a buffer and its slots
    auto const most = std::numeric_limits<std::size_t>::max();
    for (auto const more : {most, most - 1, most / 2, most / 4})
      CHECK_THROWS_AS(deque.reserve(more), misuse);
    strict_atomics::fail_after(0);
    CHECK_THROWS_AS(deque.reserve(1), std::bad_alloc);
    strict_atomics::fail_after(-1);
    deque.reserve(0);
    CHECK(strict_atomics::alive() == before + 2);
    deque.reserve(998);
    CHECK(strict_atomics::alive() == before + 4);
    strict_atomics::fail_after(0);
    for (int item = 3; item <= 1000; ++item) deque.push(item);
    strict_atomics::fail_after(-1);
    for (int item = 1; item <= 1000; ++item) REQUIRE(deque.steal() == item);
  }
  CHECK(strict_atomics::alive() == before);
}

TEST_CASE("owner and thieves together take each item exactly once", "[lockfree][threads][D2]") {
  constexpr auto items = support::effort(std::size_t{20'000});
  constexpr unsigned thieves = 3;
  work_stealing_deque<std::uint32_t> deque(2);
  std::vector<std::atomic<std::uint8_t>> taken(items);
  std::atomic<bool> over{false};
  std::array<std::uint64_t, thieves + 1> counts{};
  support::run_together(thieves + 1, [&](unsigned who) {
    std::uint64_t mine = 0;
    auto const have = [&](std::uint32_t item) { taken[item].fetch_add(1), ++mine; };
    if (who == 0) {
      std::uint32_t next = 0;
      while (next < items) {  // short bursts: the last item is fought over again and again
        for (std::uint32_t burst = 0; burst < 1 + next % 7 && next < items; ++burst) deque.push(next++);
        for (std::uint32_t some = 0; some < 1 + next % 5; ++some)
          if (auto item = deque.take()) have(*item);
      }
      while (auto item = deque.take()) have(*item);
      over.store(true);
    } else {
      work_stealing_deque<std::uint32_t> own;
      backoff wait;
      while (!over.load()) {
        auto const item = who == 1 ? deque.steal_batch(own, 4) : deque.steal();
        if (item) have(*item), wait.reset();
        else if (item.error() == steal_miss::empty) wait();
        while (auto more = own.take()) have(*more);
      }
      while (auto item = deque.steal()) have(*item);
    }
    counts[who] = mine;
  });
  std::uint64_t total = 0;
  for (auto count : counts) total += count;
  CHECK(total == items);
  std::size_t wrong = 0;
  for (auto& times : taken) wrong += times != 1;
  CHECK(wrong == 0);
}
