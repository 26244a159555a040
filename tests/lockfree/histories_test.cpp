// What threads saw of a structure, held against what it would answer if they came one at a time.
#include <cstddef>
#include <cstdint>
#include <memory>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <sluice/lockfree/work_stealing_deque.hpp>
#include <tests/support/deque_hands.hpp>
#include <tests/support/jittery_atomics.hpp>
#include <tests/support/numbers.hpp>
#include <tests/support/recorded_histories.hpp>
#include <tests/support/stress_kits.hpp>
#include <tests/support/strict_atomics.hpp>

using namespace sluice;
using atomics = support::jittery<support::strict_atomics>;

TEMPLATE_TEST_CASE("histories of threads that stumble amid operations are linearizable",
                   "[lockfree][threads][D1][D5]", SLUICE_STRESSED_CLAIMS) {
  constexpr unsigned histories = 8;
  constexpr std::size_t capacity = 4;
  auto const report = support::judge_histories(
      {.threads = TestType::threads,
       .calls_each = support::effort(300U),
       .histories = histories,
       .allowed = TestType::allowed},
      TestType::model(capacity), [] { return TestType::template make<atomics>(capacity); },
      [](auto& container, unsigned, auto const& call) { return support::perform(container, call); });
  INFO(report.first_failure);
  CHECK(report.linearizable == histories);
  CHECK(report.overlapping >= report.met);
}

TEST_CASE("histories of an owner and thieves that stumble are linearizable",
          "[lockfree][threads][D1][D2]") {
  constexpr unsigned histories = 8;
  auto const report = support::judge_histories(
      {.threads = 3, .calls_each = support::effort(300U), .histories = histories},
      model::deque_spec(),
      [] { return std::make_unique<work_stealing_deque<std::uint64_t, atomics>>(1); },
      [](auto& deque, unsigned, auto const& call) { return support::perform(deque, call); });
  INFO(report.first_failure);
  CHECK(report.linearizable == histories);
  CHECK(report.overlapping >= report.met);
}

TEMPLATE_TEST_CASE("histories of a number that threads change are linearizable",
                   "[lockfree][threads][N4]", SLUICE_EVERY_NUMBER) {
  constexpr unsigned histories = 8;
  auto const report = support::judge_histories(
      {.calls_each = support::effort(300U), .histories = histories}, model::register_spec(),
      [] { return std::make_unique<typename TestType::template number<atomics>>(); },
      [](auto& number, unsigned, auto const& call) { return support::perform(number, call); });
  INFO(report.first_failure);
  CHECK(report.linearizable == histories);
  CHECK(report.overlapping >= report.met);
}
