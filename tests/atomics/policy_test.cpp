#include <array>
#include <atomic>
#include <cstdint>
#include <limits>
#include <set>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <sluice/atomics/backoff.hpp>
#include <sluice/atomics/counting_atomics.hpp>
#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/policy.hpp>
#include <sluice/base/cache_line.hpp>
#include <tests/support/strict_atomics.hpp>
#include <tests/support/thread_crew.hpp>

using namespace sluice;

namespace {

struct alignas(4 * cache_line) wide {
  int value = 3;
};

struct watching : std_atomics {
  static inline int spins = 0;
  static inline int yields = 0;
  static void spin_hint() noexcept { ++spins; }
  static void yield() noexcept { ++yields; }
};

struct personal {
  static inline std::atomic<int> alive{0};
  personal() { ++alive; }
  ~personal() { --alive; }
  int visits = 0;
};

}  // namespace

TEMPLATE_TEST_CASE("an atomic of every policy returns old values and wraps", "[atomics][N1]",
                   std_atomics, counting_atomics, support::strict_atomics) {
  typename TestType::template atomic<std::uint32_t> number{std::numeric_limits<std::uint32_t>::max()};
  CHECK(number.fetch_add(2) == std::numeric_limits<std::uint32_t>::max());
  CHECK(number.load() == 1);
  CHECK(number.fetch_sub(2, relaxed) == 1);
  CHECK(number.fetch_and(0xf0, acq_rel) == std::numeric_limits<std::uint32_t>::max());
  CHECK(number.fetch_or(0x0f) == 0xf0);
  CHECK(number.fetch_xor(0xff) == 0xff);
  CHECK(number.load(acquire) == 0);
  CHECK(number.exchange(7, seq_cst) == 0);
}

TEMPLATE_TEST_CASE("an exchange that fails leaves the object alone and delivers the value seen",
                   "[atomics][N3]", std_atomics, counting_atomics, support::strict_atomics) {
  typename TestType::template atomic<int> number{5};
  int expected = 4;
  CHECK_FALSE(number.compare_exchange_strong(expected, 9));
  CHECK(expected == 5);
  CHECK(number.load() == 5);
  CHECK(number.compare_exchange_strong(expected, 9, acq_rel, relaxed));
  CHECK(number.load() == 9);
}

TEMPLATE_TEST_CASE("a cell begins with a value and hands out what its closure returns", "[atomics]",
                   std_atomics, counting_atomics) {
  typename TestType::template cell<int> cell;
  CHECK(cell.read([](int const& value) { return value; }) == 0);
  cell.write([](int& value) { value = 4; });
  CHECK(cell.write([](int& value) { return value++; }) == 4);
  CHECK(cell.read([](int const& value) { return value; }) == 5);
}

TEMPLATE_TEST_CASE("memory comes aligned, and arrays come with values in them", "[atomics]",
                   std_atomics, counting_atomics, support::strict_atomics) {
  auto* const one = TestType::template allocate<wide>();
  CHECK(reinterpret_cast<std::uintptr_t>(one) % alignof(wide) == 0);
  CHECK(one->value == 3);
  TestType::deallocate(one);
  auto* const many = TestType::template allocate_array<int>(100);
  for (int at = 0; at < 100; ++at) REQUIRE(many[at] == 0);
  TestType::deallocate_array(many, 100);
}

TEST_CASE("each thread has an object of its own, which dies with it", "[atomics][threads]") {
  std::atomic<int> wrong{0};
  support::run_together(3, [&](unsigned) {
    for (int visit = 1; visit <= 10; ++visit)
      if (++std_atomics::per_thread<personal>().visits != visit) ++wrong;
  });
  CHECK(wrong == 0);
  CHECK(personal::alive == 0);
}

TEST_CASE("living threads have different ids", "[atomics][threads]") {
  std::array<std::uintptr_t, 3> ids{};
  std::atomic<unsigned> told{0};
  support::run_together(3, [&](unsigned who) {
    ids[who] = std_atomics::thread_id();
    ++told;
    for (backoff wait; told.load() < 3;) wait();
  });
  CHECK(std::set<std::uintptr_t>(ids.begin(), ids.end()).size() == 3);
}

TEST_CASE("all threads share the object of the program", "[atomics][threads]") {
  struct counter {
    std::atomic<int> value{0};
  };
  support::run_together(3, [](unsigned) { ++std_atomics::per_program<counter>().value; });
  CHECK(std_atomics::per_program<counter>().value == 3);
}

TEST_CASE("counting_atomics counts the exchanges that failed, per thread, and no others",
          "[atomics][threads]") {
  counting_atomics::atomic<int> number{0};
  auto const before = counting_atomics::retries();
  int expected = 0;
  CHECK(number.compare_exchange_strong(expected, 1));
  CHECK(counting_atomics::retries() == before);
  expected = 0;
  CHECK_FALSE(number.compare_exchange_strong(expected, 2));
  expected = 0;
  CHECK_FALSE(number.compare_exchange_weak(expected, 2, acq_rel, relaxed));
  CHECK(counting_atomics::retries() == before + 2);
  number.store(7);
  number = 8;
  CHECK(number.fetch_add(1) == 8);
  CHECK(counting_atomics::retries() == before + 2);

  std::uint64_t elsewhere = 1;
  support::run_together(1, [&](unsigned) { elsewhere = counting_atomics::retries(); });
  CHECK(elsewhere == 0);
}

TEST_CASE("a backoff spins a few rounds, then yields, until it is reset", "[atomics]") {
  watching::spins = watching::yields = 0;
  basic_backoff<watching> wait;
  while (!wait.yielding()) wait();
  CHECK(watching::spins > 0);
  CHECK(watching::spins < 1000);
  CHECK(watching::yields == 0);
  auto const spins = watching::spins;
  wait();
  wait();
  CHECK(watching::spins == spins);
  CHECK(watching::yields == 2);
  wait.reset();
  CHECK_FALSE(wait.yielding());
  wait();
  CHECK(watching::spins == spins + 1);
}
