#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <sluice/atomics/backoff.hpp>
#include <sluice/lockfree/treiber_stack.hpp>
#include <sluice/reclaim/epoch_domain.hpp>
#include <sluice/reclaim/leaky.hpp>
#include <tests/support/strict_atomics.hpp>
#include <tests/support/thread_crew.hpp>
#include <tests/support/tracked.hpp>

using namespace sluice;
using support::explosive;
using support::strict_atomics;
using support::tracked;

namespace {

template <template <atomics_policy> class Domain, atomics_policy Atomics, bool Frees = true>
struct over {
  using domain = Domain<Atomics>;
  template <class T>
  using stack = treiber_stack<T, Domain, Atomics>;
  static constexpr bool frees = Frees;  ///< what is retired, before the domain is destroyed
};
struct over_hazards : over<hazard_domain, std_atomics> {};
struct over_hazards_strict : over<hazard_domain, strict_atomics> {};
struct over_epochs : over<epoch_domain, std_atomics> {};
struct over_epochs_strict : over<epoch_domain, strict_atomics> {};
struct over_leaky : over<leaky_domain, std_atomics, false> {};

/// A policy that lets others act just before the next exchange, or just after it.
struct meddling_atomics : strict_atomics {
  static inline void (*before_exchange)() = nullptr;
  static inline void (*after_exchange)() = nullptr;

  template <class T>
  struct atomic : std::atomic<T> {
    using std::atomic<T>::atomic;
    auto compare_exchange_strong(T& expected, T desired, std::memory_order success,
                                 std::memory_order failure) noexcept -> bool {
      if (auto* const act = std::exchange(before_exchange, nullptr)) act();
      auto* const then = std::exchange(after_exchange, nullptr);
      auto const done =
          std::atomic<T>::compare_exchange_strong(expected, desired, success, failure);
      if (then != nullptr) then();
      return done;
    }
  };
};

/// Two threads on one stack, the second of which acts inside an operation of the first.
template <template <atomics_policy> class Domain>
struct meddled {
  Domain<meddling_atomics> domain;
  treiber_stack<int, Domain, meddling_atomics> stack{domain};
  typename Domain<meddling_atomics>::participant me = domain.join();
  typename Domain<meddling_atomics>::participant other = domain.join();
  std::array<std::optional<int>, 2> popped_by_other;
  static inline meddled* now = nullptr;

  meddled() { now = this; }
  ~meddled() { meddling_atomics::before_exchange = meddling_atomics::after_exchange = nullptr; }
};
using meddled_hazards = meddled<hazard_domain>;
using meddled_epochs = meddled<epoch_domain>;

}  // namespace

#define SLUICE_EVERY_RECLAIMER \
  over_hazards, over_hazards_strict, over_epochs, over_epochs_strict, over_leaky

TEMPLATE_TEST_CASE("a stack gives back first what came last", "[lockfree][D1]",
                   SLUICE_EVERY_RECLAIMER) {
  typename TestType::template stack<int> stack;
  CHECK(stack.try_pop() == std::nullopt);
  for (int lap = 1; lap < 20; ++lap) {
    for (int n = 0; n < lap; ++n) REQUIRE(stack.try_push(int{n}));
    for (int n = lap; n-- > 0;) REQUIRE(stack.try_pop() == n);
    REQUIRE(stack.try_pop() == std::nullopt);
  }
  for (int n : {1, 2}) REQUIRE(stack.try_push(int{n}));
  CHECK(stack.try_pop() == 2);
  REQUIRE(stack.try_push(3));
  CHECK(stack.try_pop() == 3);
  CHECK(stack.try_pop() == 1);
}

TEMPLATE_TEST_CASE("a stack tells a null value from no value", "[lockfree][D4]",
                   SLUICE_EVERY_RECLAIMER) {
  typename TestType::template stack<int*> stack;
  CHECK_FALSE(stack.try_pop().has_value());
  REQUIRE(stack.try_push(nullptr));
  auto const popped = stack.try_pop();
  REQUIRE(popped.has_value());
  CHECK(*popped == nullptr);
  CHECK_FALSE(stack.try_pop().has_value());
}

TEMPLATE_TEST_CASE("a stack carries values that can only be moved", "[lockfree][D4]",
                   SLUICE_EVERY_RECLAIMER) {
  typename TestType::template stack<std::unique_ptr<std::string>> stack;
  REQUIRE(stack.try_push(std::make_unique<std::string>("first")));
  REQUIRE(stack.try_push(std::make_unique<std::string>("second")));
  CHECK(**stack.try_pop() == "second");
  CHECK(**stack.try_pop() == "first");
}

