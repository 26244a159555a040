// What is true of every queue and every stack when it is used hard: the same questions to all of them.
#include <cstddef>
#include <cstdint>
#include <memory>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <sluice/reclaim/reclaimer.hpp>
#include <tests/support/jittery_atomics.hpp>
#include <tests/support/recorded_histories.hpp>
#include <tests/support/stress.hpp>
#include <tests/support/stress_kits.hpp>
#include <tests/support/strict_atomics.hpp>

using namespace sluice;
using support::strict_atomics;

TEMPLATE_TEST_CASE("a hundred million operations by threads lose no value and double none",
                   "[lockfree][stress][threads][D1]", SLUICE_STRESSED_QUEUES, SLUICE_STRESSED_STACKS) {
  constexpr auto operations = support::stress_operations / TestType::share;
  auto const container = TestType::template make<std_atomics>(1024);
  auto const seen = support::pass_through(
      TestType::threads, operations, TestType::allowed,
      [&](unsigned) { return support::shared_hand(*container); });
  CHECK(seen.in == seen.out);
  if (TestType::in_order) CHECK(seen.disorders == 0);
  CHECK(seen.in.count + seen.out.count >= operations);
}

TEMPLATE_TEST_CASE("long histories of threads that stumble amid operations are linearizable",
                   "[lockfree][stress][threads][D1]", SLUICE_STRESSED_CLAIMS) {
  constexpr unsigned histories = support::full_size(200U);
  constexpr std::size_t capacity = 8;
  auto const report = support::judge_histories(
      {.threads = TestType::threads,
       .calls_each = 1200 / TestType::threads,
       .histories = histories,
       .allowed = TestType::allowed},
      TestType::model(capacity),
      [] { return TestType::template make<support::jittery<strict_atomics>>(capacity); },
      [](auto& container, unsigned, auto const& call) { return support::perform(container, call); });
  INFO(report.first_failure);
  CHECK(report.linearizable == histories);
  CHECK(report.overlapping >= report.met);
}

TEMPLATE_TEST_CASE("threads that come, work and go leave no node behind, though addresses return at once",
                   "[lockfree][stress][threads][D5]", SLUICE_STRESSED_OVER_DOMAINS) {
  using container_type = typename TestType::template container<strict_atomics>;
  auto const before = strict_atomics::alive();
  {
    typename container_type::domain_type domain;
    {
      container_type container(domain);
      support::passage sum;
      for (unsigned generation = 0; generation < support::full_size(200U); ++generation)
        sum += support::pass_through(4, 20'000, {}, [&](unsigned) {
          return support::joined_hand<container_type>(domain, container);
        });
      CHECK(sum.in == sum.out);
      CHECK(sum.in.count > 0);
    }
    domain.join().reclaim();
    auto const census = domain.census();
    CHECK(census.created == census.reclaimed + census.discarded + census.pending());
  }
  CHECK(strict_atomics::alive() == before);
}
