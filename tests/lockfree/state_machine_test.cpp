#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <atomic>

#include <sluice/lockfree/state_machine.hpp>
#include <tests/support/thread_crew.hpp>

using namespace sluice;

namespace {

enum class job : std::uint8_t { queued, running, done, cancelled };
constexpr transition<job> ways[] = {{job::queued, job::running}, {job::queued, job::cancelled}, {job::running, job::done}};

}  // namespace

TEST_CASE("state_machine goes the ways of its table", "[lockfree][state_machine]") {
  state_machine<job> state{job::queued, ways};
  CHECK(state.current() == job::queued);
  CHECK(state.try_move(job::queued, job::running) == move_result::moved);
  CHECK(state.try_move_to(job::done) == move_result::moved);
  CHECK(state.current() == job::done);
  CHECK(state.refused() == 0);
}

TEST_CASE("state_machine refuses and counts an illegal move, and stays", "[lockfree][state_machine]") {
  state_machine<job> state{job::queued, ways};
  CHECK(state.try_move(job::queued, job::done) == move_result::illegal);
  CHECK(state.try_move_to(job::done) == move_result::illegal);
  CHECK(state.try_move(static_cast<job>(77), job::done) == move_result::illegal);
  CHECK(state.current() == job::queued);
  CHECK(state.refused() == 3);
}

TEST_CASE("a legal move from a state that is not the present one is no fault", "[lockfree][state_machine]") {
  state_machine<job> state{job::queued, ways};
  CHECK(state.try_move(job::running, job::done) == move_result::elsewhere);
  CHECK(state.refused() == 0);
}

TEST_CASE("state_machine takes no state outside of 0 to 63", "[lockfree][state_machine]") {
  enum class wide : int { low = -1, fits = 63, high = 64 };
  using Catch::Matchers::ContainsSubstring;
  constexpr transition<wide> from_high[] = {{wide::high, wide::fits}};
  constexpr transition<wide> to_low[] = {{wide::fits, wide::low}};
  CHECK_THROWS_WITH((state_machine<wide>{wide::fits, from_high}), ContainsSubstring("value 64 is outside 0 to 63"));
  CHECK_THROWS_WITH((state_machine<wide>{wide::fits, to_low}), ContainsSubstring("value -1 is outside 0 to 63"));
  CHECK_THROWS_AS((state_machine<wide>{wide::high, {}}), misuse);
}

TEST_CASE("of many that want the same move one makes it", "[lockfree][state_machine][threads]") {
  for (int round = 0; round < support::effort(200); ++round) {
    state_machine<job> state{job::queued, ways};
    std::atomic<int> moved{0};
    support::run_together(4, [&](unsigned who) {
      auto const to = who % 2 == 0 ? job::running : job::cancelled;
      if (state.try_move(job::queued, to) == move_result::moved) ++moved;
    });
    REQUIRE(moved == 1);
  }
}
