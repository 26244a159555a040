#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <sluice/atomics/backoff.hpp>
#include <sluice/lockfree/segment_queue.hpp>
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
  using queue = segment_queue<T, Domain, Atomics>;
  static constexpr bool frees = Frees;  ///< what is retired, before the domain is destroyed
};
struct over_hazards : over<hazard_domain, std_atomics> {};
struct over_hazards_strict : over<hazard_domain, strict_atomics> {};
struct over_epochs : over<epoch_domain, std_atomics> {};
struct over_epochs_strict : over<epoch_domain, strict_atomics> {};
struct over_leaky : over<leaky_domain, std_atomics, false> {};

/// A policy that lets others act just after the next ticket is drawn, or just before the next exchange
/// that may fail; and one of whose threads can be stopped for good before it moves an end on, as far as
/// the others can tell: the exchange that would have followed is left out.
struct meddling_atomics : strict_atomics {
  static inline void (*after_ticket)() = nullptr;
  static inline void (*before_exchange)() = nullptr;
  static inline bool stalled = false;

  template <class T>
  struct atomic : std::atomic<T> {
    using std::atomic<T>::atomic;
    auto fetch_add(T by, std::memory_order order) noexcept -> T {
      auto const drawn = std::atomic<T>::fetch_add(by, order);
      if (auto* const act = std::exchange(after_ticket, nullptr)) act();
      return drawn;
    }
    auto compare_exchange_strong(T& expected, T desired, std::memory_order success,
                                 std::memory_order failure) noexcept -> bool {
      if (stalled && success == seq_cst) return false;
      if (auto* const act = std::exchange(before_exchange, nullptr)) act();
      return std::atomic<T>::compare_exchange_strong(expected, desired, success, failure);
    }
  };
};

/// A queue with segments of two slots and two threads, the second of which acts inside an operation of
/// the first.
struct meddled {
  using domain_type = hazard_domain<meddling_atomics>;

  domain_type domain;
  segment_queue<tracked, hazard_domain, meddling_atomics> queue{domain, 2};
  domain_type::participant me = domain.join();
  domain_type::participant other = domain.join();
  std::optional<std::int64_t> popped_by_other;
  static inline meddled* now = nullptr;

  meddled() { now = this; }
  ~meddled() {
    meddling_atomics::after_ticket = meddling_atomics::before_exchange = nullptr;
    meddling_atomics::stalled = false;
    meddling_atomics::fail_after(-1);
  }

  void push(std::int64_t value) { (void)queue.try_push(me, tracked(value)); }
  auto pop() { return value_of(queue.try_pop(me)); }
  void push_by_other(std::int64_t value) { (void)queue.try_push(other, tracked(value)); }
  void pop_by_other() { popped_by_other = value_of(queue.try_pop(other)); }

  static auto value_of(std::optional<tracked> const& popped) -> std::optional<std::int64_t> {
    if (!popped) return std::nullopt;
    return popped->value();
  }
};

/// Moves without throwing, but cannot be assigned to.
struct fixed {
  explicit fixed(int the_value) : value(the_value) {}
  int const value;
};

}  // namespace

#define SLUICE_EVERY_RECLAIMER \
  over_hazards, over_hazards_strict, over_epochs, over_epochs_strict, over_leaky

TEMPLATE_TEST_CASE("a segment_queue keeps the order of its values from segment to segment",
                   "[lockfree][D1]", SLUICE_EVERY_RECLAIMER) {
  auto const length = GENERATE(std::size_t{1}, 2u, 4u, 64u);
  typename TestType::domain domain;
  typename TestType::template queue<int> queue(domain, length);
  auto me = domain.join();
  int next_in = 0;
  int next_out = 0;
  for (int lap = 0; lap < 60; ++lap) {  // uneven steps, so that a segment is met at every offset
    for (int n = 0; n < 1 + lap % 7; ++n) REQUIRE(queue.try_push(me, next_in++));
    while (next_out + lap % 3 < next_in) REQUIRE(queue.try_pop(me) == next_out++);
  }
  while (next_out < next_in) REQUIRE(queue.try_pop(me) == next_out++);
  CHECK(queue.try_pop(me) == std::nullopt);
}

TEMPLATE_TEST_CASE("a segment_queue frees as many segments as it has created", "[lockfree][D5]",
                   SLUICE_EVERY_RECLAIMER) {
  typename TestType::domain domain;
  {
    typename TestType::template queue<std::string> queue(domain, 8);
    CHECK(domain.census().alive() == 1);
    auto me = domain.join();
    for (int n = 0; n < 100; ++n) REQUIRE(queue.try_push(me, std::to_string(n)));
    CHECK(domain.census().alive() == 13);
    for (int n = 0; n < 60; ++n) REQUIRE(queue.try_pop(me) == std::to_string(n));
    CHECK(domain.census().retired == 7);
  }
  domain.join().reclaim();
  auto const census = domain.census();
  CHECK(census.created == 13);
  CHECK(census.discarded == 6);
  if constexpr (TestType::frees) CHECK(census.alive() == 0);
}

