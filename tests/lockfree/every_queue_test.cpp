// What is true of every queue, whatever it is made of: the same questions to all of them.
#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <tests/support/queue_kits.hpp>
#include <tests/support/thread_crew.hpp>
#include <tests/support/tracked.hpp>

using namespace sluice;
using support::explosive;
using support::tracked;

TEMPLATE_TEST_CASE("every queue gives values back in the order in which they came", "[lockfree][D1]",
                   SLUICE_EVERY_QUEUE) {
  auto queue = TestType::template make<int>(8);
  int next_in = 0;
  int next_out = 0;
  for (int lap = 0; lap < 40; ++lap) {  // uneven steps, so that a ring is met at every offset
    for (int n = 0; n < 1 + lap % 8; ++n) REQUIRE(queue->try_push(next_in++));
    while (next_out < next_in) REQUIRE(queue->try_pop() == next_out++);
    REQUIRE(queue->try_pop() == std::nullopt);
  }
}

TEMPLATE_TEST_CASE("a queue tells a null value from no value", "[lockfree][D4]", SLUICE_EVERY_QUEUE) {
  auto queue = TestType::template make<int*>(2);
  CHECK_FALSE(queue->try_pop().has_value());
  REQUIRE(queue->try_push(nullptr));
  auto const popped = queue->try_pop();
  REQUIRE(popped.has_value());
  CHECK(*popped == nullptr);
  CHECK_FALSE(queue->try_pop().has_value());
}

TEMPLATE_TEST_CASE("a queue carries values that can only be moved", "[lockfree][D4]",
                   SLUICE_EVERY_QUEUE) {
  auto queue = TestType::template make<std::unique_ptr<std::string>>(4);
  REQUIRE(queue->try_push(std::make_unique<std::string>("first")));
  REQUIRE(queue->try_push(std::make_unique<std::string>("second")));
  CHECK(**queue->try_pop() == "first");
  CHECK(**queue->try_pop() == "second");
}

TEMPLATE_TEST_CASE("a popped value is not kept alive by the queue", "[lockfree][D4]",
                   SLUICE_EVERY_QUEUE) {
  auto const before = tracked::alive.load();
  auto const objects = tracked::objects.load();
  auto queue = TestType::template make<tracked>(4);
  for (int value = 0; value < 20; ++value) {
    REQUIRE(queue->try_push(tracked(value)));
    CHECK(tracked::alive == before + 1);
    CHECK(queue->try_pop()->value() == value);
    CHECK(tracked::alive == before);
    CHECK(tracked::objects == objects);  // not even what was moved from
  }
}

TEMPLATE_TEST_CASE("destroying a queue destroys each value left in it, once", "[lockfree][D4]",
                   SLUICE_EVERY_QUEUE) {
  auto const before = tracked::alive.load();
  auto const objects = tracked::objects.load();
  {
    auto queue = TestType::template make<tracked>(8);
    for (int value = 0; value < 11; ++value) {
      REQUIRE(queue->try_push(tracked(value)));
      if (value < 4) CHECK(queue->try_pop()->value() == value);
    }
    CHECK(tracked::alive == before + 7);
  }
  CHECK(tracked::alive == before);
  CHECK(tracked::objects == objects);
}

TEMPLATE_TEST_CASE("a full queue says so and does not move from the value it refuses",
                   "[lockfree][D1][C8]", SLUICE_EVERY_BOUNDED_QUEUE) {
  auto queue = TestType::template make<tracked>(4);
  REQUIRE(queue->capacity() == 4);
  for (int value = 0; value < 4; ++value) REQUIRE(queue->try_push(tracked(value)));
  tracked refused(99);
  for (int again = 0; again < 3; ++again) REQUIRE_FALSE(queue->try_push(std::move(refused)));
  CHECK(refused.holds());
  CHECK(queue->try_pop()->value() == 0);
  CHECK(queue->try_push(std::move(refused)));
  CHECK_FALSE(refused.holds());
  for (int value : {1, 2, 3, 99}) CHECK(queue->try_pop()->value() == value);
}

