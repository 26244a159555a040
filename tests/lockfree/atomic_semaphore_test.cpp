#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <atomic>

#include <sluice/lockfree/atomic_semaphore.hpp>
#include <tests/support/thread_crew.hpp>

using namespace sluice;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("atomic_semaphore gives what it has and no more", "[lockfree][atomic_semaphore]") {
  atomic_semaphore permits{3};
  CHECK(permits.try_acquire(2));
  CHECK_FALSE(permits.try_acquire(2));
  CHECK(permits.free_hint() == 1);
  CHECK(permits.try_acquire());
  CHECK(permits.try_acquire(0));
  CHECK_FALSE(permits.try_acquire());
  permits.release(3);
  CHECK(permits.free_hint() == 3);
  CHECK_FALSE(permits.try_acquire(4));
}

TEST_CASE("atomic_semaphore refuses what can never be right, and says the range", "[lockfree][atomic_semaphore]") {
  atomic_semaphore permits{1, 3};
  CHECK_THROWS_WITH(permits.release(3), ContainsSubstring("3 permits are outside 0 to 2"));
  CHECK(permits.free_hint() == 1);
  CHECK_THROWS_WITH(permits.acquire_blocking(4), ContainsSubstring("4 permits are outside 0 to 3"));
  CHECK_THROWS_WITH((atomic_semaphore{4, 3}), ContainsSubstring("4 free permits are outside 0 to 3"));
}

TEST_CASE("never more hold permits than there are, and all are served", "[lockfree][atomic_semaphore][threads]") {
  atomic_semaphore permits{2};
  std::atomic<int> inside{0}, most{0}, served{0};
  auto const times = support::effort(2'000);
  support::run_together(4, [&](unsigned who) {
    auto const wanted = who == 0 ? 2u : 1u;
    for (int i = 0; i < times; ++i) {
      permits.acquire_blocking(wanted);
      auto const now = inside.fetch_add(static_cast<int>(wanted)) + static_cast<int>(wanted);
      for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
      }
      inside.fetch_sub(static_cast<int>(wanted));
      permits.release(wanted);
      ++served;
    }
  });
  CHECK(served == 4 * times);
  CHECK(most <= 2);
  CHECK(permits.free_hint() == 2);
}
