#include <catch2/catch_test_macros.hpp>

#include <sluice/atomics/orders.hpp>
#include <sluice/model/explore.hpp>
#include <sluice/platform/fiber.hpp>

using namespace sluice;
using model::atomics;

namespace {

using fence = void (*)();
void light() { atomics::light_fence(); }
void heavy() { atomics::heavy_fence(); }
void strong() { atomics::fence(seq_cst); }
void nothing() {}

/// Whether two threads that each write, fence, and read what the other one writes, may both have missed it.
auto both_may_miss(fence one, fence other) -> bool {
  bool missed = false;
  auto const seen = model::explore([&](model::execution& run) {
    atomics::atomic<int> x{0}, y{0};
    int first = 0, second = 0;
    run.thread([&] {
      x.store(1, relaxed);
      one();
      first = y.load(relaxed);
    });
    run.thread([&] {
      y.store(1, relaxed);
      other();
      second = x.load(relaxed);
    });
    run.join();
    if (first == 0 && second == 0) missed = true;
  });
  REQUIRE(seen.complete);
  return missed;
}

}  // namespace

TEST_CASE("of two asymmetric fences one has to be heavy", "[model]") {
  if (!platform::has_fibers) SKIP("this build has no fibers");
  CHECK_FALSE(both_may_miss(light, heavy));
  CHECK_FALSE(both_may_miss(heavy, light));
  CHECK_FALSE(both_may_miss(heavy, heavy));
  CHECK_FALSE(both_may_miss(heavy, strong));
  CHECK(both_may_miss(light, light));
  CHECK(both_may_miss(light, strong));
  CHECK(both_may_miss(heavy, nothing));
}

TEST_CASE("a light fence does not hide the fences before it", "[model]") {
  if (!platform::has_fibers) SKIP("this build has no fibers");
  CHECK_FALSE(both_may_miss([] { strong(), light(); }, strong));
  CHECK_FALSE(both_may_miss([] { light(), strong(); }, [] { strong(), light(); }));
  CHECK_FALSE(both_may_miss([] { heavy(), light(); }, light));
  CHECK_FALSE(both_may_miss([] { heavy(), strong(); }, light));
  CHECK_FALSE(both_may_miss(light, [] { heavy(), strong(); }));
  CHECK_FALSE(both_may_miss([] { strong(), heavy(); }, light));
}
