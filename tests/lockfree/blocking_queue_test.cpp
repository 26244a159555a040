#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <sluice/container/mutex_queue.hpp>
#include <sluice/lockfree/blocking_queue.hpp>
#include <sluice/lockfree/mpmc_ring.hpp>
#include <sluice/lockfree/ms_queue.hpp>
#include <sluice/lockfree/spsc_ring.hpp>
#include <tests/support/thread_crew.hpp>
#include <tests/support/tracked.hpp>

using namespace sluice;
using support::explosive;
using support::tracked;

namespace {

/// Behind a drawn curtain a ring seems empty to those that pop and full to those that push, as it does
/// to them while an earlier push or pop is not over.
struct curtain {
  std::atomic<bool> drawn{false};
  std::atomic<bool> holds_push{false};  ///< a push that has come so far goes no further
  std::atomic<int> held{0};
  std::atomic<int> looks{0};            ///< in vain

  auto in_vain() -> bool { return ++looks, false; }
  void wait_for_looks(int wanted) const {
    for (backoff pause; looks.load() < wanted;) pause();
  }
};
template <class T>
struct curtained_ring {
  using value_type = T;
  mpmc_ring<T> ring;
  curtain* before;

  curtained_ring(std::size_t capacity, curtain& hiding) : ring(capacity), before(&hiding) {}
  auto try_push(T&& value) -> bool {
    if (before->holds_push) ++before->held;
    for (backoff pause; before->holds_push;) pause();
    return (!before->drawn && ring.try_push(std::move(value))) || before->in_vain();
  }
  auto try_pop() -> std::optional<T> {
    std::optional<T> value;
    if (!before->drawn)
      if (auto got = ring.try_pop()) value.emplace(std::move(*got));
    if (!value) before->in_vain();
    return value;
  }
};

/// A value that survives some moves, and throws at the next.
struct brittle {
  struct burst {};
  int value;
  int moves;

  explicit brittle(int of, int survives = 1000) : value(of), moves(survives) {}
  brittle(brittle&& other) : value(other.value), moves(other.moves - 1) {
    if (other.moves == 0) throw burst();
  }
};

struct outcome {
  std::array<std::int64_t, 4> sums{};
  std::array<std::int64_t, 4> got{};
  std::int64_t refused = 0;
};

/// `side` threads push `each` values and `side` pop until the end, which the last to push brings about.
template <class Queue>
auto handed_over(Queue& queue, unsigned side, std::int64_t each) -> outcome {
  outcome result;
  std::atomic<unsigned> pushing{side};
  std::atomic<std::int64_t> refused{0};
  support::run_together(2 * side, [&](unsigned who) {
    if (who < side) {
      for (std::int64_t n = 0; n < each; ++n)
        if (!queue.push_blocking(tracked(n * side + who))) ++refused;
      if (--pushing == 0) queue.close();
    } else {
      while (auto const value = queue.pop_blocking()) {
        result.sums[who - side] += value->value();
        ++result.got[who - side];
      }
    }
  });
  result.refused = refused;
  return result;
}

auto total(std::array<std::int64_t, 4> const& parts) -> std::int64_t {
  return parts[0] + parts[1] + parts[2] + parts[3];
}

}  // namespace

TEMPLATE_TEST_CASE("a blocking queue gives values in order, and after the last one the end",
                   "[lockfree][D1][C12]", mpmc_ring<int>, spsc_ring<int>, mutex_queue<int>) {
  blocking_queue<TestType> queue{4};
  CHECK(queue.capacity() == 4);
  for (int n = 0; n < 3; ++n) CHECK(queue.push_blocking(n).has_value());
  CHECK(queue.pop_blocking() == 0);
  CHECK_FALSE(queue.is_closed());
  queue.close();
  queue.close();
  CHECK(queue.is_closed());
  CHECK(queue.pop_blocking() == 1);
  CHECK(queue.try_pop() == 2);
  for (int again = 0; again < 3; ++again) {
    CHECK(queue.pop_blocking() == std::nullopt);
    CHECK(queue.try_pop() == std::nullopt);
  }
}

TEST_CASE("what comes after the end is given back, with or without waiting", "[lockfree][C9]") {
  auto const before = tracked::alive.load();
  {
    blocking_queue<mpmc_ring<tracked>> queue{2};
    REQUIRE(queue.push_blocking(tracked(1)));
    REQUIRE(queue.try_push(tracked(2)));
    tracked third(3);
    CHECK_FALSE(queue.try_push(std::move(third)));  // full
    CHECK(third.holds());
    queue.close();
    CHECK_FALSE(queue.try_push(std::move(third)));  // closed
    CHECK(third.holds());
    auto const refused = queue.push_blocking(std::move(third));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().holds());
    CHECK(refused.error().value() == 3);
    CHECK(queue.try_pop()->value() == 1);
    CHECK_FALSE(queue.push_blocking(tracked(4)).has_value());  // also where there is room
    CHECK(queue.pop_blocking()->value() == 2);
    CHECK_FALSE(queue.pop_blocking().has_value());
    CHECK(tracked::alive == before + 1);
  }
  CHECK(tracked::alive == before);
}

