#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <catch2/catch_test_macros.hpp>

#include <sluice/atomics/backoff.hpp>
#include <sluice/base/cache_line.hpp>
#include <sluice/lockfree/barging_queue.hpp>
#include <tests/support/strict_atomics.hpp>
#include <tests/support/thread_crew.hpp>
#include <tests/support/tracked.hpp>

using namespace sluice;
using support::explosive;
using support::strict_atomics;
using support::tracked;

namespace {

/// Two values a chunk: every other operation goes over an edge.
template <class T>
using small_queue = barging_queue<T, 2, strict_atomics>;

}  // namespace

TEST_CASE("a barging queue gives back values in the order in which they came", "[lockfree][D1]") {
  small_queue<int> values;
  int in = 0;
  int out = 0;
  for (int lap = 1; lap < 12; ++lap) {
    for (int n = 0; n < lap; ++n) REQUIRE(values.try_push(in++));
    for (int n = 0; n < lap / 2; ++n) REQUIRE(values.try_pop() == out++);
  }
  while (out < in) REQUIRE(values.try_pop() == out++);
  CHECK(values.try_pop() == std::nullopt);
  REQUIRE(values.try_push(7));
  CHECK(values.try_pop() == 7);
}

TEST_CASE("an empty barging queue is asked in vain, as often as one likes", "[lockfree][D1]") {
  small_queue<int> values;
  for (int lap = 0; lap < 5; ++lap) {
    CHECK(values.try_pop() == std::nullopt);
    CHECK(values.try_pop() == std::nullopt);
    REQUIRE(values.try_push(int{lap}));
    CHECK(values.try_pop() == lap);
  }
}

TEST_CASE("a barging queue tells a null value from no value, and carries what can only be moved",
          "[lockfree][D4]") {
  small_queue<std::unique_ptr<std::string>> values;
  CHECK_FALSE(values.try_pop().has_value());
  REQUIRE(values.try_push(nullptr));
  auto popped = values.try_pop();
  REQUIRE(popped.has_value());
  CHECK(*popped == nullptr);
  REQUIRE(values.try_push(std::make_unique<std::string>("moved")));
  CHECK(**values.try_pop() == "moved");
}

TEST_CASE("a barging queue keeps no popped value alive, and destroys those left in it once",
          "[lockfree][D4]") {
  auto const before = tracked::alive.load();
  auto const objects = tracked::objects.load();
  for (int const left : {0, 1, 2, 3, 4, 7}) {
    small_queue<tracked> values;
    for (int value = 0; value < left + 5; ++value) REQUIRE(values.try_push(tracked(value)));
    for (int n = 0; n < 5; ++n) REQUIRE(values.try_pop().has_value());
    CHECK(tracked::alive == before + left);
    CHECK(tracked::objects == objects + left);  // not even what was moved from
  }
  CHECK(tracked::alive == before);
  CHECK(tracked::objects == objects);
}

TEST_CASE("a move that throws on the way into a barging queue leaves it as it was", "[lockfree][D4]") {
  auto const before = explosive::alive.load();
  {
    small_queue<explosive> values;
    for (int inside = 0; inside < 6; ++inside) {  // also at the edge of a chunk, and in a fresh one
      explosive refused(99);
      explosive::calm = 0;
      CHECK_THROWS_AS(values.try_push(std::move(refused)), explosive::exploded);
      explosive::calm = explosive::never;
      CHECK(refused.value() == 99);
      auto const top = values.try_pop();
      CHECK(top.has_value() == (inside > 0));
      if (inside > 0) REQUIRE(values.try_push(explosive(top->value())));
      REQUIRE(values.try_push(explosive(inside)));
    }
    for (int n = 0; n < 6; ++n) REQUIRE(values.try_pop().has_value());
    CHECK_FALSE(values.try_pop().has_value());
    REQUIRE(values.try_push(explosive(1)));
  }
  CHECK(explosive::alive == before);
}

