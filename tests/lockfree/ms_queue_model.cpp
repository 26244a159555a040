#include <catch2/catch_test_macros.hpp>

#include <sluice/lockfree/ms_queue.hpp>
#include <sluice/model/sequential_specs.hpp>
#include <sluice/reclaim/epoch_domain.hpp>
#include <sluice/reclaim/leaky.hpp>
#include <tests/support/explored.hpp>
#include <tests/support/played.hpp>

using namespace sluice;
using spec = model::queue_spec;
using support::played;

namespace {

support::explored const queue("ms_queue");

template <template <atomics_policy> class Domain>
struct world {
  using spec = model::queue_spec;
  static auto model() -> spec { return {}; }

  auto join() { return domain.join(); }
  auto play(auto& me, spec::operation const& call) -> spec::operation {
    if (call.what == spec::operation::verb::push) {
      (void)queue.try_push(me, static_cast<int>(call.value));
      return call;
    }
    auto const got = queue.try_pop(me);
    return got ? spec::pop(*got) : spec::pop_empty();
  }

  Domain<model::atomics> domain;
  ms_queue<int, Domain, model::atomics> queue{domain};
};
using over_hazards = world<hazard_domain>;
using over_epochs = world<epoch_domain>;
using over_leaky = world<leaky_domain>;

auto push(int value) { return spec::push(value); }
auto pop() { return spec::pop(); }

}  // namespace

TEST_CASE("ms_queue over hazard pointers is a queue in every execution", "[everyday][lockfree][model][D1][D5]") {
  queue.all_ways(played<over_hazards>({{}, {{push(1)}, {push(2)}}, {pop(), pop()}}));
  queue.all_ways(played<over_hazards>({{}, {{push(1)}, {pop()}}, {pop()}}));
  queue.all_ways(played<over_hazards>({{push(1)}, {{pop()}, {pop()}}, {pop()}}));
  queue.all_ways(played<over_hazards>({{push(1), push(2)}, {{pop()}, {pop()}}, {pop()}}));
  queue.all_ways(played<over_hazards>({{push(1)}, {{push(2)}, {pop(), pop()}}, {pop()}}));
}

TEST_CASE("a popped node is not freed under a push that has announced it as the last", "[everyday][lockfree][model][D5]") {
  queue.all([](model::execution& run) {
    over_hazards at;
    auto one = at.join(), other = at.join(), popper = at.join();  // seated before: only the scan is at stake
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

TEST_CASE("ms_queue over epochs is a queue in every execution", "[everyday][lockfree][model][D1][D5]") {
  queue.all_ways(played<over_epochs>({{}, {{push(1)}, {push(2)}}, {pop(), pop()}}));
  queue.all_ways(played<over_epochs>({{push(1)}, {{pop()}, {pop()}}, {pop()}}));
  queue.all_ways(played<over_epochs>({{push(1)}, {{push(2)}, {pop(), pop()}}, {pop()}}));
}

TEST_CASE("ms_queue without reclamation is a queue in every execution", "[everyday][lockfree][model][D1]") {
  queue.all(played<over_leaky>({{}, {{push(1), pop()}, {push(2), pop()}}, {pop(), pop()}}));
  queue.all(played<over_leaky>({{}, {{push(1), push(2)}, {push(3)}, {pop()}}, {pop(), pop(), pop()}}));
  queue.all(played<over_leaky>({{push(1)}, {{pop()}, {pop()}, {push(2)}}, {pop()}}));
}

TEST_CASE("pushes and pops of two threads alternate on an ms_queue over hazard pointers", "[deep][lockfree][model][D1][D5]") {
  queue.all(played<over_hazards>({{push(1)}, {{push(2), pop()}, {pop(), push(3)}}, {pop()}}), {.reuse_addresses = true});
}

TEST_CASE("three threads share an ms_queue without reclamation", "[deep][lockfree][model][D1]") {
  queue.all(played<over_leaky>({{push(1)}, {{push(2), pop()}, {pop(), push(3)}, {pop()}}, {pop(), pop()}}));
}

TEST_CASE("programs drawn from a seed find an ms_queue as it should be", "[everyday][lockfree][model][D1][D5]") {
  support::play_drawn<over_hazards>(queue, support::everyday_runs, 3, {});
  support::play_drawn<over_epochs>(queue, support::everyday_runs, 3, {});
}

TEST_CASE("programs drawn from a seed find an ms_queue as it should be, many times", "[deep][lockfree][model][D1][D5]") {
  support::play_drawn<over_hazards>(queue, support::deep_runs, 3, {});
  support::play_drawn<over_epochs>(queue, support::deep_runs, 3, {});
}
