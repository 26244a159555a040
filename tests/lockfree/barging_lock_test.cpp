#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <thread>

#include <catch2/catch_test_macros.hpp>

#include <sluice/lockfree/barging_lock.hpp>
#include <tests/support/thread_crew.hpp>

using namespace sluice;

namespace {

/// The production policy, which counts what waiting threads do: the lock has no other sign of them.
struct watched_atomics : std_atomics {
  static void spin_hint() noexcept { ++hints, std_atomics::spin_hint(); }
  static void yield() noexcept { ++yields, std_atomics::yield(); }

  static inline std::atomic<std::uint64_t> hints{0};
  static inline std::atomic<std::uint64_t> yields{0};
};

}  // namespace

TEST_CASE("a lock is had by one, and may be had again", "[lockfree]") {
  barging_lock lock;
  lock.lock();
  CHECK_FALSE(lock.try_lock());
  lock.unlock();
  REQUIRE(lock.try_lock());
  CHECK_FALSE(lock.try_lock());
  lock.unlock();
  std::unique_lock const hold(lock, std::try_to_lock);
  CHECK(hold.owns_lock());
}

TEST_CASE("taking a free lock waits for nobody", "[lockfree]") {
  watched_atomics::hints = watched_atomics::yields = 0;
  basic_barging_lock<watched_atomics> lock;
  for (int time = 0; time < 1000; ++time) std::lock_guard const hold(lock);
  CHECK(watched_atomics::hints == 0);
  CHECK(watched_atomics::yields == 0);
}

TEST_CASE("a thread that waits long gives its processor away", "[lockfree][threads]") {
  watched_atomics::hints = watched_atomics::yields = 0;
  basic_barging_lock<watched_atomics> lock;
  lock.lock();
  std::thread waiting([&] { std::lock_guard const hold(lock); });
  while (watched_atomics::yields < 2) std::this_thread::yield();
  CHECK(watched_atomics::hints > 0);
  lock.unlock();
  waiting.join();
  CHECK(lock.try_lock());
}

TEST_CASE("what a lock protects is seen by the next owner, whoever that is",
          "[lockfree][threads]") {
  for (unsigned const looks : {0u, 1u, barging_lock::usual_looks}) {  // tickets always, often, seldom
    constexpr auto each = support::effort(std::uint64_t{20000});
    barging_lock lock(looks);
    std::array<std::uint64_t, 3> counters{};
    support::run_together(4, [&](unsigned who) {
      for (std::uint64_t n = 0; n < each; ++n) {
        if (n % 8 == who && !lock.try_lock()) continue;
        if (n % 8 != who) lock.lock();
        for (auto& counter : counters) ++counter;
        lock.unlock();
      }
    });
    CHECK(counters[0] == counters[1]);
    CHECK(counters[1] == counters[2]);
    CHECK(counters[0] >= 4 * each * 7 / 8);
  }
}

TEST_CASE("nobody passes a thread that has drawn a ticket", "[lockfree][threads]") {
  for (int time = 0; time < 20; ++time) {
    watched_atomics::hints = 0;
    basic_barging_lock<watched_atomics> lock(0);  // a ticket at once
    bool was_in = false;                          // under the lock
    std::atomic<bool> stay{true};
    lock.lock();
    std::thread waiting([&] {
      std::lock_guard const hold(lock);
      was_in = true;
      while (stay) std::this_thread::yield();
    });
    while (watched_atomics::hints == 0) std::this_thread::yield();  // it has its ticket by now
    lock.unlock();
    CHECK_FALSE(lock.try_lock());  // either still waiting, or inside
    stay = false;
    lock.lock();
    CHECK(was_in);
    lock.unlock();
    waiting.join();
  }
}
