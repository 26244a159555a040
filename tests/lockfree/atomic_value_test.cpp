#include <array>
#include <atomic>
#include <cstdint>
#include <limits>
#include <new>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <sluice/lockfree/atomic_aliases.hpp>
#include <sluice/lockfree/atomic_value.hpp>
#include <sluice/reclaim/epoch_domain.hpp>
#include <sluice/reclaim/leaky.hpp>
#include <tests/support/strict_atomics.hpp>
#include <tests/support/thread_crew.hpp>

using namespace sluice;
using support::strict_atomics;

namespace {

/// A value that counts itself, and throws when it is copied more often than it may be.
class fragile {
 public:
  explicit fragile(int value) : value_(value) { ++alive; }
  fragile(fragile const& other) : value_(other.value_) {
    if (copies_left == 0) throw std::runtime_error("a copy threw");
    if (copies_left > 0) --copies_left;
    ++copies;
    ++alive;
  }
  fragile(fragile&& other) noexcept : value_(other.value_) { ++alive; }
  ~fragile() { --alive; }
  [[nodiscard]] auto value() const noexcept -> int { return value_; }

  static inline int copies_left = -1;  ///< negative: as many as one likes
  static inline int copies = 0;
  static inline std::atomic<int> alive{0};

 private:
  int value_;
};

struct in_hazard_domain {
  template <class T>
  using value = atomic_value<T>;
};
struct in_leaky_domain {
  template <class T>
  using value = atomic_value<T, leaky_domain>;
};
struct in_epochs {
  template <class T>
  using value = atomic_value<T, epoch_domain>;
};
struct with_strict_memory {
  template <class T>
  using value = atomic_value<T, hazard_domain, strict_atomics>;
};

}  // namespace

#define EVERY_ATOMIC_VALUE in_hazard_domain, in_epochs, in_leaky_domain, with_strict_memory

TEMPLATE_TEST_CASE("an atomic value holds what was put in last", "[lockfree][N4]", EVERY_ATOMIC_VALUE) {
  typename TestType::template value<std::string> value{"first, and too long for the string itself"};
  CHECK(value.load() == "first, and too long for the string itself");
  value.store("second");
  CHECK(value.read([](std::string const& s) { return s.size(); }) == 6);
  CHECK(value.exchange("third") == "second");
  value.update([](std::string const& s) { return s + ", and a bit"; });
  CHECK(value.load() == "third, and a bit");
}

TEST_CASE("an atomic value begins with a value", "[lockfree][N4]") {
  CHECK_FALSE(std::is_default_constructible_v<atomic_value<int>>);
  CHECK(atomic_value<int>{7}.load() == 7);
}

TEST_CASE("reading without a copy copies nothing", "[lockfree]") {
  atomic_value<fragile> value{fragile{3}};
  fragile::copies = 0;
  CHECK(value.read([](fragile const& f) { return f.value(); }) == 3);
  value.read([](fragile const&) {});
  CHECK(fragile::copies == 0);
  CHECK(value.load().value() == 3);
  CHECK(fragile::copies == 1);
}

TEST_CASE("a read may read other values, and the same one again", "[lockfree]") {
  atomic_value<int> one{1};
  atomic_value<int> two{2};
  CHECK(one.read([&](int a) {
    return two.read([&](int b) {
      one.store(10);  // the reader goes on with what it has
      return 100 * a + 10 * b + one.load() / 10;
    });
  }) == 121);
}

TEMPLATE_TEST_CASE("every value that was put in is destroyed once", "[lockfree][D4]",
                   EVERY_ATOMIC_VALUE) {
  auto const before = fragile::alive.load();
  {
    typename TestType::template value<fragile>::domain_type domain;
    {
      typename TestType::template value<fragile> value{domain, fragile{1}};
      for (int n = 2; n < 10; ++n) value.store(fragile{n});
      CHECK(value.exchange(fragile{10}).value() == 9);
      value.update([](fragile const& f) { return fragile{f.value() + 1}; });
      CHECK(value.load().value() == 11);
    }
    CHECK(domain.census().alive() == domain.census().pending());
  }
  CHECK(fragile::alive == before);
}

TEMPLATE_TEST_CASE("a copy that throws leaves the value as it was", "[lockfree][N4]",
                   EVERY_ATOMIC_VALUE) {
  auto const before = fragile::alive.load();
  {
    typename TestType::template value<fragile>::domain_type domain;
    typename TestType::template value<fragile> value{domain, fragile{1}};
    fragile::copies_left = 0;
    CHECK_THROWS_AS(value.load(), std::runtime_error);
    CHECK_THROWS_AS(value.exchange(fragile{2}), std::runtime_error);
    CHECK_THROWS_AS(value.update([](fragile const& f) { return f; }), std::runtime_error);
    fragile::copies_left = -1;
    CHECK_THROWS_AS(value.update([](fragile const&) -> fragile { throw std::logic_error("no"); }),
                    std::logic_error);
    CHECK_THROWS_AS(value.read([](fragile const&) { throw std::logic_error("no"); }), std::logic_error);
    CHECK(value.load().value() == 1);
    CHECK(domain.census().alive() == 1);  // nothing is left of what did not come in
    value.store(fragile{3});
    CHECK(value.load().value() == 3);
  }
  CHECK(fragile::alive == before);
}