TEST_CASE("a blocking queue carries values that can only be moved", "[lockfree][D4]") {
  blocking_queue<ms_queue<std::unique_ptr<std::string>>> queue;
  REQUIRE(queue.push_blocking(std::make_unique<std::string>("one")));
  CHECK(**queue.pop_blocking() == "one");
  REQUIRE(queue.push_blocking(nullptr));
  auto const null = queue.pop_blocking();
  REQUIRE(null.has_value());
  CHECK(*null == nullptr);
}

TEST_CASE("a capacity that the queue refuses is refused", "[lockfree][C1]") {
  CHECK_THROWS_AS(blocking_queue<mpmc_ring<int>>(1), misuse);
  CHECK_THROWS_AS(blocking_queue<mpmc_ring<int>>(sleep_after{0}, 0), misuse);
}

TEMPLATE_TEST_CASE("threads that sleep when they must hand every value over once",
                   "[lockfree][threads][D1][D4][C8]", mpmc_ring<tracked>, mutex_queue<tracked>) {
  constexpr auto each = support::effort(std::int64_t{3000});
  auto const before = tracked::alive.load();
  for (unsigned looks : {0u, 16u}) {
    for (unsigned side : {1u, 2u, 4u}) {
      blocking_queue<TestType> queue{sleep_after{looks}, 2};
      auto const result = handed_over(queue, side, each);
      auto const count = each * side;
      CHECK(result.refused == 0);
      CHECK(total(result.got) == count);
      CHECK(total(result.sums) == count * (count - 1) / 2);
      CHECK_FALSE(queue.pop_blocking().has_value());
    }
  }
  CHECK(tracked::alive == before);
}

TEST_CASE("a queue without a bound makes only those wait that pop", "[lockfree][threads][D1]") {
  constexpr auto each = support::effort(std::int64_t{3000});
  blocking_queue<ms_queue<tracked>> queue{sleep_after{0}};
  auto const result = handed_over(queue, 2, each);
  CHECK(total(result.got) == 2 * each);
  CHECK(total(result.sums) == 2 * each * (2 * each - 1) / 2);
}

TEST_CASE("closing wakes all that sleep, on both sides", "[lockfree][threads][C10]") {
  for (int round = 0; round < support::effort(60); ++round) {
    blocking_queue<mpmc_ring<tracked>> full{sleep_after{0}, 2};
    blocking_queue<mpmc_ring<tracked>> empty{sleep_after{0}, 2};
    REQUIRE(full.try_push(tracked(1)));
    REQUIRE(full.try_push(tracked(2)));
    std::array<std::int64_t, 4> answers{};
    support::run_together(5, [&](unsigned who) {
      if (who < 2) {
        auto const refused = full.push_blocking(tracked(10 + who));
        if (!refused && refused.error().holds()) answers[who] = refused.error().value();
      } else if (who < 4) {
        if (!empty.pop_blocking()) answers[who] = 1;
      } else {
        if (round % 2 == 0) std::this_thread::yield();  // sometimes they sleep, sometimes not yet
        full.close();
        empty.close();
      }
    });
    CHECK(answers == std::array<std::int64_t, 4>{10, 11, 1, 1});
    CHECK(full.pop_blocking()->value() == 1);
    CHECK(full.pop_blocking()->value() == 2);
    CHECK_FALSE(full.pop_blocking().has_value());
  }
}

TEST_CASE("a value accepted while the queue is being closed is received", "[lockfree][threads][C8][C12]") {
  std::int64_t accepted = 0;
  std::int64_t received = 0;
  for (int round = 0; round < support::effort(200); ++round) {
    blocking_queue<mpmc_ring<int>> queue{sleep_after{static_cast<unsigned>(round % 2)}, 4};
    std::array<std::int64_t, 5> counts{};
    support::run_together(5, [&](unsigned who) {
      if (who == 0) queue.close();
      else if (who < 3) while (queue.push_blocking(1)) ++counts[who];
      else while (queue.pop_blocking()) ++counts[who];
    });
    accepted += counts[1] + counts[2];
    received += counts[3] + counts[4];
  }
  CHECK(accepted == received);
}

TEST_CASE("one wake-up is enough for values that were hidden from all that now sleep",
          "[lockfree][threads][G6]") {
  for (int round = 0; round < support::effort(50); ++round) {
    curtain hiding;
    blocking_queue<curtained_ring<int>> queue{sleep_after{0}, 4, hiding};
    REQUIRE(queue.try_push(1));
    REQUIRE(queue.try_push(2));
    hiding.drawn = true;
    std::array<int, 2> got{};
    support::run_together(3, [&](unsigned who) {
      if (who < 2) {
        got[who] = queue.pop_blocking().value_or(-1);
      } else {
        hiding.wait_for_looks(4);  // each has looked once more from its place: both will sleep
        hiding.drawn = false;
        (void)queue.try_push(3);   // all the news there will be
      }
    });
    CHECK(got[0] + got[1] == 3);
  }
}