TEMPLATE_TEST_CASE("a move that throws on the way in leaves the queue as it was", "[lockfree][D4]",
                   SLUICE_EVERY_QUEUE) {
  auto const before = explosive::alive.load();
  {
    auto queue = TestType::template make<explosive>(4);
    REQUIRE(queue->try_push(explosive(1)));
    explosive second(2);
    explosive::calm = 0;
    CHECK_THROWS_AS(queue->try_push(std::move(second)), explosive::exploded);
    explosive::calm = explosive::never;
    CHECK(second.value() == 2);
    REQUIRE(queue->try_push(std::move(second)));
    CHECK(queue->try_pop()->value() == 1);
    CHECK(queue->try_pop()->value() == 2);
    CHECK_FALSE(queue->try_pop().has_value());
    for (int lap = 0; lap < 6; ++lap) {  // also when nothing is behind it, and at every offset
      explosive::calm = 0;
      CHECK_THROWS_AS(queue->try_push(explosive(3)), explosive::exploded);
      explosive::calm = explosive::never;
      CHECK_FALSE(queue->try_pop().has_value());
      REQUIRE(queue->try_push(explosive(4)));
      CHECK(queue->try_pop()->value() == 4);
    }
    explosive::calm = 0;
    CHECK_THROWS_AS(queue->try_push(explosive(5)), explosive::exploded);
    explosive::calm = explosive::never;
    REQUIRE(queue->try_push(explosive(6)));  // one is left inside
  }
  CHECK(explosive::alive == before);
}

TEMPLATE_TEST_CASE("a move that throws on the way out harms no other value", "[lockfree][D4]",
                   SLUICE_EVERY_LINKED_QUEUE, support::ring_kit, support::spsc_kit) {
  auto const before = explosive::alive.load();
  {
    auto queue = TestType::template make<explosive>(2);
    for (int lap = 0; lap < 4; ++lap) {
      REQUIRE(queue->try_push(explosive(1)));
      REQUIRE(queue->try_push(explosive(2)));
      explosive::calm = 0;
      CHECK_THROWS_AS(queue->try_pop(), explosive::exploded);
      explosive::calm = explosive::never;
      CHECK(explosive::alive == before + 1);
      CHECK(queue->try_pop()->value() == 2);
      CHECK_FALSE(queue->try_pop().has_value());
    }
  }
  CHECK(explosive::alive == before);
}

TEMPLATE_TEST_CASE("threads hand each value over once, each producer's in its order",
                   "[lockfree][threads][D1][D4]", SLUICE_EVERY_QUEUE) {
  constexpr auto each = support::effort(std::int64_t{6000});
  constexpr auto side = TestType::threads_a_side;
  auto const before = tracked::alive.load();
  std::array<std::int64_t, 2> sums{};
  std::array<std::int64_t, 2> disorders{};
  {
    auto queue = TestType::template make<tracked>(16);
    std::atomic<std::int64_t> left{each * side};
    support::run_together(2 * side, [&](unsigned who) {
      sluice::backoff wait;
      if (who < side) {
        for (std::int64_t n = 0; n < each; ++n) {
          tracked value(n * side + who);
          while (!queue->try_push(std::move(value))) wait();
          wait.reset();
        }
      } else {
        std::array<std::int64_t, 2> last{-1, -1};
        std::int64_t sum = 0;
        std::int64_t disorder = 0;
        while (left.load(std::memory_order_relaxed) > 0) {
          if (auto const value = queue->try_pop()) {
            left.fetch_sub(1, std::memory_order_relaxed);
            wait.reset();
            sum += value->value();
            auto& latest = last[static_cast<std::size_t>(value->value() % side)];
            if (value->value() <= latest) ++disorder;
            latest = value->value();
          } else {
            wait();
          }
        }
        sums[who - side] = sum;
        disorders[who - side] = disorder;
      }
    });
    CHECK_FALSE(queue->try_pop().has_value());
  }
  constexpr auto total = each * side;
  CHECK(sums[0] + sums[1] == total * (total - 1) / 2);
  CHECK(disorders == std::array<std::int64_t, 2>{});
  CHECK(tracked::alive == before);
}

TEMPLATE_TEST_CASE("a bounded queue refuses capacities that cannot be", "[lockfree][C1]",
                   support::ring_kit, support::spsc_kit) {
  using queue = typename TestType::template queue<std::uint64_t>;
  auto const capacity = [](std::size_t wanted) { return queue(wanted).capacity(); };
  CHECK_THROWS_AS(capacity(0), misuse);
  CHECK_THROWS_AS(capacity(std::numeric_limits<std::size_t>::max()), misuse);
  CHECK_THROWS_AS(capacity(std::numeric_limits<std::size_t>::max() / 2), misuse);
  CHECK_THROWS_AS(capacity(static_cast<std::size_t>(-1)), misuse);
  CHECK(capacity(2) == 2);
  CHECK(capacity(3) == 4);
  CHECK(capacity(1000) == 1024);
}