TEST_CASE("a move that throws on the way out of a barging queue harms no other value",
          "[lockfree][D4]") {
  auto const before = explosive::alive.load();
  small_queue<explosive> values;
  for (int lap = 0; lap < 4; ++lap) {
    for (int value : {1, 2, 3}) REQUIRE(values.try_push(explosive(value)));
    explosive::calm = 0;
    CHECK_THROWS_AS(values.try_pop(), explosive::exploded);
    explosive::calm = explosive::never;
    CHECK(explosive::alive == before + 2);
    CHECK(values.try_pop()->value() == 2);
    CHECK(values.try_pop()->value() == 3);
    CHECK_FALSE(values.try_pop().has_value());
  }
  CHECK(explosive::alive == before);
}

TEST_CASE("a barging queue that gets no memory does not move from the value it refuses",
          "[lockfree][D4]") {
  auto const before = strict_atomics::alive();
  {
    small_queue<tracked> values;
    for (int inside = 0; inside < 7; ++inside) {
      strict_atomics::fail_after(0);
      tracked value(inside);
      if (inside % 2 == 0) {
        CHECK_THROWS_AS(values.try_push(std::move(value)), std::bad_alloc);
        CHECK(value.holds());
      }
      strict_atomics::fail_after(-1);
      REQUIRE(values.try_push(std::move(value)));
    }
    for (int value = 0; value < 7; ++value) CHECK(values.try_pop()->value() == value);
    CHECK_FALSE(values.try_pop().has_value());
  }
  CHECK(strict_atomics::alive() == before);
}

TEST_CASE("going to and fro over the edge of a chunk of a barging queue does not allocate",
          "[lockfree]") {
  small_queue<int> values;
  for (int value = 0; value < 4; ++value) REQUIRE(values.try_push(int{value}));
  for (int value = 0; value < 4; ++value) REQUIRE(values.try_pop().has_value());
  for (int value = 0; value < 2; ++value) REQUIRE(values.try_push(int{value}));
  for (int lap = 0; lap < 20; ++lap) {
    if (lap == 1) strict_atomics::fail_after(0);
    REQUIRE(values.try_push(int{lap}));
    REQUIRE(values.try_pop().has_value());
  }
  strict_atomics::fail_after(-1);
  CHECK(strict_atomics::alive() > 0);
}

TEST_CASE("a barging queue keeps its lock and its ends on one line of its own", "[lockfree][N5]") {
  CHECK(sizeof(barging_queue<int>) == cache_line);
  CHECK(alignof(barging_queue<int>) == cache_line);
}

TEST_CASE("a barging queue hands each value over once, each producer's in its order",
          "[lockfree][threads][D1][D4]") {
  constexpr auto each = support::effort(std::int64_t{8000});
  auto const before = tracked::alive.load();
  std::array<std::int64_t, 2> sums{};
  std::array<std::int64_t, 2> disorders{};
  {
    barging_queue<tracked> values;
    std::atomic<std::int64_t> left{2 * each};
    support::run_together(4, [&](unsigned who) {
      if (who < 2) {
        for (std::int64_t n = 0; n < each; ++n) (void)values.try_push(tracked(n * 2 + who));
        return;
      }
      std::array<std::int64_t, 2> last{-1, -1};
      for (backoff wait; left.load(std::memory_order_relaxed) > 0;) {
        auto const popped = values.try_pop();
        if (!popped) {
          wait();
          continue;
        }
        wait.reset();
        left.fetch_sub(1, std::memory_order_relaxed);
        sums[who - 2] += popped->value();
        auto& latest = last[static_cast<std::size_t>(popped->value() % 2)];
        if (std::exchange(latest, popped->value()) >= popped->value()) ++disorders[who - 2];
      }
    });
    CHECK_FALSE(values.try_pop().has_value());
  }
  CHECK(sums[0] + sums[1] == each * (2 * each - 1));
  CHECK(disorders == std::array<std::int64_t, 2>{});
  CHECK(tracked::alive == before);
}