TEMPLATE_TEST_CASE("destroying a segment_queue destroys the values left in every segment",
                   "[lockfree][D4]", SLUICE_EVERY_RECLAIMER) {
  auto const before = tracked::alive.load();
  auto const objects = tracked::objects.load();
  auto const popped = GENERATE(0, 3, 4, 11);
  {
    typename TestType::domain domain;
    typename TestType::template queue<tracked> queue(domain, 4);
    for (int value = 0; value < 11; ++value) REQUIRE(queue.try_push(tracked(value)));
    for (int value = 0; value < popped; ++value) CHECK(queue.try_pop()->value() == value);
    CHECK(tracked::alive == before + 11 - popped);
  }
  CHECK(tracked::alive == before);
  CHECK(tracked::objects == objects);
}

TEST_CASE("a pop that comes before its push leaves the slot unusable, and the push takes the next",
          "[lockfree][D1][D3]") {
  meddled world;
  meddling_atomics::after_ticket = [] { meddled::now->pop_by_other(); };
  world.push(1);
  CHECK(world.popped_by_other == std::nullopt);
  world.push(2);
  for (int value : {1, 2}) CHECK(world.pop() == value);
  CHECK(world.pop() == std::nullopt);
}

TEST_CASE("a value that is on its way into a slot when a pop comes for it goes on to the next",
          "[lockfree][D1][D4]") {
  auto const objects = tracked::objects.load();
  meddled world;
  meddling_atomics::before_exchange = [] { meddled::now->pop_by_other(); };
  world.push(1);
  CHECK(world.popped_by_other == std::nullopt);
  CHECK(tracked::objects == objects + 1);  // nothing was left in the slot that is lost
  CHECK(world.pop() == 1);
  CHECK(tracked::objects == objects);
}

TEST_CASE("a push that lost its slot and then gets no memory gives the value back",
          "[lockfree][D4][G9]") {
  meddled world;
  world.push(1);
  tracked value(2);
  meddling_atomics::before_exchange = [] {  // the value is in the last slot of the segment
    meddled::now->pop_by_other();
    CHECK(meddled::now->popped_by_other == 1);
    meddled::now->pop_by_other();
  };
  meddling_atomics::fail_after(0);
  CHECK_THROWS_AS(world.queue.try_push(world.me, std::move(value)), std::bad_alloc);
  meddling_atomics::fail_after(-1);
  CHECK(world.popped_by_other == std::nullopt);
  REQUIRE(value.holds());
  CHECK(value.value() == 2);
  CHECK(world.pop() == std::nullopt);
  REQUIRE(world.queue.try_push(world.me, std::move(value)));
  CHECK(world.pop() == 2);
}

TEST_CASE("of two pushes that append a segment one goes into that of the other", "[lockfree][D1][D5]") {
  meddled world;
  for (int value : {1, 2}) world.push(value);
  meddling_atomics::before_exchange = [] { meddled::now->push_by_other(3); };
  world.push(4);
  CHECK(world.domain.census().created == 3);
  CHECK(world.domain.census().discarded == 1);
  for (int value : {1, 2, 3, 4}) CHECK(world.pop() == value);
  CHECK(world.pop() == std::nullopt);
}

TEST_CASE("a thread stopped between link and tail stops nobody in a segment_queue", "[lockfree][D3]") {
  meddled world;
  for (int value : {1, 2}) world.push(value);
  meddling_atomics::stalled = true;
  world.push(3);  // linked, but the tail still names the first segment
  meddling_atomics::stalled = false;

  SECTION("a push finds the tail behind and moves it") {
    for (int value : {4, 5}) world.push(value);
    for (int value : {1, 2, 3, 4, 5}) CHECK(world.pop() == value);
  }
  SECTION("pops never let the head overtake the tail") {
    for (int value : {1, 2, 3}) CHECK(world.pop() == value);
    world.me.reclaim();  // had the tail stayed behind, it would now name memory full of nonsense
    CHECK(world.pop() == std::nullopt);
    world.push(4);
    CHECK(world.pop() == 4);
  }
}