TEMPLATE_TEST_CASE("a popped value is not kept alive by the stack", "[lockfree][D4]",
                   SLUICE_EVERY_RECLAIMER) {
  auto const before = tracked::alive.load();
  auto const objects = tracked::objects.load();
  typename TestType::template stack<tracked> stack;
  for (int value = 0; value < 20; ++value) {
    REQUIRE(stack.try_push(tracked(value)));
    CHECK(tracked::alive == before + 1);
    CHECK(stack.try_pop()->value() == value);
    CHECK(tracked::alive == before);
    CHECK(tracked::objects == objects);  // not even what was moved from
  }
}

TEMPLATE_TEST_CASE("destroying a stack destroys each value left in it, once", "[lockfree][D4][D5]",
                   SLUICE_EVERY_RECLAIMER) {
  auto const before = tracked::alive.load();
  auto const objects = tracked::objects.load();
  typename TestType::domain domain;
  {
    typename TestType::template stack<tracked> stack(domain);
    for (int value = 0; value < 11; ++value) REQUIRE(stack.try_push(tracked(value)));
    for (int value = 10; value > 6; --value) CHECK(stack.try_pop()->value() == value);
    CHECK(tracked::alive == before + 7);
  }
  CHECK(tracked::alive == before);
  CHECK(tracked::objects == objects);
  auto me = domain.join();
  me.reclaim();
  auto const census = domain.census();
  CHECK(census.created == 11);
  CHECK(census.retired == 4);
  CHECK(census.discarded == 7);
  if constexpr (TestType::frees) CHECK(census.alive() == 0);
}

TEMPLATE_TEST_CASE("a move that throws on its way into a stack leaves it as it was",
                   "[lockfree][D4]", SLUICE_EVERY_RECLAIMER) {
  auto const before = explosive::alive.load();
  typename TestType::domain domain;
  {
    typename TestType::template stack<explosive> stack(domain);
    REQUIRE(stack.try_push(explosive(1)));
    explosive second(2);
    explosive::calm = 0;
    CHECK_THROWS_AS(stack.try_push(std::move(second)), explosive::exploded);
    explosive::calm = explosive::never;
    CHECK(second.value() == 2);
    CHECK(domain.census().alive() == 1);
    REQUIRE(stack.try_push(std::move(second)));
    CHECK(stack.try_pop()->value() == 2);
    CHECK(stack.try_pop()->value() == 1);
    CHECK_FALSE(stack.try_pop().has_value());
  }
  CHECK(explosive::alive == before);
}

TEMPLATE_TEST_CASE("a move that throws on its way out of a stack harms no other value",
                   "[lockfree][D4]", SLUICE_EVERY_RECLAIMER) {
  auto const before = explosive::alive.load();
  typename TestType::domain domain;
  {
    typename TestType::template stack<explosive> stack(domain);
    for (int lap = 0; lap < 4; ++lap) {
      REQUIRE(stack.try_push(explosive(1)));
      REQUIRE(stack.try_push(explosive(2)));
      explosive::calm = 0;
      CHECK_THROWS_AS(stack.try_pop(), explosive::exploded);
      explosive::calm = explosive::never;
      CHECK(explosive::alive == before + 1);
      CHECK(stack.try_pop()->value() == 1);
      CHECK_FALSE(stack.try_pop().has_value());
    }
  }
  CHECK(explosive::alive == before);
  CHECK(domain.census().retired == 8);  // the node of a value that got lost is not
}

TEMPLATE_TEST_CASE("threads take each value from a stack once", "[lockfree][threads][D1][D5]",
                   SLUICE_EVERY_RECLAIMER) {
  constexpr auto each = support::effort(std::int64_t{6000});
  auto const before = tracked::alive.load();
  typename TestType::domain domain;
  std::array<std::int64_t, 4> sums{};
  std::array<std::int64_t, 4> counts{};
  {
    typename TestType::template stack<tracked> stack(domain);
    support::run_together(4, [&](unsigned who) {
      auto me = domain.join();
      for (std::int64_t n = 0; n < each; ++n) {
        (void)stack.try_push(me, tracked(n * 4 + who));
        if (n % 3 == 0) continue;
        if (auto const value = stack.try_pop(me)) sums[who] += value->value(), ++counts[who];
      }
    });
    while (auto const value = stack.try_pop()) sums[0] += value->value(), ++counts[0];
    CHECK(tracked::alive == before);
  }
  constexpr auto total = each * 4;
  CHECK(counts[0] + counts[1] + counts[2] + counts[3] == total);
  CHECK(sums[0] + sums[1] + sums[2] + sums[3] == total * (total - 1) / 2);
  domain.join().reclaim();
  if constexpr (TestType::frees) CHECK(domain.census().alive() == 0);
}

