#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>

#include <sluice/atomics/counting_atomics.hpp>
#include <sluice/lockfree/event_count.hpp>
#include <tests/support/thread_crew.hpp>

using namespace sluice;
using Catch::Matchers::Message;
using std::chrono::steady_clock;

namespace {

auto past() -> steady_clock::time_point { return steady_clock::now() - std::chrono::hours(1); }

/// Things to take, from each of two givers: put by a plain store of the order given, looked for by a
/// load of the order given.
template <std::memory_order Put, std::memory_order Look>
struct heap_of_things {
  struct pile {
    std::atomic<std::int64_t> given{0};
    std::atomic<std::int64_t> taken{0};
  };
  std::array<pile, 2> piles;

  void put(unsigned who) {
    auto& given = piles[who].given;
    given.store(given.load(relaxed) + 1, Put);
  }
  auto take() -> bool {
    for (auto& pile : piles)
      for (auto next = pile.taken.load(relaxed); next < pile.given.load(Look);)
        if (pile.taken.compare_exchange_weak(next, next + 1, relaxed, relaxed)) return true;
    return false;
  }
  auto left() -> std::int64_t {
    std::int64_t sum = 0;
    for (auto& pile : piles) sum += pile.given.load() - pile.taken.load();
    return sum;
  }
};

/// Each of two takers needs as many things as each of two givers gives: a lost wake-up is a hang.
template <std::memory_order Put, std::memory_order Look>
auto given_and_taken(event_count& arrivals, publication how, std::int64_t each) -> std::int64_t {
  heap_of_things<Put, Look> things;
  std::array<std::int64_t, 2> taken{};
  support::run_together(4, [&](unsigned who) {
    for (std::int64_t n = 0; n < each; ++n) {
      if (who < 2) {
        things.put(who);
        arrivals.notify_one(how);
      } else {
        arrivals.await([&] { return things.take(); });
        ++taken[who - 2];
      }
    }
  });
  CHECK(things.left() == 0);
  return taken[0] + taken[1];
}

/// One asks and at once goes to sleep; the other answers at once: the looks of both come too early, if
/// anything lets them. No third wake-up makes up for one that is lost.
template <std::memory_order Put, std::memory_order Look>
auto asked_and_answered(publication how, int rounds) -> int {
  event_count answers{0};
  std::atomic<int> question{0};
  std::atomic<int> answer{0};
  int done = 0;
  support::run_together(2, [&](unsigned who) {
    for (int round = 1; round <= rounds; ++round) {
      if (who == 0) {
        for (backoff pause; question.load(relaxed) < round;) pause();
        for (int delay = round % 64; delay > 0; --delay) std_atomics::spin_hint();
        answer.store(round, Put);
        answers.notify_one(how);
      } else {
        question.store(round, relaxed);
        answers.await([&] { return answer.load(Look) == round; });
        ++done;
      }
    }
  });
  return done;
}

}  // namespace

TEMPLATE_TEST_CASE("a notify between the look for work and the sleep is not lost", "[lockfree][G6]",
                   std_atomics, counting_atomics) {
  basic_event_count<TestType> event;
  auto place = event.prepare_wait();
  event.notify_one();
  event.wait(place);  // returns at once, or the test never ends
  auto again = event.prepare_wait();
  event.notify_all();
  event.wait(again);
  CHECK(event.waiting_hint() == 0);
}

TEST_CASE("a notify that finds nobody is not kept for later", "[lockfree]") {
  event_count event;
  event.notify_one();
  event.notify_all();
  event.notify_one(publication::seq_cst);
  auto place = event.prepare_wait();
  CHECK_FALSE(event.wait_until(place, past()));
  CHECK(event.waiting_hint() == 0);
}

TEST_CASE("those that wait are woken one at a time, the longest waiting first", "[lockfree][V2]") {
  event_count event;
  auto first = event.prepare_wait();
  auto second = event.prepare_wait();
  auto third = event.prepare_wait();
  CHECK(event.waiting_hint() == 3);

  event.notify_one();
  CHECK(event.waiting_hint() == 2);
  event.wait(first);
  event.notify_one(publication::seq_cst);
  event.wait(second);
  CHECK_FALSE(event.wait_until(third, past()));
}

