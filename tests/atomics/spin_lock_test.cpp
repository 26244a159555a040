#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <mutex>

#include <sluice/atomics/spin_lock.hpp>
#include <tests/support/thread_crew.hpp>

using namespace sluice;

TEST_CASE("spin_lock is free, taken, and free again", "[lockfree][spin_lock]") {
  spin_lock lock;
  REQUIRE(lock.try_lock());
  CHECK_FALSE(lock.try_lock());
  lock.unlock();
  std::lock_guard const guard(lock);
  CHECK_FALSE(lock.try_lock());
}

TEST_CASE("what one holder of a spin_lock did, the next one sees", "[lockfree][spin_lock][threads]") {
  constexpr unsigned threads = 4;
  auto const times = support::effort(20'000);
  spin_lock lock;
  std::uint64_t count = 0, doubled = 0;
  support::run_together(threads, [&](unsigned) {
    for (int i = 0; i < times; ++i) {
      std::lock_guard const guard(lock);
      ++count;
      doubled = count * 2;
    }
  });
  CHECK(count == static_cast<std::uint64_t>(threads) * static_cast<std::uint64_t>(times));
  CHECK(doubled == count * 2);
}