TEST_CASE("a thread stopped with a ticket to pop stops nobody, and nobody else gets its value",
          "[lockfree][D1][D3]") {
  meddled world;
  for (int value : {1, 2, 3}) world.push(value);
  meddling_atomics::after_ticket = [] {
    meddled::now->pop_by_other();
    CHECK(meddled::now->popped_by_other == 2);
    for (int value = 4; value < 40; ++value) {
      meddled::now->push_by_other(value);
      meddled::now->pop_by_other();
      CHECK(meddled::now->popped_by_other == value - 1);
    }
    meddled::now->pop_by_other();
    meddled::now->pop_by_other();
    CHECK(meddled::now->popped_by_other == std::nullopt);  // what is left has been given away
    meddled::now->other.reclaim();
    CHECK(meddled::now->domain.census().pending() == 1);   // the segment this thread is in
  };
  CHECK(world.pop() == 1);
}

TEST_CASE("a push for which there is no new segment throws, and nothing has changed",
          "[lockfree][G9]") {
  auto const allocations = GENERATE(0, 1);  // the segment, its slots
  auto const before = strict_atomics::alive();
  {
    hazard_domain<strict_atomics> domain;
    segment_queue<tracked, hazard_domain, strict_atomics> queue(domain, 2);
    auto me = domain.join();
    for (int value : {1, 2}) REQUIRE(queue.try_push(me, tracked(value)));
    tracked value(3);
    for (int again = 0; again < 3; ++again) {
      strict_atomics::fail_after(allocations);
      CHECK_THROWS_AS(queue.try_push(me, std::move(value)), std::bad_alloc);
      CHECK(value.holds());
    }
    strict_atomics::fail_after(-1);
    CHECK(domain.census().alive() == 1);
    REQUIRE(queue.try_push(me, std::move(value)));
    for (int expected : {1, 2, 3}) CHECK(queue.try_pop(me)->value() == expected);
    CHECK_FALSE(queue.try_pop(me).has_value());
  }
  CHECK(strict_atomics::alive() == before);
}

TEST_CASE("a segment_queue that gets no memory for its first segment throws and leaves nothing behind",
          "[lockfree][G9]") {
  auto const allocations = GENERATE(0, 1);
  hazard_domain<strict_atomics> domain;
  auto const before = strict_atomics::alive();
  strict_atomics::fail_after(allocations);
  CHECK_THROWS_AS((segment_queue<int, hazard_domain, strict_atomics>(domain)), std::bad_alloc);
  strict_atomics::fail_after(-1);
  CHECK(strict_atomics::alive() == before);
  CHECK(domain.census().created == 0);
}

TEST_CASE("a segment_queue refuses lengths that cannot be", "[lockfree][C1]") {
  hazard_domain<> domain;
  auto const make = [&](std::size_t length) { segment_queue<std::uint64_t> queue(domain, length); };
  CHECK_THROWS_AS(make(0), misuse);
  CHECK_THROWS_AS(make(std::numeric_limits<std::size_t>::max()), misuse);
  CHECK_THROWS_AS(make(std::numeric_limits<std::size_t>::max() / 2), misuse);
  CHECK(domain.census().created == 0);
  segment_queue<std::uint64_t> queue(domain, 3);  // is four
  for (std::uint64_t n = 0; n < 4; ++n) REQUIRE(queue.try_push(std::uint64_t{n}));
  CHECK(domain.census().created == 1);
  REQUIRE(queue.try_push(4));
  CHECK(domain.census().created == 2);
}

TEST_CASE("segments are long for small values and not too big for large ones", "[lockfree]") {
  struct page {
    std::array<std::byte, 4096> bytes;
  };
  CHECK(segment_queue<std::uint64_t>::default_length == 1024);
  CHECK(segment_queue<char>::default_length == 1024);
  CHECK(segment_queue<std::array<std::uint64_t, 15>>::default_length == 128);
  CHECK(segment_queue<page>::default_length == 16);
}

TEMPLATE_TEST_CASE("big segments that were used up are freed soon", "[lockfree][D5]", over_hazards,
                   over_epochs) {
  typename TestType::domain domain;
  typename TestType::template queue<std::uint64_t> queue(domain);
  auto me = domain.join();
  std::uint64_t most = 0;
  for (std::uint64_t n = 0; n < 50 * 1024; ++n) {
    REQUIRE(queue.try_push(me, std::uint64_t{n}));
    REQUIRE(queue.try_pop(me) == n);
    most = std::max(most, domain.census().pending());
  }
  CHECK(domain.census().retired >= 49);
  CHECK(most <= 4);
}

