#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/channel/channel.hpp>
#include <sluice/task/when_all.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/sleep.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using Catch::Generators::range;
using testing::deterministic_runtime;

namespace {

template <class T>
auto after(context ctx, duration span, T value) -> task<T> {
  (void)co_await sleep_for(ctx, span);
  co_return value;
}

auto note(context ctx, duration span, std::vector<int>& into, int what) -> task<void> {
  (void)co_await sleep_for(ctx, span);
  into.push_back(what);
}

auto fail(context ctx, duration span, char const* why) -> task<int> {
  (void)co_await sleep_for(ctx, span);
  throw std::runtime_error(why);
}

}  // namespace

TEST_CASE("all run at once, and their values come in the order of the arguments", "[task][G1]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u)), 4};
  std::vector<int> order;
  auto body = [&](context ctx) -> task<void> {
    auto [number, text, none] = co_await when_all(after(ctx, 30ms, 7), after(ctx, 10ms, std::string{"seven"}),
                                                  note(ctx, 20ms, order, 1));
    static_assert(std::is_same_v<decltype(none), std::monostate>);
    CHECK(number == 7);
    CHECK(text == "seven");
    CHECK(order == std::vector{1});
  };
  CHECK(rt.block_on(body(rt.background())).has_value());
  CHECK(rt.now() == instant{30ms});
}

TEST_CASE("the first exception in the order of the arguments is thrown when all have ended", "[task][G1]") {
  deterministic_runtime rt{GENERATE(range(0u, 16u)), 2};
  std::vector<int> order;
  auto body = [&](context ctx) -> task<std::string> {
    try {
      (void)co_await when_all(note(ctx, 50ms, order, 1), fail(ctx, 20ms, "first"), fail(ctx, 10ms, "second"));
    } catch (std::runtime_error const& thrown) {
      CHECK(order == std::vector{1});
      co_return thrown.what();
    }
    co_return "nothing";
  };
  CHECK(rt.block_on(body(rt.background())).value() == "first");
  CHECK(rt.reports().empty());
}

TEST_CASE("as many as there are, none among them", "[task][G1]") {
  deterministic_runtime rt{1};
  auto body = [](context ctx, std::size_t count) -> task<std::size_t> {
    std::vector<task<std::size_t>> bodies;
    for (std::size_t i = 0; i < count; ++i)
      bodies.push_back(after(ctx, duration{static_cast<std::int64_t>(count - i)}, i));
    auto const values = co_await when_all_of(std::move(bodies));
    for (std::size_t i = 0; i < count; ++i) CHECK(values[i] == i);
    co_return values.size();
  };
  CHECK(rt.block_on(body(rt.background(), 0)).value() == 0);
  CHECK(rt.block_on(body(rt.background(), 1000)).value() == 1000);
}

TEST_CASE("what has been moved from is refused, and what was started before it ends first", "[task][G9]") {
  deterministic_runtime rt{1};
  std::vector<int> order;
  auto body = [&](context ctx) -> task<void> {
    auto used = after(ctx, 1ms, 1);
    auto elsewhere = std::move(used);
    CHECK_THROWS_AS(co_await when_all(note(ctx, 10ms, order, 1), std::move(used)), misuse);  // NOLINT
    CHECK(order == std::vector{1});
    CHECK(co_await std::move(elsewhere) == 1);
  };
  CHECK(rt.block_on(body(rt.background())).has_value());
}
