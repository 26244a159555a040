#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <memory>

#include <sluice/lockfree/ref_count.hpp>
#include <tests/support/thread_crew.hpp>

using namespace sluice;

TEST_CASE("only the last owner is told that it is the last", "[lockfree][ref_count]") {
  ref_count owners;
  owners.acquire();
  CHECK(owners.count_hint() == 2);
  CHECK_FALSE(owners.release());
  CHECK(owners.release());
}

TEST_CASE("what has no owner left gets none again", "[lockfree][ref_count]") {
  ref_count owners;
  REQUIRE(owners.try_acquire());
  CHECK_FALSE(owners.release());
  CHECK(owners.release());
  CHECK_FALSE(owners.try_acquire());
  CHECK(owners.count_hint() == 0);
}

TEST_CASE("one of many owners is the last, and may destroy", "[lockfree][ref_count][threads]") {
  struct object {
    explicit object(std::atomic<int>& gone, std::uint32_t owners) : destroyed(gone), count(owners) {}
    ~object() { destroyed.fetch_add(value == 4 ? 1 : 100); }
    std::atomic<int>& destroyed;
    ref_count count;
    std::atomic<int> value{0};
  };
  for (int round = 0; round < support::effort(200); ++round) {
    std::atomic<int> destroyed{0};
    auto* const shared = new object(destroyed, 4);
    support::run_together(4, [&](unsigned) {
      for (int i = 0; i < 10; ++i) {
        shared->count.acquire();
        (void)shared->count.release();
      }
      shared->value.fetch_add(1, std::memory_order_relaxed);
      if (shared->count.release()) delete shared;
    });
    REQUIRE(destroyed == 1);
  }
}
