#include <sluice/runtime/timer_heap.hpp>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/base/random.hpp>
#include <sluice/testing/deterministic_runtime.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

/// Writes its number into a list when it fires.
struct noting : timer_entry {
  noting(int number, instant at, std::vector<int>& into) : who(number), list(&into) {
    due = at;
    fire = [](timer_entry& self) noexcept {
      auto& mine = static_cast<noting&>(self);
      mine.list->push_back(mine.who);
    };
  }
  int who;
  std::vector<int>* list;
};

void nobody(executor&) noexcept {}

}  // namespace

TEST_CASE("timers fire by due time, equals in the order of their creation, none before its time",
          "[runtime][T3]") {
  testing::deterministic_runtime rt{1};
  timer_heap heap{rt.home(), nobody};
  std::vector<int> fired;
  std::vector<std::unique_ptr<noting>> all;
  for (int const due : {3, 1, 2, 1, 3, 2, 1}) {
    all.push_back(std::make_unique<noting>(due * 10 + static_cast<int>(all.size()),
                                           instant{duration{due}}, fired));
    heap.add(*all.back());
  }
  CHECK(heap.soonest() == instant{1ns});
  CHECK(heap.fire_due(instant{}) == 0);
  CHECK(heap.fire_due(instant{2ns}) == 5);
  CHECK(fired == std::vector{11, 13, 16, 22, 25});
  CHECK(heap.soonest() == instant{3ns});
  CHECK(heap.fire_due(instant{9ns}) == 2);
  CHECK(fired.back() == 34);
  CHECK(heap.soonest() == never);
}

TEST_CASE("remove answers true exactly when the timer was pending, and then it never fires",
          "[runtime][T4][T10]") {
  testing::deterministic_runtime rt{1};
  timer_heap heap{rt.home(), nobody};
  std::vector<int> fired;
  noting first{1, instant{1ns}, fired};
  noting second{2, instant{2ns}, fired};
  CHECK_FALSE(heap.remove(first));  // never added
  heap.add(first);
  heap.add(second);
  CHECK(heap.remove(second));
  CHECK_FALSE(heap.remove(second));
  CHECK(heap.fire_due(instant{5ns}) == 1);
  CHECK_FALSE(heap.remove(first));  // it has fired
  heap.add(second);                 // and may be set again
  CHECK(heap.withdraw(second));
  CHECK(heap.fire_due(instant{5ns}) == 0);
  CHECK(fired == std::vector{1});
}

TEST_CASE("a handler may remove other timers, add new ones and end its own", "[runtime][T4]") {
  testing::deterministic_runtime rt{1};
  struct meddler : timer_entry {
    timer_heap* heap;
    timer_entry* victim;
    timer_entry* next;
    bool removed = false;
    bool own = true;
  };
  timer_heap heap{rt.home(), nobody};
  std::vector<int> fired;
  noting victim{1, instant{2ns}, fired};
  noting next{2, instant{3ns}, fired};
  meddler first{};
  first.due = instant{1ns};
  first.heap = &heap;
  first.victim = &victim;
  first.next = &next;
  first.fire = [](timer_entry& self) noexcept {
    auto& mine = static_cast<meddler&>(self);
    mine.removed = mine.heap->remove(*mine.victim);
    mine.heap->add(*mine.next);
    mine.own = mine.heap->remove(mine);  // from inside its own call: must not wait for itself
  };
  heap.add(victim);
  heap.add(first);
  CHECK(heap.fire_due(instant{9ns}) == 2);
  CHECK(first.removed);
  CHECK_FALSE(first.own);
  CHECK(fired == std::vector{2});
}

TEST_CASE("among thousands of timers, set and stopped at random, the rest fire in order",
          "[runtime][T3][T4][T11]") {
  testing::deterministic_runtime rt{1};
  timer_heap heap{rt.home(), nobody};
  std::vector<int> fired;
  std::vector<int> expected;
  std::vector<std::unique_ptr<noting>> all;
  random_source random{static_cast<std::uint64_t>(GENERATE(range(0, 8)))};
  for (int i = 0; i < 3000; ++i) {
    auto const due = static_cast<std::int64_t>(random.below(500)) + 1;
    all.push_back(std::make_unique<noting>(i, instant{duration{due}}, fired));
    heap.add(*all.back());
    if (random.below(3) == 0) (void)heap.remove(*all[random.below(all.size())]);
  }
  for (auto& each : all)
    if (each->position != static_cast<std::size_t>(-1)) expected.push_back(each->who);
  std::ranges::sort(expected, {}, [&](int who) {
    return std::pair{all[static_cast<std::size_t>(who)]->due, who};
  });
  for (int at = 0; at <= 500; at += 100) (void)heap.fire_due(instant{duration{at}});
  CHECK(fired == expected);
}

TEST_CASE("the clock hears of a timer only when it became the soonest", "[runtime][T3]") {
  testing::deterministic_runtime rt{1};
  static int heard;
  heard = 0;
  timer_heap heap{rt.home(), [](executor&) noexcept { ++heard; }};
  std::vector<int> fired;
  noting late{1, instant{9ns}, fired};
  noting later{2, instant{10ns}, fired};
  noting soon{3, instant{1ns}, fired};
  heap.add(late);
  CHECK(heard == 1);
  heap.add(later);
  CHECK(heard == 1);
  heap.add(soon);
  CHECK(heard == 2);
  CHECK(heap.fire_due(instant{10ns}) == 3);
}
