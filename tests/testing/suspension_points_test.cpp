// Every suspension point of every room, cancelled once, destroyed once, and shaken in other ways.
#include <algorithm>
#include <cstdio>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/testing/for_each_seed.hpp>
#include <tests/support/effort.hpp>
#include <tests/support/failing_new.hpp>
#include <tests/testing/room_programs.hpp>

using namespace sluice;
using support::room_programs;
using support::rough;
using testing::fault_kind;

namespace {

/// Plants `what` everywhere in every program, under a few seeds; how many places there were, by program.
auto shake(fault_kind what, rough how, testing::trial_options const& options = {}) -> std::string {
  std::string list;
  for (auto const& each : room_programs()) {
    if (each.orderly && how == rough::yes) continue;
    INFO(each.name);
    auto const report = testing::for_each_fault(what, support::full_size(4) + 1, options,
                                                [&](testing::trial& t) { each.run(t, how); });
    INFO(report.text);
    CHECK(report.passed());
    CHECK(report.fault_points > 0);
    list += (list.empty() ? "" : ", ") + each.name + " " + std::to_string(report.fault_points);
  }
  return list;
}

}  // namespace

TEST_CASE("a context that ends at any suspension point ends every wait, and nothing stays behind",
          "[testing][G2][G3][C19][X16]") {
  auto const points = shake(fault_kind::cancel, rough::no);
  std::printf("suspension points cancelled: %s\n", points.c_str());
}

TEST_CASE("a task destroyed at any suspension point unwinds, and nobody is held up by it",
          "[testing][G2][G3][C19]") {
  auto const points = shake(fault_kind::destruction, rough::yes);
  std::printf("suspension points destroyed: %s\n", points.c_str());
}

TEST_CASE("a task destroyed when it is about to go on gives back what it was granted",
          "[testing][G2][C19][M5]") {
  (void)shake(fault_kind::resumption, rough::yes);
}

TEST_CASE("whatever allocation of a program fails, nothing is half started", "[testing][G3][G9]") {
  support::skip_unless_allocations_fail();
  (void)shake(fault_kind::allocation, rough::yes);
}

TEST_CASE("a wake-up may come late anywhere", "[testing][G6]") {
  (void)shake(fault_kind::late_wake_up, rough::no);
}

TEST_CASE("the clock may jump anywhere", "[testing][T1]") {
  (void)shake(fault_kind::clock_jump, rough::no, {.plant = {.jump = {0, duration{1'500'000}}}});
}

TEST_CASE("every program of the list passes in many schedules", "[testing][G3][G4]") {
  auto const& each = room_programs()[GENERATE(range(std::size_t{0}, std::size_t{29}))];
  REQUIRE(room_programs().size() == 30);
  INFO(each.name);
  auto const run = [&](testing::trial& t) { each.run(t, rough::no); };
  auto const report = testing::for_each_seed(support::full_size(200), {.workers = 3}, run);
  INFO(report.text);
  CHECK(report.passed());
}
