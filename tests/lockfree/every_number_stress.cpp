// What is true of everything that holds a number for many threads, be it an atomic or behind a lock.
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <sluice/base/random.hpp>
#include <tests/support/jittery_atomics.hpp>
#include <tests/support/numbers.hpp>
#include <tests/support/recorded_histories.hpp>
#include <tests/support/stress.hpp>
#include <tests/support/strict_atomics.hpp>

using namespace sluice;
using support::strict_atomics;

TEMPLATE_TEST_CASE("of a hundred million additions and looks none is lost and none goes back",
                   "[lockfree][stress][threads][N1]", SLUICE_EVERY_NUMBER) {
  constexpr unsigned threads = 4;
  constexpr auto each = support::stress_operations / TestType::share / threads;
  typename TestType::template number<std_atomics> number;
  std::atomic<std::int64_t> added{0};
  std::atomic<std::uint64_t> went_back{0};
  support::run_together(threads, [&](unsigned who) {
    random_source chance(who);
    std::int64_t mine = 0;
    std::int64_t latest = 0;
    std::uint64_t wrong = 0;
    for (std::uint64_t left = each; left > 0; --left) {
      bool const adds = chance.below(4) == 0;
      auto const seen = adds ? number.fetch_add(1) : number.load();
      wrong += seen < latest ? 1 : 0;  // also when it is torn
      latest = seen;
      mine += adds ? 1 : 0;
    }
    added += mine;
    went_back += wrong;
  });
  CHECK(number.load() == added);
  CHECK(went_back == 0);
}

TEMPLATE_TEST_CASE("what exchanges put in comes out of others once, though addresses return at once",
                   "[lockfree][stress][threads][N4][D5]", SLUICE_EVERY_NUMBER) {
  constexpr unsigned threads = 4;
  constexpr auto each = support::full_size(std::uint64_t{500'000});
  typename TestType::template number<strict_atomics> number;
  std::vector<support::traveller> crew;
  for (unsigned who = 0; who < threads; ++who) crew.emplace_back(who);
  support::run_together(threads, [&](unsigned who) {
    auto& me = crew[who];
    for (std::uint64_t left = each; left > 0; --left) {
      auto const value = static_cast<std::int64_t>(me.next());
      (void)me.pushed(true);
      (void)me.popped(static_cast<std::uint64_t>(number.exchange(value)));
    }
  });
  support::passage sum;
  for (auto const& one : crew) sum += one.seen();
  sum.out.add(static_cast<std::uint64_t>(number.load()));
  sum.in.add(0);  // which was in it at first
  CHECK(sum.in == sum.out);
  CHECK(sum.in.count == threads * each + 1);
}

TEMPLATE_TEST_CASE("long histories of a number are linearizable", "[lockfree][stress][threads][N4]",
                   SLUICE_EVERY_NUMBER) {
  using number_type = typename TestType::template number<support::jittery<strict_atomics>>;
  constexpr unsigned histories = support::full_size(200U);
  auto const report = support::judge_histories(
      {.calls_each = 300, .histories = histories}, model::register_spec(),
      [] { return std::make_unique<number_type>(); },
      [](auto& number, unsigned, auto const& call) { return support::perform(number, call); });
  INFO(report.first_failure);
  CHECK(report.linearizable == histories);
  CHECK(report.overlapping >= report.met);
}