TEST_CASE("one wake-up is enough for places that were hidden from all that now sleep",
          "[lockfree][threads][G6]") {
  for (int round = 0; round < support::effort(50); ++round) {
    curtain hiding;
    blocking_queue<curtained_ring<int>> queue{sleep_after{0}, 4, hiding};
    REQUIRE(queue.try_push(1));
    hiding.drawn = true;
    std::array<bool, 2> pushed{};
    support::run_together(3, [&](unsigned who) {
      if (who < 2) {
        pushed[who] = queue.push_blocking(2).has_value();
      } else {
        hiding.wait_for_looks(4);
        hiding.drawn = false;
        (void)queue.try_pop();
      }
    });
    CHECK(pushed == std::array{true, true});
    CHECK(queue.try_pop() == 2);
    CHECK(queue.try_pop() == 2);
  }
}

TEST_CASE("the end comes after a push that was under way when the queue was closed",
          "[lockfree][threads][C8]") {
  auto const fails = GENERATE(false, true);  // finds the ring full, as it thinks
  curtain hiding;
  blocking_queue<curtained_ring<int>> queue{sleep_after{0}, 4, hiding};
  hiding.holds_push = true;
  bool accepted = false;
  std::optional<int> got;
  support::run_together(3, [&](unsigned who) {
    if (who == 0) {
      accepted = queue.try_push(7);
    } else if (who == 1) {
      for (backoff pause; hiding.held == 0;) pause();
      queue.close();
      got = queue.pop_blocking();
    } else {
      hiding.wait_for_looks(2);  // closed and empty it is, yet the other sleeps
      hiding.drawn = fails;
      hiding.holds_push = false;
    }
  });
  CHECK(accepted != fails);
  CHECK(got == (accepted ? std::optional(7) : std::nullopt));
}

TEST_CASE("a move that throws loses its own value and holds nobody up", "[lockfree][D4]") {
  auto const before = explosive::alive.load();
  {
    blocking_queue<mpmc_ring<explosive>> queue{2};
    for (int lap = 0; lap < 5; ++lap) {
      for (int n = 0; n < 2; ++n) {
        explosive::calm = 0;
        CHECK_THROWS_AS(queue.push_blocking(explosive(1)), explosive::exploded);
      }
      explosive::calm = explosive::never;
      explosive last(2);
      CHECK_FALSE(queue.try_push(std::move(last)));  // two places are used up
      CHECK(last.value() == 2);
      CHECK_FALSE(queue.try_pop().has_value());      // until a pop skips them
      REQUIRE(queue.push_blocking(std::move(last)));
      explosive::calm = 0;
      CHECK_THROWS_AS(queue.pop_blocking(), explosive::exploded);
      explosive::calm = explosive::never;
      REQUIRE(queue.try_push(explosive(3)));
      CHECK(queue.pop_blocking()->value() == 3);
    }
    queue.close();
    CHECK_FALSE(queue.pop_blocking().has_value());
  }
  CHECK(explosive::alive == before);
}

TEST_CASE("a place that a throwing move leaves is given to who sleeps for one",
          "[lockfree][threads][D4]") {
  auto const bursts_inside = GENERATE(false, true);
  curtain hiding;
  blocking_queue<curtained_ring<brittle>> queue{sleep_after{0}, 2, hiding};
  for (int n = 0; n < 2; ++n) {
    if (bursts_inside) REQUIRE(queue.push_blocking(brittle(n, 1)));
    else CHECK_THROWS_AS(queue.push_blocking(brittle(n, 0)), brittle::burst);
  }
  bool burst = false;
  support::run_together(2, [&](unsigned who) {
    if (who == 0) {
      (void)queue.push_blocking(brittle(3));
    } else {
      hiding.wait_for_looks(2);  // the other has taken a place and will sleep
      try {
        (void)queue.try_pop();
      } catch (brittle::burst) {
        burst = true;
      }
    }
  });
  CHECK(burst == bursts_inside);
  if (bursts_inside) CHECK_THROWS_AS(queue.pop_blocking(), brittle::burst);
  CHECK(queue.pop_blocking()->value == 3);
}

TEST_CASE("one that is woken for a value and loses it wakes the next", "[lockfree][threads][D4][G6]") {
  curtain hiding;
  blocking_queue<curtained_ring<brittle>> queue{sleep_after{0}, 4, hiding};
  REQUIRE(queue.push_blocking(brittle(1, 1)));
  REQUIRE(queue.push_blocking(brittle(2)));
  hiding.drawn = true;
  std::atomic<int> burst{0};
  std::atomic<int> got{0};
  support::run_together(3, [&](unsigned who) {
    if (who < 2) {
      try {
        got += queue.pop_blocking()->value;
      } catch (brittle::burst) {
        ++burst;
      }
    } else {
      hiding.wait_for_looks(4);
      hiding.drawn = false;
      (void)queue.try_push(brittle(3));
    }
  });
  CHECK(burst == 1);
  CHECK(got == 2);
}