TEST_CASE("where no memory is left the value stays", "[lockfree][G9]") {
  auto const before = fragile::alive.load();
  {
    hazard_domain<strict_atomics> domain;
    atomic_value<fragile, hazard_domain, strict_atomics> value{domain, fragile{1}};
    auto me = domain.join();
    strict_atomics::fail_after(0);
    CHECK_THROWS_AS(value.store(me, fragile{2}), std::bad_alloc);
    strict_atomics::fail_after(0);
    CHECK_THROWS_AS(value.exchange(me, fragile{3}), std::bad_alloc);
    strict_atomics::fail_after(0);
    CHECK_THROWS_AS(value.update(me, [](fragile const&) { return fragile{4}; }), std::bad_alloc);
    CHECK(value.load(me).value() == 1);
  }
  CHECK(fragile::alive == before);
}

TEMPLATE_TEST_CASE("readers never see a torn value, nor an earlier one after a later",
                   "[lockfree][threads][N4][D5]", EVERY_ATOMIC_VALUE) {
  using words = std::array<std::uint64_t, 6>;
  constexpr auto stores = support::effort(std::uint64_t{30000});
  typename TestType::template value<words>::domain_type domain;
  typename TestType::template value<words> value{domain, words{}};
  std::atomic<unsigned> storing{1};
  std::array<std::uint64_t, 2> wrong{};
  support::run_together(3, [&](unsigned who) {
    auto me = domain.join();
    if (who == 2) {
      for (std::uint64_t n = 1; n <= stores; ++n) {
        words next;
        next.fill(n);
        value.store(me, next);
      }
      --storing;
    } else {
      for (std::uint64_t last = 0; storing > 0;) {
        auto const seen = value.load(me);
        for (auto word : seen)
          if (word != seen[0]) ++wrong[who];
        if (seen[0] < last) ++wrong[who];
        last = seen[0];
      }
    }
  });
  CHECK(wrong == std::array<std::uint64_t, 2>{});
  CHECK(value.load()[5] == stores);
}

TEMPLATE_TEST_CASE("what exchanges return, and the last value, are all that was put in, each once",
                   "[lockfree][threads][N4]", EVERY_ATOMIC_VALUE) {
  constexpr auto each = support::effort(std::size_t{10000});
  constexpr unsigned threads = 3;
  typename TestType::template value<std::size_t> value{0};
  std::vector<std::vector<std::size_t>> returned(threads);
  support::run_together(threads, [&](unsigned who) {
    for (std::size_t n = 0; n < each; ++n)
      returned[who].push_back(value.exchange(1 + n * threads + who));
  });
  std::vector<unsigned> times(1 + threads * each);
  for (auto const& mine : returned)
    for (auto each_value : mine) ++times[each_value];
  ++times[value.load()];
  std::size_t wrong = 0;
  for (auto t : times)
    if (t != 1) ++wrong;
  CHECK(wrong == 0);
}

TEMPLATE_TEST_CASE("updates by many threads are all made", "[lockfree][threads][N4]",
                   EVERY_ATOMIC_VALUE) {
  constexpr auto each = support::effort(std::uint64_t{10000});
  typename TestType::template value<std::uint64_t>::domain_type domain;
  typename TestType::template value<std::uint64_t> value{domain, 0};
  support::run_together(3, [&](unsigned) {
    auto me = domain.join();
    for (std::uint64_t n = 0; n < each; ++n)
      value.update(me, [](std::uint64_t seen) { return seen + 1; });
  });
  CHECK(value.load() == 3 * each);
}

TEST_CASE("the plain atomics have names, and the strictest order unless told otherwise",
          "[lockfree][N1][N2][N3]") {
  atomic_bool_value flag{false};
  CHECK_FALSE(flag.exchange(true));
  atomic_int32 small{std::numeric_limits<std::int32_t>::max()};
  CHECK(small.fetch_add(1) == std::numeric_limits<std::int32_t>::max());
  CHECK(small.load() == std::numeric_limits<std::int32_t>::min());
  atomic_int64 signed_number{-1};
  CHECK(signed_number.fetch_add(2, relaxed) == -1);
  atomic_uint32 number{1};
  CHECK(number.fetch_sub(2) == 1);
  CHECK(number.load() == std::numeric_limits<std::uint32_t>::max());
  atomic_uint64 wide{6};
  CHECK(wide.fetch_and(3) == 6);
  atomic_uintptr address{1};
  CHECK(address.fetch_or(2) == 1);
  int one = 1;
  int two = 2;
  atomic_pointer<int> pointer{&one};
  int* expected = &two;
  CHECK_FALSE(pointer.compare_exchange_strong(expected, nullptr));
  CHECK(expected == &one);
  CHECK(pointer.load() == &one);
  CHECK(std::is_same_v<atomic_pointer<int, strict_atomics>, strict_atomics::atomic<int*>>);
}