TEMPLATE_TEST_CASE("a value that could not be taken back from a slot gets a segment of its own",
                   "[lockfree][D4]", explosive, fixed) {
  hazard_domain<> domain;
  {
    segment_queue<TestType> queue(domain, 64);
    for (int value : {1, 2, 3}) REQUIRE(queue.try_push(TestType(value)));
    CHECK(domain.census().alive() == 4);
    auto me = domain.join();
    CHECK(queue.try_pop(me).has_value());
    CHECK(queue.try_pop(me).has_value());
    CHECK(domain.census().retired == 2);
    REQUIRE(queue.try_push(me, TestType(4)));
    CHECK(queue.try_pop(me).has_value());
    CHECK(queue.try_pop(me).has_value());
    CHECK_FALSE(queue.try_pop(me).has_value());
    REQUIRE(queue.try_push(me, TestType(5)));
  }
  CHECK(domain.census().alive() == 0);
}

TEST_CASE("a push or pop by a participant with no hazard left is misuse and changes nothing",
          "[lockfree]") {
  hazard_domain<> domain;
  segment_queue<tracked> queue(domain);
  segment_queue<explosive> one_by_one(domain);
  auto me = domain.join();
  tracked value(1);
  explosive other(2);
  {
    auto const one = me.guard();
    auto const two = me.guard();
    auto const three = me.guard();
    auto const four = me.guard();
    CHECK_THROWS_AS(queue.try_push(me, std::move(value)), misuse);
    CHECK_THROWS_AS(queue.try_pop(me), misuse);
    CHECK_THROWS_AS(one_by_one.try_push(me, std::move(other)), misuse);
  }
  CHECK(value.holds());
  CHECK(other.value() == 2);
  CHECK(domain.census().alive() == 2);
  CHECK_FALSE(queue.try_pop(me).has_value());
  CHECK_FALSE(one_by_one.try_pop(me).has_value());
}

TEMPLATE_TEST_CASE("threads that use up segment after segment lose no value and no order",
                   "[lockfree][threads][D1][D5]", SLUICE_EVERY_RECLAIMER) {
  constexpr auto each = support::effort(std::int64_t{5000});
  auto const length = GENERATE(std::size_t{1}, 2u, 16u);
  auto const before = tracked::alive.load();
  typename TestType::domain domain;
  std::array<std::int64_t, 2> sums{};
  std::array<std::int64_t, 2> disorders{};
  {
    typename TestType::template queue<tracked> queue(domain, length);
    std::atomic<std::int64_t> left{each * 2};
    support::run_together(4, [&](unsigned who) {
      auto me = domain.join();
      if (who < 2) {
        for (std::int64_t n = 0; n < each; ++n) (void)queue.try_push(me, tracked(n * 2 + who));
        return;
      }
      std::array<std::int64_t, 2> last{-1, -1};
      for (backoff wait; left.load(relaxed) > 0;) {
        auto const value = queue.try_pop(me);
        if (!value) {
          wait();
          continue;
        }
        wait.reset();
        left.fetch_sub(1, relaxed);
        sums[who - 2] += value->value();
        auto& latest = last[static_cast<std::size_t>(value->value() % 2)];
        if (value->value() <= latest) ++disorders[who - 2];
        latest = value->value();
      }
    });
    CHECK_FALSE(queue.try_pop().has_value());
  }
  CHECK(sums[0] + sums[1] == each * (2 * each - 1));
  CHECK(disorders == std::array<std::int64_t, 2>{});
  CHECK(tracked::alive == before);
  domain.join().reclaim();
  if constexpr (TestType::frees) CHECK(domain.census().alive() == 0);
}

TEMPLATE_TEST_CASE("addresses that come back at once do a segment_queue no harm",
                   "[lockfree][threads][D5]", over_hazards_strict, over_epochs_strict) {
  // Threads pop and push the same few values round and round, each segment for two of them; a queue
  // that trusts an address it saw before loses or doubles values here.
  typename TestType::domain domain;
  typename TestType::template queue<std::int64_t> queue(domain, 2);
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

TEST_CASE("segments created equal segments freed after threads have used a queue and gone",
          "[lockfree][threads][D5]") {
  auto const before = strict_atomics::alive();
  {
    hazard_domain<strict_atomics> domain;
    {
      segment_queue<tracked, hazard_domain, strict_atomics> queue(domain, 4);
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

TEST_CASE("a segment_queue over a domain of its own may be used without joining it", "[lockfree]") {
  hazard_domain<> domain;
  segment_queue<int> queue(domain, 2);
  for (int value : {1, 2, 3}) REQUIRE(queue.try_push(int{value}));
  for (int value : {1, 2, 3}) CHECK(queue.try_pop() == value);
  CHECK(domain.seats() == 1);  // each call took the same seat and gave it back
}

TEST_CASE("destroying a queue of many segments takes no depth of calls", "[lockfree][G7]") {
  hazard_domain<> domain;
  segment_queue<int> queue(domain, 1);
  for (int n = 0; n < 100'000; ++n) (void)queue.try_push(int{n});
  CHECK(queue.try_pop() == 0);
}
