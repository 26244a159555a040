#include <limits>

#include <catch2/catch_test_macros.hpp>

#include <sluice/container/mutex_queue.hpp>
#include <tests/support/tracked.hpp>

using namespace sluice;
using support::explosive;

TEST_CASE("a mutex_queue of capacity 0 is misuse, not a queue that is always full", "[container]") {
  CHECK_THROWS_AS(mutex_queue<int>(0), misuse);
}

TEST_CASE("a mutex_queue holds exactly its capacity, power of two or not", "[container][D1]") {
  mutex_queue<int> queue(3);
  CHECK(queue.capacity() == 3);
  for (int value : {1, 2, 3}) CHECK(queue.try_push(int{value}));
  CHECK_FALSE(queue.try_push(4));
  CHECK(queue.try_pop() == 1);
  CHECK(queue.try_push(4));
  for (int value : {2, 3, 4}) CHECK(queue.try_pop() == value);
}

TEST_CASE("a mutex_queue without a bound never says full", "[container]") {
  mutex_queue<int> queue;
  CHECK(queue.capacity() == std::numeric_limits<std::size_t>::max());
  for (int value = 0; value < 5000; ++value) REQUIRE(queue.try_push(int{value}));
  for (int value = 0; value < 5000; ++value) REQUIRE(queue.try_pop() == value);
}

TEST_CASE("a mutex_queue keeps the value whose move out of it threw", "[container][D4]") {
  mutex_queue<explosive> queue;
  REQUIRE(queue.try_push(explosive(1)));
  REQUIRE(queue.try_push(explosive(2)));
  explosive::calm = 0;
  CHECK_THROWS_AS(queue.try_pop(), explosive::exploded);
  explosive::calm = explosive::never;
  CHECK(queue.try_pop()->value() == 1);
  CHECK(queue.try_pop()->value() == 2);
  CHECK_FALSE(queue.try_pop().has_value());
}
