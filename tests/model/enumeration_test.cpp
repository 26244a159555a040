#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <cstddef>
#include <iterator>
#include <string_view>

#include <sluice/model/litmus.hpp>
#include <tests/support/check_small_programs.hpp>
#include <tests/support/effort.hpp>
#include <tests/support/litmus_rows.hpp>
#include <tests/support/planted.hpp>

using namespace sluice;
namespace small = support::small;

// The other opinion: an enumerator that tries every reads-from and every modification order, and keeps
// what the text of the standard accepts. It knows nothing of the engine.

TEST_CASE("the axioms alone give each litmus row its executions, outcomes and races", "[model][litmus]") {
  for (auto const& row : support::litmus_rows) {
    auto const found = small::enumerate(small::program_of(model::litmus::parse(row.program)));
    INFO(row.number << " " << row.name << ": " << row.program << "\n" << small::text(found));
    CHECK(found.executions + found.racing == row.executions);
    CHECK((found.racing > 0) == row.races);
    model::litmus_result as_outcomes;
    as_outcomes.outcomes = found.outcomes;
    CHECK(as_outcomes.allows(row.weak) == row.reachable);
  }
}

TEST_CASE("what litmus tests come to in the checker is what the axioms allow, outcome by outcome", "[model][litmus]") {
  SLUICE_NEEDS_FIBERS();
  for (auto const& row : support::litmus_rows) {
    if (row.races) continue;
    auto const test = model::litmus::parse(row.program);
    INFO(row.number << " " << row.name << ": " << row.program);
    CHECK(model::run(test).outcomes == small::enumerate(small::program_of(test)).outcomes);
  }
}

TEST_CASE("the checker visits each execution of a random program once, and no other", "[model]") {
  SLUICE_NEEDS_FIBERS();
  auto const how = static_cast<small::style>(GENERATE(range(std::size_t{0}, small::styles)));
  constexpr unsigned programs = support::sanitized ? 100 : 1'000;
  auto const all = small::check_series(how, 1, programs, 7);
  CHECK(all.executions > programs);
  if (how == small::style::waiting) CHECK(all.stuck > programs / 10);
  if (how == small::style::plain_memory) CHECK(all.racing_programs > programs / 10);
}

TEST_CASE("four threads and eight operations on one location are visited exactly", "[model]") {
  SLUICE_NEEDS_FIBERS();
  constexpr unsigned programs = support::sanitized ? 8 : 40;
  for (auto const how : {small::style::one_location, small::style::chains, small::style::seq_cst})
    CHECK(small::check_series(how, 1'000'000, programs, 8).executions > 25 * programs);
}

// ---- what the litmus language has no words for, counted by hand

namespace {

constexpr auto rlx = std::memory_order_relaxed;

auto compared(int expected, int value, std::int8_t into, std::int8_t guard = -1, int guarded_by = 0) -> small::operation {
  return {small::verb::compare_exchange, 0, true, rlx, rlx, -1, into, value, expected, guard, guarded_by};
}
auto of(small::verb what, std::uint8_t place = 0) -> small::operation {
  return {what, place, true, rlx, rlx, -1, -1, 1, 1, -1, 0};
}

struct counted {
  std::string_view what;
  small::program program;
  std::uint64_t executions;
  std::uint64_t stuck;
};

}  // namespace

TEST_CASE("compare-exchanges, mutexes, parkers and loops have the executions that one counts by hand", "[model]") {
  SLUICE_NEEDS_FIBERS();
  using enum small::verb;
  small::program one;
  counted const table[] = {
      // One wins; the other fails and finds 1, having come too late, or cannot have come before.
      {"two want to be the first", {{{compared(0, 1, 0)}, {compared(0, 2, 1)}}}, 2, 0},
      // Six orders of who wins and who reads the winner: the losers read nothing else.
      {"three want to be the first", {{{compared(0, 1, 0)}, {compared(0, 2, 1)}, {compared(0, 3, 2)}}}, 3, 0},
      // 0->1 comes first or never; 1->2 comes behind it, or fails at 0. It fails at 0 once, and
      // succeeds once; it cannot find 2.
      {"one after the other", {{{compared(0, 1, 0)}, {compared(1, 2, 1)}}}, 2, 0},
      // Lost once, it tries again with what it found: both succeed in either order.
      {"a retry", {{{compared(0, 1, 0)}, {compared(0, 2, 1), compared(1, 2, 2, 1, 1)}}}, 2, 0},
      {"two in a mutex", {{{of(lock), of(unlock)}, {of(lock), of(unlock)}}}, 2, 0},
      {"three in a mutex", {{{of(lock), of(unlock)}, {of(lock), of(unlock)}, {of(lock), of(unlock)}}}, 6, 0},
      // In either order; or each holds one.
      {"two mutexes the wrong way round",
       {{{of(lock, 0), of(lock, 1), of(unlock, 1), of(unlock, 0)}, {of(lock, 1), of(lock, 0), of(unlock, 0), of(unlock, 1)}}}, 2, 1},
      {"a token", {{{of(park)}, {of(unpark)}}}, 1, 0},
      // Two tokens make one, or two if the sleeper wakes in between.
      {"two tokens", {{{of(park), of(park)}, {of(unpark), of(unpark)}}}, 1, 1},
      {"no token", {{{of(park)}}}, 0, 1},
      // It wakes, or gives up before the token or in spite of it.
      {"a token that need not be waited for", {{{of(park_for)}, {of(unpark)}}}, 2, 0},
      // It sees the store at once or in the second round.
      {"a loop", {{{of(spin)}, {of(store)}}}, 2, 0},
      {"a loop without an end", {{{of(spin)}}}, 0, 1},
      {"two loops that wait for each other", {{{of(spin, 0), of(store, 1)}, {of(spin, 1), of(store, 0)}}}, 0, 1},
  };
  for (auto const& each : table) {
    INFO(each.what << ": " << small::text(each.program));
    model::report explored;
    auto const visited = small::run_in_checker(each.program, explored);
    auto const allowed = small::enumerate(each.program);
    CHECK(visited.executions == each.executions);
    CHECK(visited.stuck == each.stuck);
    CHECK(allowed.executions == each.executions);
    CHECK(allowed.stuck == each.stuck);
    CHECK(explored.complete);
  }
}