TEMPLATE_TEST_CASE("what one thread has pushed comes back to it newest first while others take some",
                   "[lockfree][threads][D1]", SLUICE_EVERY_RECLAIMER) {
  constexpr auto laps = support::effort(2000);
  typename TestType::domain domain;
  typename TestType::template stack<int> stack(domain);
  std::atomic<bool> over{false};
  std::int64_t disorders = 0;
  support::run_together(2, [&](unsigned who) {
    auto me = domain.join();
    if (who == 0) {
      for (int lap = 0; lap < laps; ++lap) {
        for (int n = 0; n < 4; ++n) (void)stack.try_push(me, lap * 4 + n);
        int last = lap * 4 + 4;
        while (auto const value = stack.try_pop(me)) {
          if (*value >= last) ++disorders;
          last = *value;
        }
      }
      over.store(true, release);
    } else {
      while (!over.load(acquire))
        if (!stack.try_pop(me)) std_atomics::yield();
    }
  });
  CHECK(disorders == 0);
}

TEMPLATE_TEST_CASE("addresses that come back at once do a stack no harm", "[lockfree][threads][D5]",
                   over_hazards_strict, over_epochs_strict) {
  // Threads pop and push the same few nodes round and round; a stack that trusts an address it saw
  // before loses or doubles values here.
  typename TestType::domain domain;
  typename TestType::template stack<std::int64_t> stack(domain);
  constexpr std::int64_t values = 3;
  for (std::int64_t value = 1; value <= values; ++value) (void)stack.try_push(std::int64_t{value});
  support::run_together(3, [&](unsigned) {
    auto me = domain.join();
    for (int n = 0; n < 6000; ++n)
      if (auto value = stack.try_pop(me)) (void)stack.try_push(me, std::int64_t{*value});
  });
  std::int64_t sum = 0;
  std::int64_t count = 0;
  while (auto value = stack.try_pop()) sum += *value, ++count;
  CHECK(count == values);
  CHECK(sum == values * (values + 1) / 2);
}

TEMPLATE_TEST_CASE("a pop that was overtaken by pops and a push does not put a freed node on top",
                   "[lockfree][D5]", meddled_hazards, meddled_epochs) {
  // The thread has seen A above B. Before its exchange A and B are popped and C is pushed: had A been
  // freed, C would have its address, and the exchange would put B on top, which is gone.
  TestType world;
  for (int value : {1, 2}) REQUIRE(world.stack.try_push(world.me, int{value}));  // B, A
  meddling_atomics::before_exchange = [] {
    auto& [domain, stack, me, other, popped] = *TestType::now;
    popped[0] = stack.try_pop(other);
    other.reclaim();  // must not free A
    popped[1] = stack.try_pop(other);
    (void)stack.try_push(other, 3);  // C
    other.reclaim();  // frees B
  };
  CHECK(world.stack.try_pop(world.me) == 3);
  CHECK(world.popped_by_other == std::array<std::optional<int>, 2>{2, 1});
  CHECK_FALSE(world.stack.try_pop(world.me).has_value());
}

TEMPLATE_TEST_CASE("a value is safe between the exchange that wins it and its way out",
                   "[lockfree][D6]", meddled_hazards, meddled_epochs) {
  TestType world;
  REQUIRE(world.stack.try_push(world.me, 1));
  meddling_atomics::after_exchange = [] {
    auto& [domain, stack, me, other, popped] = *TestType::now;
    popped[0] = stack.try_pop(other);
    me.reclaim();
    other.reclaim();
    (void)stack.try_push(other, 2);  // would have the address of a node that was freed
  };
  CHECK(world.stack.try_pop(world.me) == 1);
  CHECK_FALSE(world.popped_by_other[0].has_value());
  CHECK(world.stack.try_pop(world.me) == 2);
}

TEMPLATE_TEST_CASE("a push that loses the race for the top tries again, above the winner",
                   "[lockfree][D3]", meddled_hazards, meddled_epochs) {
  TestType world;
  REQUIRE(world.stack.try_push(world.me, 1));
  meddling_atomics::before_exchange = [] {
    (void)TestType::now->stack.try_push(TestType::now->other, 2);
  };
  REQUIRE(world.stack.try_push(world.me, 3));
  for (int value : {3, 2, 1}) CHECK(world.stack.try_pop(world.me) == value);
}

