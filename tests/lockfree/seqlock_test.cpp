#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <type_traits>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <sluice/atomics/counting_atomics.hpp>
#include <sluice/base/cache_line.hpp>
#include <sluice/lockfree/seqlock.hpp>
#include <tests/support/thread_crew.hpp>

using namespace sluice;

namespace {

/// Of a size that is no multiple of a word, with padding, and without a value to begin with.
struct reading {
  reading() = delete;
  reading(std::uint64_t of, std::uint8_t quality) : value(of), flag(quality), copy(of) {}
  std::uint64_t value;
  std::uint8_t flag;
  std::uint64_t copy;
  char unit[3] = {'m', 'm', '\0'};
};

using line = std::array<std::uint64_t, 8>;

auto is_whole(line const& words) -> bool {
  for (auto word : words)
    if (word != words[0]) return false;
  return true;
}

/// Lets something else happen just before one of the loads: what another thread might do there.
struct interrupted : std_atomics {
  static inline std::function<void()> meanwhile;
  static inline int loads_before = -1;

  template <class T>
  class atomic : public std::atomic<T> {
   public:
    using std::atomic<T>::atomic;
    auto load(std::memory_order order = seq_cst) const noexcept -> T {
      if (loads_before >= 0 && loads_before-- == 0) meanwhile();
      return std::atomic<T>::load(order);
    }
  };
};

}  // namespace

TEMPLATE_TEST_CASE("a seqlock gives back what was put in last", "[lockfree][N4]", std_atomics,
                   counting_atomics) {
  seqlock<reading, TestType> held{reading{1, 2}};
  CHECK(held.load().value == 1);
  held.store(reading{3, 4});
  auto const got = held.load();
  CHECK(got.value == 3);
  CHECK(got.flag == 4);
  CHECK(got.copy == 3);
  CHECK(got.unit[1] == 'm');
  held.update([](reading& r) { r.copy = r.value + 5; });
  CHECK(held.load().copy == 8);
  CHECK(held.try_load().has_value());
}

TEST_CASE("small values, and those that fill words, come back whole", "[lockfree][N4]") {
  CHECK(seqlock<char>{'x'}.load() == 'x');
  CHECK(seqlock<bool>{true}.load());
  CHECK(seqlock<double>{0.5}.load() == 0.5);
  CHECK(seqlock<line>{line{1, 2, 3, 4, 5, 6, 7, 8}}.load() == line{1, 2, 3, 4, 5, 6, 7, 8});
  using odd = std::array<std::uint8_t, 17>;
  odd bytes;
  for (std::uint8_t at = 0; at < 17; ++at) bytes[at] = static_cast<std::uint8_t>(200 + at);
  CHECK(seqlock<odd>{bytes}.load() == bytes);
}

TEST_CASE("a reader that meets a writer at work gets nothing", "[lockfree][N4]") {
  seqlock<int> held{1};
  held.update([&](int& value) {
    CHECK_FALSE(held.try_load().has_value());
    value = 2;
  });
  CHECK(held.try_load() == 2);
}

TEST_CASE("a writer that comes between any two steps of a reader is noticed", "[lockfree][N4]") {
  constexpr int steps = 1 + 8 + 1;  // a look at the sequence, the words, another look
  for (int step = 0; step < steps; ++step) {
    seqlock<line, interrupted> held{line{}};
    line later;
    later.fill(7);
    interrupted::meanwhile = [&] { held.store(later); };
    interrupted::loads_before = step;
    auto const got = held.try_load();
    CHECK(interrupted::loads_before == -1);
    CHECK(got == (step == 0 ? std::optional(later) : std::nullopt));
    CHECK(held.try_load() == later);
  }
}

TEST_CASE("a change that throws changes nothing and lets others in", "[lockfree][N4]") {
  seqlock<int> held{1};
  CHECK_THROWS_AS(held.update([](int& value) {
    value = 2;
    throw std::runtime_error("no");
  }),
                  std::runtime_error);
  CHECK(held.try_load() == 1);
  held.store(3);
  CHECK(held.load() == 3);
}

TEST_CASE("seqlocks side by side do not share a line", "[lockfree][N5]") {
  CHECK(alignof(seqlock<int>) == cache_line);
  CHECK(sizeof(seqlock<int>) == cache_line);
}

TEST_CASE("readers never see parts of two writings, nor an earlier one after a later",
          "[lockfree][threads][N4]") {
  constexpr auto writings = support::effort(std::uint64_t{200000});
  seqlock<line> held{line{}};
  std::atomic<unsigned> writing{1};
  std::array<std::uint64_t, 2> torn{};
  std::array<std::uint64_t, 2> backwards{};
  support::run_together(3, [&](unsigned who) {
    if (who == 2) {
      for (std::uint64_t n = 1; n <= writings; ++n) {
        line words;
        words.fill(n);
        held.store(words);
      }
      --writing;
    } else {
      for (std::uint64_t last = 0; writing > 0;) {
        auto const words = held.load();
        if (!is_whole(words)) ++torn[who];
        if (words[0] < last) ++backwards[who];
        last = words[0];
      }
    }
  });
  CHECK(torn == std::array<std::uint64_t, 2>{});
  CHECK(backwards == std::array<std::uint64_t, 2>{});
  CHECK(held.load()[7] == writings);
}

TEST_CASE("writers that change the value in place lose no change", "[lockfree][threads][N4]") {
  constexpr auto each = support::effort(std::uint64_t{5000});
  seqlock<line> held{line{}};
  support::run_together(3, [&](unsigned) {
    for (std::uint64_t n = 0; n < each; ++n)
      held.update([&](line& words) {
        if (n % 64 == 0) std_atomics::yield();  // others come to the door
        for (auto& word : words) ++word;
      });
  });
  CHECK(is_whole(held.load()));
  CHECK(held.load()[0] == 3 * each);
}
