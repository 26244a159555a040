#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <sluice/lockfree/ms_queue.hpp>
#include <sluice/reclaim/leaky.hpp>
#include <tests/support/strict_atomics.hpp>
#include <tests/support/thread_crew.hpp>
#include <tests/support/tracked.hpp>

using namespace sluice;
using support::strict_atomics;
using support::tracked;

namespace {

/// A policy that stops a thread for good between linking its node and moving the tail on, as far as the
/// others can tell: the tail exchange that would have followed is left out.
struct stalling_atomics : strict_atomics {
  static inline thread_local bool stalled = false;

  template <class T>
  struct atomic : std::atomic<T> {
    using std::atomic<T>::atomic;
    auto compare_exchange_strong(T& expected, T desired, std::memory_order success,
                                 std::memory_order failure) noexcept -> bool {
      if (stalled) return false;
      return std::atomic<T>::compare_exchange_strong(expected, desired, success, failure);
    }
  };
};

}  // namespace

TEMPLATE_TEST_CASE("an ms_queue frees as many nodes as it has created", "[lockfree][D5]",
                   hazard_domain<>, leaky_domain<>) {
  TestType domain;
  {
    using queue_type = std::conditional_t<std::is_same_v<TestType, hazard_domain<>>,
                                          ms_queue<std::string, hazard_domain>,
                                          ms_queue<std::string, leaky_domain>>;
    queue_type queue(domain);
    CHECK(domain.census().alive() == 1);  // the dummy in front
    auto me = domain.join();
    for (int n = 0; n < 100; ++n) REQUIRE(queue.try_push(me, std::to_string(n)));
    CHECK(domain.census().alive() == 101);
    for (int n = 0; n < 60; ++n) REQUIRE(queue.try_pop(me) == std::to_string(n));
    me.reclaim();
    CHECK(domain.census().retired == 60);
  }
  auto const census = domain.census();
  CHECK(census.created == 101);
  CHECK(census.alive() == census.pending());  // nothing but what awaits its freeing
  if constexpr (std::is_same_v<TestType, hazard_domain<>>) CHECK(census.alive() == 0);
}

TEST_CASE("nodes created equal nodes freed after threads have used a queue and gone",
          "[lockfree][threads][D5]") {
  auto const before = strict_atomics::alive();
  {
    hazard_domain<strict_atomics> domain;
    {
      ms_queue<tracked, hazard_domain, strict_atomics> queue(domain);
      support::run_together(4, [&](unsigned who) {
        auto me = domain.join();
        for (int n = 0; n < 3000; ++n) {
          if ((n + static_cast<int>(who)) % 2 == 0) (void)queue.try_push(me, tracked(n));
          else (void)queue.try_pop(me);
        }
      });
      CHECK(domain.seats() <= 4);
    }
    CHECK(domain.census().alive() == 0);
  }
  CHECK(strict_atomics::alive() == before);
  CHECK(tracked::alive == 0);
}

TEST_CASE("addresses that come back at once do an ms_queue no harm", "[lockfree][threads][D5]") {
  // Two threads pop and push the same few nodes round and round; a queue that trusts an address it
  // saw before loses or doubles values here.
  hazard_domain<strict_atomics> domain;
  ms_queue<std::int64_t, hazard_domain, strict_atomics> queue(domain);
  constexpr std::int64_t values = 3;
  for (std::int64_t value = 1; value <= values; ++value) (void)queue.try_push(std::int64_t{value});
  support::run_together(3, [&](unsigned) {
    auto me = domain.join();
    for (int n = 0; n < 6000; ++n)
      if (auto value = queue.try_pop(me)) (void)queue.try_push(me, std::int64_t{*value});
  });
  std::int64_t sum = 0;
  std::int64_t count = 0;
  while (auto value = queue.try_pop()) sum += *value, ++count;
  CHECK(count == values);
  CHECK(sum == values * (values + 1) / 2);
}

TEST_CASE("a thread stopped between link and tail stops nobody: the others help the tail on",
          "[lockfree][D3]") {
  hazard_domain<stalling_atomics> domain;
  ms_queue<int, hazard_domain, stalling_atomics> queue(domain);
  auto me = domain.join();
  REQUIRE(queue.try_push(me, 1));
  stalling_atomics::stalled = true;
  REQUIRE(queue.try_push(me, 2));  // linked, but the tail still names 1
  stalling_atomics::stalled = false;

  SECTION("a push finds the tail behind and moves it") {
    REQUIRE(queue.try_push(me, 3));
    for (int value : {1, 2, 3}) CHECK(queue.try_pop(me) == value);
  }
  SECTION("pops never let the head overtake the tail") {
    CHECK(queue.try_pop(me) == 1);
    CHECK(queue.try_pop(me) == 2);
    me.reclaim();  // had the tail stayed behind, it would now name memory full of nonsense
    CHECK(queue.try_pop(me) == std::nullopt);
    REQUIRE(queue.try_push(me, 3));
    CHECK(queue.try_pop(me) == 3);
  }
}

TEST_CASE("a push that gets no memory throws, and neither the queue nor the value has changed",
          "[lockfree][G9]") {
  hazard_domain<strict_atomics> domain;
  ms_queue<tracked, hazard_domain, strict_atomics> queue(domain);
  auto me = domain.join();
  tracked value(7);
  strict_atomics::fail_after(0);
  CHECK_THROWS_AS(queue.try_push(me, std::move(value)), std::bad_alloc);
  strict_atomics::fail_after(-1);
  CHECK(value.holds());
  CHECK_FALSE(queue.try_pop(me).has_value());
  REQUIRE(queue.try_push(me, std::move(value)));
  CHECK(queue.try_pop(me)->value() == 7);
}

TEST_CASE("a push whose participant holds all its hazards is misuse, and nothing is lost",
          "[lockfree][D5]") {
  hazard_domain<strict_atomics> domain;
  ms_queue<tracked, hazard_domain, strict_atomics> queue(domain);
  tracked value(7);
  {
    auto me = domain.join();
    static_assert(decltype(domain)::hazards_per_participant == 4);
    auto const first = me.guard();
    auto const second = me.guard();
    auto const third = me.guard();
    auto const fourth = me.guard();
    auto const before = domain.census().created;
    CHECK_THROWS_AS(queue.try_push(me, std::move(value)), misuse);
    CHECK(domain.census().created == before);
  }
  CHECK(value.holds());
  CHECK_FALSE(queue.try_pop().has_value());
}

TEST_CASE("a queue that gets no memory for its first node throws and leaves nothing behind",
          "[lockfree][G9]") {
  hazard_domain<strict_atomics> domain;
  auto const before = strict_atomics::alive();
  strict_atomics::fail_after(0);
  CHECK_THROWS_AS((ms_queue<int, hazard_domain, strict_atomics>(domain)), std::bad_alloc);
  strict_atomics::fail_after(-1);
  CHECK(strict_atomics::alive() == before);
}

TEST_CASE("a queue over a domain of its own may be used without joining it", "[lockfree]") {
  hazard_domain<> domain;
  ms_queue<int> queue(domain);
  for (int value : {1, 2, 3}) REQUIRE(queue.try_push(int{value}));
  for (int value : {1, 2, 3}) CHECK(queue.try_pop() == value);
  CHECK(domain.seats() == 1);  // each call took the same seat and gave it back
}

TEST_CASE("emptying a queue of a hundred thousand nodes takes no stack", "[lockfree][G7]") {
  ms_queue<int> queue;
  for (int n = 0; n < 100'000; ++n) (void)queue.try_push(int{n});
  CHECK(queue.try_pop() == 0);
}