TEST_CASE("a thread stopped in the middle of a pop stops nobody, and keeps one node from being freed",
          "[lockfree][D3][D5]") {
  static std::uint64_t pending;
  meddled_hazards world;
  REQUIRE(world.stack.try_push(world.me, 1));
  meddling_atomics::before_exchange = [] {
    auto& [domain, stack, me, other, popped] = *meddled_hazards::now;
    for (int n = 0; n < 1000; ++n) {
      (void)stack.try_pop(other);
      (void)stack.try_push(other, int{n});
    }
    other.reclaim();
    pending = domain.census().pending();
  };
  CHECK(world.stack.try_pop(world.me) == 999);
  CHECK(pending == 1);
}

TEST_CASE("a push onto a stack that gets no memory throws, and nothing has changed",
          "[lockfree][G9]") {
  hazard_domain<strict_atomics> domain;
  treiber_stack<tracked, hazard_domain, strict_atomics> stack(domain);
  auto me = domain.join();
  tracked value(7);
  strict_atomics::fail_after(0);
  CHECK_THROWS_AS(stack.try_push(me, std::move(value)), std::bad_alloc);
  strict_atomics::fail_after(-1);
  CHECK(value.holds());
  CHECK_FALSE(stack.try_pop(me).has_value());
  REQUIRE(stack.try_push(me, std::move(value)));
  CHECK(stack.try_pop(me)->value() == 7);
}

TEST_CASE("a thread that gets no memory to join with has neither pushed nor popped",
          "[lockfree][G9]") {
  hazard_domain<strict_atomics> domain;
  treiber_stack<tracked, hazard_domain, strict_atomics> stack(domain);
  tracked value(7);
  strict_atomics::fail_after(0);
  CHECK_THROWS_AS(stack.try_push(std::move(value)), std::bad_alloc);
  strict_atomics::fail_after(-1);
  CHECK(value.holds());
  CHECK(domain.census().created == 0);
  REQUIRE(stack.try_push(std::move(value)));
  auto const sitting = domain.join();  // on the seat there is, so that a pop needs another
  strict_atomics::fail_after(0);
  CHECK_THROWS_AS(stack.try_pop(), std::bad_alloc);
  strict_atomics::fail_after(-1);
  CHECK(stack.try_pop()->value() == 7);
}

TEST_CASE("a pop by a participant with no hazard left is misuse and takes nothing", "[lockfree]") {
  hazard_domain<> domain;
  treiber_stack<int> stack(domain);
  auto me = domain.join();
  REQUIRE(stack.try_push(me, 1));
  {
    auto const one = me.guard();
    auto const two = me.guard();
    auto const three = me.guard();
    auto const four = me.guard();
    CHECK_THROWS_AS(stack.try_pop(me), misuse);
    REQUIRE(stack.try_push(me, 2));  // needs none
  }
  for (int value : {2, 1}) CHECK(stack.try_pop(me) == value);
}

TEST_CASE("nodes of a stack created equal nodes freed after threads have used it and gone",
          "[lockfree][threads][D5]") {
  auto const before = strict_atomics::alive();
  {
    hazard_domain<strict_atomics> domain;
    {
      treiber_stack<tracked, hazard_domain, strict_atomics> stack(domain);
      support::run_together(4, [&](unsigned who) {
        auto me = domain.join();
        for (int n = 0; n < 3000; ++n) {
          if ((n + static_cast<int>(who)) % 2 == 0) (void)stack.try_push(me, tracked(n));
          else (void)stack.try_pop(me);
        }
      });
      CHECK(domain.seats() <= 4);
    }
    CHECK(domain.census().alive() == 0);
  }
  CHECK(strict_atomics::alive() == before);
  CHECK(tracked::alive == 0);
}

TEST_CASE("a stack over a domain of its own may be used without joining it", "[lockfree]") {
  hazard_domain<> domain;
  treiber_stack<int> stack(domain);
  for (int value : {1, 2, 3}) REQUIRE(stack.try_push(int{value}));
  for (int value : {3, 2, 1}) CHECK(stack.try_pop() == value);
  CHECK(domain.seats() == 1);  // each call took the same seat and gave it back
}

TEST_CASE("destroying a stack of a hundred thousand nodes takes no depth of calls", "[lockfree][G7]") {
  treiber_stack<int> stack;
  for (int n = 0; n < 100'000; ++n) (void)stack.try_push(int{n});
  CHECK(stack.try_pop() == 99'999);
}
