#include <catch2/catch_test_macros.hpp>

#include <cstddef>

#include <sluice/lockfree/segment_queue.hpp>
#include <sluice/model/sequential_specs.hpp>
#include <sluice/reclaim/epoch_domain.hpp>
#include <sluice/reclaim/leaky.hpp>
#include <tests/support/explored.hpp>
#include <tests/support/played.hpp>
#include <tests/support/tracked.hpp>

using namespace sluice;
using spec = model::queue_spec;
using support::played;

namespace {

support::explored const queue("segment_queue");

auto number(int value) -> int { return value; }
auto number(support::explosive const& value) -> int { return value.value(); }

/// A queue whose segments have so few slots that a few calls need several of them.
template <template <atomics_policy> class Domain, std::size_t Length, class Value = int>
struct world {
  using spec = model::queue_spec;
  static auto model() -> spec { return {}; }

  auto join() { return domain.join(); }
  auto play(auto& me, spec::operation const& call) -> spec::operation {
    if (call.what == spec::operation::verb::push) {
      (void)queue.try_push(me, Value(static_cast<int>(call.value)));
      return call;
    }
    auto const got = queue.try_pop(me);
    return got ? spec::pop(number(*got)) : spec::pop_empty();
  }

  Domain<model::atomics> domain;
  segment_queue<Value, Domain, model::atomics> queue{domain, Length};
};
/// Whose values have a segment each, because none could be taken back.
template <template <atomics_policy> class Domain>
using one_by_one = world<Domain, 1, support::explosive>;

auto push(int value) { return spec::push(value); }
auto pop() { return spec::pop(); }

}  // namespace

TEST_CASE("segment_queue without reclamation is a queue in every execution", "[everyday][lockfree][model][D1]") {
  queue.all(played<world<leaky_domain, 4>>({{}, {{push(1)}, {pop()}}, {pop()}}));
  queue.all(played<world<leaky_domain, 4>>({{}, {{push(1), pop()}, {push(2), pop()}}, {pop(), pop()}}));
  queue.all(played<world<leaky_domain, 1>>({{}, {{push(1)}, {pop(), pop()}}, {pop()}}));
  queue.all(played<world<leaky_domain, 1>>({{}, {{push(1), push(2)}, {pop()}}, {pop(), pop()}}));
  queue.all(played<world<leaky_domain, 2>>({{push(1)}, {{push(2), pop()}, {pop()}}, {pop()}}));
}

TEST_CASE("a push helps the tail of a segment_queue on to a segment of another one", "[everyday][lockfree][model][D1][D3]") {
  queue.all(played<world<leaky_domain, 1>>({{}, {{push(1), push(2)}, {push(3)}}, {pop(), pop(), pop()}}));
}

TEST_CASE("segment_queue with a segment for each value is a queue in every execution", "[everyday][lockfree][model][D1][D5]") {
  queue.all(played<one_by_one<leaky_domain>>({{}, {{push(1), pop()}, {push(2), pop()}}, {pop(), pop()}}));
  queue.all(played<one_by_one<leaky_domain>>({{}, {{push(1), push(2)}, {push(3)}, {pop()}}, {pop(), pop(), pop()}}));
  queue.all_ways(played<one_by_one<hazard_domain>>({{}, {{push(1)}, {push(2)}}, {pop(), pop()}}));
  queue.all_ways(played<one_by_one<hazard_domain>>({{push(1)}, {{pop()}, {pop()}}, {pop()}}));
  queue.all_ways(played<one_by_one<epoch_domain>>({{push(1)}, {{push(2)}, {pop(), pop()}}, {pop()}}));
}

TEST_CASE("segment_queue over hazard pointers is a queue in every execution", "[everyday][lockfree][model][D1][D5]") {
  queue.all_ways(played<world<hazard_domain, 1>>({{}, {{push(1)}, {pop()}}, {pop()}}));
  queue.all_ways(played<world<hazard_domain, 1>>({{push(1), push(2)}, {{pop()}, {pop()}}, {pop()}}));
}

TEST_CASE("a segment of a segment_queue is not freed under somebody that has announced it", "[everyday][lockfree][model][D5]") {
  using one_slot = world<hazard_domain, 1>;
  queue.all([](model::execution& run) {  // under a pop, that has announced the first one
    one_slot at;
    auto one = at.join(), other = at.join();  // seated before: only the scan is at stake
    for (int value : {1, 2}) (void)at.queue.try_push(one, int{value});
    (void)at.queue.try_pop(one);
    int sum = 0;
    for (auto* const who : {&one, &other})
      run.thread([&, who] {
        sum += at.queue.try_pop(*who).value_or(0);
        who->reclaim();
      });
    run.join();
    run.check(sum == 2, "the second value, once");
  });
  queue.all([](model::execution& run) {  // under a push, that has announced the last one
    one_slot at;
    auto one = at.join(), other = at.join(), popper = at.join();
    (void)at.queue.try_push(popper, 1);
    (void)at.queue.try_pop(popper);
    run.thread([&] { (void)at.queue.try_push(one, 2); });
    run.thread([&] { (void)at.queue.try_push(other, 3); });
    run.thread([&] {
      (void)at.queue.try_pop(popper);
      popper.reclaim();
    });
    run.join();
  });
}

TEST_CASE("segment_queue over epochs is a queue in every execution", "[deep][lockfree][model][D1][D5]") {
  queue.all_ways(played<world<epoch_domain, 1>>({{push(1), push(2)}, {{pop()}, {pop()}}, {pop()}}));
}

TEST_CASE("three threads share a segment_queue, drawn at random", "[deep][lockfree][model][D1][D5]") {
  queue.some(played<world<hazard_domain, 1>>({{push(1)}, {{push(2)}, {push(3)}, {pop(), pop()}}, {pop(), pop()}}), 5, 20'000);
  queue.some(played<world<epoch_domain, 2>>({{push(1)}, {{push(2), pop()}, {push(3)}, {pop(), pop()}}, {pop(), pop()}}), 5, 20'000);
}

TEST_CASE("programs drawn from a seed find a segment_queue as it should be", "[everyday][lockfree][model][D1][D5]") {
  support::play_drawn<world<hazard_domain, 1>>(queue, support::everyday_runs, 3, {});
  support::play_drawn<world<epoch_domain, 2>>(queue, support::everyday_runs, 3, {});
}

TEST_CASE("programs drawn from a seed find a segment_queue as it should be, many times", "[deep][lockfree][model][D1][D5]") {
  support::play_drawn<world<hazard_domain, 1>>(queue, support::deep_runs, 3, {});
  support::play_drawn<world<epoch_domain, 2>>(queue, support::deep_runs, 3, {});
}

TEST_CASE("programs drawn from a seed find a segment_queue with a segment for each value as it should be", "[everyday][lockfree][model][D1][D5]") {
  support::play_drawn<one_by_one<hazard_domain>>(queue, support::everyday_runs, 3, {});
  support::play_drawn<one_by_one<epoch_domain>>(queue, support::everyday_runs, 3, {});
}

TEST_CASE("programs drawn from a seed find a segment_queue with a segment for each value as it should be, many times", "[deep][lockfree][model][D1][D5]") {
  support::play_drawn<one_by_one<hazard_domain>>(queue, support::deep_runs, 3, {});
  support::play_drawn<one_by_one<epoch_domain>>(queue, support::deep_runs, 3, {});
}
