#include <atomic>
#include <chrono>
#include <limits>
#include <memory>
#include <thread>

#include <catch2/catch_test_macros.hpp>

#include <sluice/atomics/parker.hpp>
#include <tests/support/thread_crew.hpp>

using namespace sluice;
using std::chrono::steady_clock;

TEST_CASE("a wake-up that comes before the sleep is kept", "[atomics][G6]") {
  parker bed;
  bed.unpark();
  bed.park();  // returns at once, or the test never ends
  bed.unpark();
  CHECK(bed.park_until(steady_clock::now()));
}

TEST_CASE("two wake-ups before a sleep count as one", "[atomics]") {
  parker bed;
  bed.unpark();
  bed.unpark();
  bed.park();
  CHECK_FALSE(bed.park_until(steady_clock::now()));
}

TEST_CASE("a sleep with a limit ends at it, not before, and says that nobody came", "[atomics][T2]") {
  parker bed;
  auto const began = steady_clock::now();
  CHECK_FALSE(bed.park_until(began + std::chrono::milliseconds(2)));
  CHECK(steady_clock::now() - began >= std::chrono::milliseconds(2));
  CHECK_FALSE(bed.park_for(std::chrono::nanoseconds(0)));
  CHECK_FALSE(bed.park_for(std::chrono::nanoseconds(-5)));
  CHECK_FALSE(bed.park_until(began - std::chrono::hours(1)));
}

TEST_CASE("a limit at the end of time does not overflow", "[atomics][T2]") {
  parker bed;
  bed.unpark();
  CHECK(bed.park_for(std::chrono::nanoseconds(std::numeric_limits<std::int64_t>::max())));
  bed.unpark();
  CHECK(bed.park_until(steady_clock::time_point::max()));
}

TEST_CASE("a sleeper without limit is woken, and sees what was written before", "[atomics][threads]") {
  constexpr int rounds = 100;
  parker ping;
  parker pong;
  int shared = 0;  // plain: the parkers alone take turns on it
  int wrong = 0;
  support::run_together(2, [&](unsigned who) {
    for (int round = 0; round < rounds; ++round) {
      if (who == 0) {
        if (shared != 2 * round) ++wrong;
        ++shared;
        ping.unpark();
        pong.park();
      } else {
        ping.park();
        if (shared != 2 * round + 1) ++wrong;
        ++shared;
        pong.unpark();
      }
    }
  });
  CHECK(shared == 2 * rounds);
  CHECK(wrong == 0);
}

TEST_CASE("a sleep for ever, by way of the largest limit, is woken too", "[atomics][threads]") {
  parker bed;
  bool woken = false;
  support::run_together(2, [&](unsigned who) {
    if (who == 0) woken = bed.park_for(std::chrono::nanoseconds::max());
    else bed.unpark();
  });
  CHECK(woken);
  woken = false;
  support::run_together(2, [&](unsigned who) {
    if (who == 0) woken = bed.park_until(steady_clock::time_point::max());
    else bed.unpark();
  });
  CHECK(woken);
}

TEST_CASE("a parker may be destroyed as soon as park has returned", "[atomics][threads]") {
  constexpr int rounds = 300;
  std::atomic<parker*> offered{nullptr};
  support::run_together(2, [&](unsigned who) {
    backoff wait;
    for (int round = 0; round < rounds; ++round) {
      if (who == 0) {
        auto bed = std::make_unique<parker>();
        offered.store(bed.get());
        bed->park();
      } else {
        parker* bed = nullptr;
        while ((bed = offered.exchange(nullptr)) == nullptr) wait();
        wait.reset();
        bed->unpark();  // the sanitizers would see a touch that comes too late
      }
    }
  });
  SUCCEED();
}
