#include <cstdint>
#include <memory>

#include <catch2/catch_test_macros.hpp>

#include <sluice/lockfree/work_stealing_deque.hpp>
#include <tests/support/deque_hands.hpp>
#include <tests/support/jittery_atomics.hpp>
#include <tests/support/recorded_histories.hpp>
#include <tests/support/stress.hpp>
#include <tests/support/strict_atomics.hpp>

using namespace sluice;
using support::strict_atomics;

namespace {

template <class Atomics>
using deque_of = work_stealing_deque<std::uint64_t, Atomics>;

}  // namespace

TEST_CASE("a hundred million operations of an owner and three thieves lose no item and double none",
          "[lockfree][stress][threads][D2]") {
  constexpr unsigned threads = 4;
  constexpr support::roles owner_and_thieves{.give = 1U};
  deque_of<std_atomics> deque(2);
  auto const seen = support::pass_through(
      threads, support::stress_operations, owner_and_thieves,
      [&](unsigned who) { return support::deque_hand(deque, who); });
  CHECK(seen.in == seen.out);
  CHECK(seen.in.count + seen.out.count >= support::stress_operations);
}

TEST_CASE("long histories of an owner and thieves that stumble are linearizable, growth included",
          "[lockfree][stress][threads][D1][D2]") {
  constexpr unsigned histories = support::full_size(200U);
  auto const before = strict_atomics::alive();
  auto const report = support::judge_histories(
      {.threads = 3, .calls_each = 400, .histories = histories}, model::deque_spec(),
      [] { return std::make_unique<deque_of<support::jittery<strict_atomics>>>(1); },
      [](auto& deque, unsigned, auto const& call) { return support::perform(deque, call); });
  INFO(report.first_failure);
  CHECK(report.linearizable == histories);
  CHECK(report.overlapping >= report.met);
  CHECK(strict_atomics::alive() == before);
}