TEST_CASE("waking all wakes those that wait now, each once, and nobody later", "[lockfree][V3]") {
  event_count event;
  auto first = event.prepare_wait();
  auto second = event.prepare_wait();
  event.notify_all();
  auto late = event.prepare_wait();
  CHECK(event.waiting_hint() == 1);
  event.wait(second);
  event.wait(first);
  CHECK_FALSE(event.wait_until(late, past()));
}

TEST_CASE("a place that is given up disturbs nobody's turn", "[lockfree][C19]") {
  event_count event;
  for (int leaver = 0; leaver < 3; ++leaver) {
    std::array places{event.prepare_wait(), event.prepare_wait(), event.prepare_wait()};
    event.cancel_wait(places[static_cast<std::size_t>(leaver)]);
    event.cancel_wait(places[static_cast<std::size_t>(leaver)]);  // no effect
    CHECK(event.waiting_hint() == 2);
    for (int next = 0; next < 3; ++next) {
      if (next == leaver) continue;
      event.notify_one();
      CHECK(event.wait_until(places[static_cast<std::size_t>(next)], past()));
    }
    CHECK(event.waiting_hint() == 0);
  }
}

TEST_CASE("a place goes when its key goes", "[lockfree][C19]") {
  event_count event;
  {
    auto const place = event.prepare_wait();
    CHECK(event.waiting_hint() == 1);
  }
  CHECK(event.waiting_hint() == 0);
}

TEST_CASE("a notify that had chosen one who gives up goes to the next", "[lockfree][G6]") {
  event_count event;
  auto first = event.prepare_wait();
  auto second = event.prepare_wait();
  {
    auto third = event.prepare_wait();
    event.notify_one();
    event.cancel_wait(first);
    event.wait(second);
    event.notify_one();
  }  // third goes with a notify that nobody is left to need
  auto last = event.prepare_wait();
  CHECK_FALSE(event.wait_until(last, past()));
}

TEST_CASE("a wait with a limit ends at it, not before, and gives the place up", "[lockfree][T2]") {
  event_count event;
  auto place = event.prepare_wait();
  auto const limit = steady_clock::now() + std::chrono::milliseconds(2);
  CHECK_FALSE(event.wait_until(place, limit));
  CHECK(steady_clock::now() >= limit);
  CHECK(event.waiting_hint() == 0);
}

TEST_CASE("waiting twice with a key, or with somebody else's, is misuse", "[lockfree]") {
  event_count event;
  event_count other;
  auto place = event.prepare_wait();
  auto const used = Message("event_count: wait with a key that was given up or used");
  auto const foreign = Message("event_count: wait with a key of another event count");
  CHECK_THROWS_MATCHES(other.wait(place), misuse, foreign);
  CHECK_THROWS_MATCHES(other.wait_until(place, past()), misuse, foreign);
  event.notify_one();
  event.wait(place);
  CHECK_THROWS_MATCHES(event.wait(place), misuse, used);
  CHECK_THROWS_MATCHES(event.wait_until(place, past()), misuse, used);
  auto cancelled = event.prepare_wait();
  event.cancel_wait(cancelled);
  CHECK_THROWS_MATCHES(event.wait(cancelled), misuse, used);
}

TEST_CASE("await looks before it sleeps, and takes no place when it need not", "[lockfree]") {
  event_count event{3};
  int looks = 0;
  CHECK_FALSE(event.await([&] { return ++looks == 3; }));
  CHECK(looks == 3);
  CHECK(event.waiting_hint() == 0);

  looks = 0;
  CHECK_FALSE(event.await([&] {
    CHECK(event.waiting_hint() == (looks < 3 ? 0 : 1));  // the last look is from the place it took
    return ++looks == 4;
  }));
}

TEST_CASE("a look that throws leaves no place behind", "[lockfree]") {
  for (unsigned looks : {0u, 5u}) {
    event_count event{looks};
    CHECK_THROWS_AS(event.await([]() -> bool { throw std::runtime_error("no"); }), std::runtime_error);
    CHECK(event.waiting_hint() == 0);
  }
}

