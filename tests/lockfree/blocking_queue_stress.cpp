#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <sluice/lockfree/blocking_queue.hpp>
#include <sluice/lockfree/mpmc_ring.hpp>
#include <sluice/lockfree/ms_queue.hpp>
#include <tests/support/jittery_atomics.hpp>
#include <tests/support/recorded_histories.hpp>
#include <tests/support/stress.hpp>

using namespace sluice;

namespace {

/// Two threads push until their values are in and then close, two pop until nothing will come.
template <class Queue>
auto pass_blocking(Queue& queue, std::uint64_t values) -> support::passage {
  constexpr unsigned side = 2;
  std::vector<support::traveller> crew{support::traveller(0), support::traveller(1),
                                       support::traveller(2), support::traveller(3)};
  std::atomic<unsigned> giving{side};
  support::run_together(2 * side, [&](unsigned who) {
    auto& me = crew[who];
    if (who >= side) {
      while (me.popped(queue.pop_blocking())) {}
      return;
    }
    for (auto left = values / side; left > 0; --left) (void)me.pushed(queue.push_blocking(me.next()).has_value());
    if (giving.fetch_sub(1) == 1) queue.close();
  });
  support::passage sum;
  for (auto const& one : crew) sum += one.seen();
  return sum;
}

}  // namespace

TEST_CASE("a hundred million blocking operations lose no value, and all that wait learn of the end",
          "[lockfree][stress][threads][D1]") {
  blocking_queue<mpmc_ring<std::uint64_t>> queue(1024);
  auto const seen = pass_blocking(queue, support::stress_operations / 2);
  CHECK(seen.in.count == support::stress_operations / 2);
  CHECK(seen.in == seen.out);
  CHECK(seen.disorders == 0);
}

TEST_CASE("blocking queues of two places that are closed again and again lose no value",
          "[lockfree][stress][threads][D1]") {
  for (auto round = support::full_size(400); round > 0; --round) {
    blocking_queue<mpmc_ring<std::uint64_t>> queue(sleep_after{0}, 2U);  // sleeps at once
    auto const seen = pass_blocking(queue, 400);
    REQUIRE(seen.in.count == 400);
    REQUIRE(seen.in == seen.out);
    REQUIRE(seen.disorders == 0);
  }
}

TEST_CASE("long histories of a blocking queue that only tries are linearizable",
          "[lockfree][stress][threads][D1]") {
  using atomics = support::jittery<>;
  using queue_type = blocking_queue<ms_queue<std::uint64_t, hazard_domain, atomics>, atomics>;
  constexpr unsigned histories = support::full_size(200U);
  auto const report = support::judge_histories(
      {.calls_each = 300, .histories = histories}, model::queue_spec(),
      [] { return std::make_unique<queue_type>(); },
      [](auto& queue, unsigned, auto const& call) { return support::perform(queue, call); });
  INFO(report.first_failure);
  CHECK(report.linearizable == histories);
  CHECK(report.overlapping >= report.met);
}
