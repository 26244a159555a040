#include <array>
#include <cstdint>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <sluice/lockfree/mpsc_queue.hpp>
#include <tests/support/thread_crew.hpp>

using namespace sluice;

namespace {

struct letter : mpsc_hook<> {
  std::uint32_t from = 0;
  std::uint32_t number = 0;
};

}  // namespace

TEST_CASE("an mpsc_queue hands out objects in the order in which they came", "[lockfree][D1]") {
  mpsc_queue<letter> queue;
  std::array<letter, 5> letters;
  CHECK(queue.empty());
  CHECK(queue.try_pop() == nullptr);
  queue.push(letters[0]);
  queue.push(letters[1]);
  CHECK_FALSE(queue.empty());
  CHECK(queue.try_pop() == &letters[0]);
  queue.push(letters[2]);  // behind what was taken over before
  CHECK(queue.try_pop() == &letters[1]);
  queue.push(letters[3]);
  queue.push(letters[4]);
  for (auto at : {2, 3, 4}) CHECK(queue.try_pop() == &letters[static_cast<std::size_t>(at)]);
  CHECK(queue.try_pop() == nullptr);
  CHECK(queue.empty());
}

TEST_CASE("an object may come again after it was popped", "[lockfree]") {
  mpsc_queue<letter> queue;
  letter one;
  for (int lap = 0; lap < 3; ++lap) {
    queue.push(one);
    CHECK(queue.try_pop() == &one);
    CHECK(queue.try_pop() == nullptr);
  }
}

TEST_CASE("a push says whether the consumer may be asleep", "[lockfree][G6]") {
  mpsc_queue<letter> queue;
  std::array<letter, 3> letters;
  CHECK(queue.push(letters[0]));
  CHECK_FALSE(queue.push(letters[1]));
  CHECK(queue.try_pop() == &letters[0]);
  CHECK(queue.push(letters[2]));
  CHECK(queue.try_pop() == &letters[1]);
  CHECK(queue.try_pop() == &letters[2]);
}

TEST_CASE("many threads' objects all arrive, each thread's in its order", "[lockfree][threads][D1]") {
  constexpr unsigned producers = 3;
  constexpr auto each = support::effort(std::uint32_t{8000});
  mpsc_queue<letter> queue;
  std::vector<std::vector<letter>> letters(producers, std::vector<letter>(each));
  std::array<std::uint32_t, producers> expected{};
  std::uint64_t disorder = 0;
  support::run_together(producers + 1, [&](unsigned who) {
    if (who < producers) {
      for (std::uint32_t number = 0; number < each; ++number) {
        auto& mine = letters[who][number];
        mine.from = who;
        mine.number = number;
        queue.push(mine);
      }
    } else {
      backoff wait;
      for (std::uint32_t got = 0; got < producers * each;) {
        if (auto* one = queue.try_pop()) {
          if (one->number != expected[one->from]++) ++disorder;
          ++got;
          wait.reset();
        } else {
          wait();
        }
      }
    }
  });
  CHECK(disorder == 0);
  CHECK(queue.empty());
}