TEST_CASE("await with a limit says whether the wait was worth it", "[lockfree][T2]") {
  event_count event{1};
  auto const limit = steady_clock::now() + std::chrono::milliseconds(2);
  CHECK_FALSE(event.await_until(limit, [] { return false; }));
  CHECK(steady_clock::now() >= limit);
  CHECK(event.await_until(past(), [] { return true; }));
  int looks = 0;
  CHECK(event.await_until(past(), [&] { return ++looks == 3; }));  // a last one, after the end
  CHECK(event.waiting_hint() == 0);
}

TEST_CASE("no wake-up is lost, however weakly the work is published", "[lockfree][threads][G6]") {
  constexpr auto each = support::effort(std::int64_t{4000});
  for (unsigned looks : {0u, event_count::usual_looks}) {
    event_count arrivals{looks};
    CHECK(given_and_taken<relaxed, relaxed>(arrivals, publication::any, each) == 2 * each);
    CHECK(arrivals.waiting_hint() == 0);
  }
  constexpr auto rounds = support::effort(20000);
  CHECK(asked_and_answered<relaxed, relaxed>(publication::any, rounds) == rounds);
}

TEST_CASE("a load is enough to notify after a seq_cst publication", "[lockfree][threads][G6]") {
  constexpr auto each = support::effort(std::int64_t{4000});
  for (unsigned looks : {0u, event_count::usual_looks}) {
    event_count arrivals{looks};
    CHECK(given_and_taken<seq_cst, seq_cst>(arrivals, publication::seq_cst, each) == 2 * each);
    CHECK(arrivals.waiting_hint() == 0);
  }
  constexpr auto rounds = support::effort(20000);
  CHECK(asked_and_answered<seq_cst, seq_cst>(publication::seq_cst, rounds) == rounds);
}

TEST_CASE("waking all of several threads takes all of them over each gate",
          "[lockfree][threads][V3]") {
  constexpr auto gates = support::effort(200);
  constexpr unsigned walkers = 3;
  event_count opened{0};
  event_count arrived{0};
  std::atomic<int> open{0};
  std::atomic<int> there{0};
  int plain = 0;  // written between the gates; only the wake-ups and counters let walkers see it
  std::array<int, walkers> wrong{};
  support::run_together(walkers + 1, [&](unsigned who) {
    for (int gate = 1; gate <= gates; ++gate) {
      if (who == walkers) {
        plain = gate;
        open.store(gate, release);
        opened.notify_all();
        arrived.await([&] { return there.load(acquire) == gate * static_cast<int>(walkers); });
      } else {
        opened.await([&] { return open.load(acquire) >= gate; });
        if (plain != gate) ++wrong[who];
        there.fetch_add(1, acq_rel);
        arrived.notify_one();
      }
    }
  });
  CHECK(wrong == std::array<int, walkers>{});
  CHECK(there == gates * static_cast<int>(walkers));
}

TEST_CASE("threads that give up in the middle never take a wake-up with them",
          "[lockfree][threads][G6][C19]") {
  constexpr auto each = support::effort(std::int64_t{2000});
  event_count arrivals{0};
  heap_of_things<relaxed, relaxed> things;
  std::array<std::int64_t, 2> taken{};
  std::atomic<bool> done{false};
  support::run_together(4, [&](unsigned who) {
    if (who == 0) {
      for (std::int64_t n = 0; n < 2 * each; ++n) {
        things.put(0);
        arrivals.notify_one();
      }
    } else if (who == 1) {  // takes places all the time, and needs nothing
      for (bool looks_only = false; !done.load(acquire); looks_only = !looks_only) {
        auto place = arrivals.prepare_wait();
        if (looks_only || !arrivals.wait_until(place, steady_clock::now())) continue;
        arrivals.notify_one();  // not for me
      }
    } else {
      for (std::int64_t n = 0; n < each; ++n, ++taken[who - 2])
        arrivals.await([&] { return things.take(); });
      if (things.left() == 0) done.store(true, release);
    }
  });
  CHECK(taken == std::array{each, each});
}
