#include <array>
#include <cstdint>
#include <memory>

#include <catch2/catch_test_macros.hpp>

#include <sluice/base/random.hpp>
#include <sluice/lockfree/state_machine.hpp>
#include <tests/support/jittery_atomics.hpp>
#include <tests/support/recorded_histories.hpp>
#include <tests/support/stress.hpp>
#include <tests/support/thread_crew.hpp>

using namespace sluice;

namespace {

enum class light : std::uint8_t { red, green, amber, off };
constexpr std::size_t lights = 4;

/// Round and round, and from any of them to off and back to red. Red to amber there is no way.
constexpr std::array<transition<light>, 7> ways{{{light::red, light::green},
                                                 {light::green, light::amber},
                                                 {light::amber, light::red},
                                                 {light::red, light::off},
                                                 {light::green, light::off},
                                                 {light::amber, light::off},
                                                 {light::off, light::red}}};

/// How often each state was entered and left.
struct traffic {
  std::array<std::uint64_t, lights> entered{};
  std::array<std::uint64_t, lights> left{};
  std::uint64_t illegal = 0;
  std::uint64_t forbidden = 0;  ///< moves that were made and are in no table
};

}  // namespace

TEST_CASE("a hundred million moves by threads enter each state as often as they leave it",
          "[lockfree][stress][threads]") {
  constexpr unsigned threads = 4;
  state_machine<light> state(light::red, ways);
  std::array<traffic, threads> crew;
  support::run_together(threads, [&](unsigned who) {
    random_source chance(who);
    traffic seen;
    for (std::uint64_t left = support::stress_operations / threads; left > 0; --left) {
      auto const from = static_cast<light>(chance.below(lights));
      auto const to = static_cast<light>(chance.below(lights));
      switch (state.try_move(from, to)) {
        case move_result::moved:
          ++seen.left[static_cast<std::size_t>(from)];
          ++seen.entered[static_cast<std::size_t>(to)];
          seen.forbidden += state.allows(from, to) ? 0 : 1;
          break;
        case move_result::illegal: ++seen.illegal; break;
        case move_result::elsewhere: break;
      }
    }
    crew[who] = seen;
  });
  traffic sum;
  for (auto const& one : crew) {
    for (std::size_t at = 0; at < lights; ++at) {
      sum.entered[at] += one.entered[at];
      sum.left[at] += one.left[at];
    }
    sum.illegal += one.illegal;
    sum.forbidden += one.forbidden;
  }
  sum.entered[static_cast<std::size_t>(light::red)] += 1;  // it began there
  sum.left[static_cast<std::size_t>(state.current())] += 1;  // and has yet to leave
  CHECK(sum.entered == sum.left);
  CHECK(sum.forbidden == 0);
  CHECK(sum.illegal == state.refused());
  CHECK(sum.entered[static_cast<std::size_t>(light::off)] > 0);
}

TEST_CASE("long histories of a state machine are linearizable", "[lockfree][stress][threads]") {
  // A machine is a register that is swapped by comparing; a map with one key says just what it answers.
  using machine = state_machine<light, support::jittery<>>;
  using spec = model::map_spec;
  constexpr unsigned histories = support::full_size(200U);
  spec model(1);
  REQUIRE(model.apply(spec::store(0, static_cast<std::int64_t>(light::red))));
  auto const report = support::judge_histories(
      {.calls_each = 300, .histories = histories}, model,
      [] { return std::make_unique<machine>(light::red, ways); },
      [](auto& state, unsigned, auto const& call) {
        if (call.what == model::map_call::verb::load)
          return spec::load(0, static_cast<std::int64_t>(state.current()));
        auto const& way = ways[static_cast<std::size_t>(call.value + call.expected) % ways.size()];
        auto const moved = state.try_move(way.from, way.to) == move_result::moved;
        return spec::compare_and_swap(0, static_cast<std::int64_t>(way.from),
                                      static_cast<std::int64_t>(way.to), moved);
      });
  INFO(report.first_failure);
  CHECK(report.linearizable == histories);
  CHECK(report.overlapping >= report.met);
}
