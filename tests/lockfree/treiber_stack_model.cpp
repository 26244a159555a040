#include <catch2/catch_test_macros.hpp>

#include <sluice/lockfree/treiber_stack.hpp>
#include <sluice/model/sequential_specs.hpp>
#include <sluice/reclaim/epoch_domain.hpp>
#include <sluice/reclaim/leaky.hpp>
#include <tests/support/explored.hpp>
#include <tests/support/played.hpp>

using namespace sluice;
using spec = model::stack_spec;
using support::played;

namespace {

support::explored const stack("treiber_stack");

template <template <atomics_policy> class Domain>
struct world {
  using spec = model::stack_spec;
  static auto model() -> spec { return {}; }

  auto join() { return domain.join(); }
  auto play(auto& me, spec::operation const& call) -> spec::operation {
    if (call.what == spec::operation::verb::push) {
      (void)stack.try_push(me, static_cast<int>(call.value));
      return call;
    }
    auto const got = stack.try_pop(me);
    return got ? spec::pop(*got) : spec::pop_empty();
  }

  Domain<model::atomics> domain;
  treiber_stack<int, Domain, model::atomics> stack{domain};
};
using over_hazards = world<hazard_domain>;
using over_epochs = world<epoch_domain>;
using over_leaky = world<leaky_domain>;

auto push(int value) { return spec::push(value); }
auto pop() { return spec::pop(); }

}  // namespace

TEST_CASE("treiber_stack over hazard pointers is a stack in every execution", "[everyday][lockfree][model][D1][D5]") {
  stack.all_ways(played<over_hazards>({{push(1)}, {{pop()}, {push(2), pop()}}, {pop()}}));
}

TEST_CASE("treiber_stack is not deceived when a popped node's address comes back", "[everyday][lockfree][model][D5]") {
  stack.all(played<over_hazards>({{push(1), push(2)}, {{pop()}, {pop(), pop(), push(3)}}, {pop(), pop()}}),
            {.reuse_addresses = true});
}

TEST_CASE("treiber_stack over epochs is a stack in every execution", "[everyday][lockfree][model][D1][D5]") {
  stack.all_ways(played<over_epochs>({{push(1)}, {{pop()}, {push(2), pop()}}, {pop()}}));
}

TEST_CASE("threads that use the program's own domain leave it, and what they retired, when they end", "[everyday][lockfree][model][D5]") {
  auto const share = []<template <atomics_policy> class Domain>() {
    stack.all_ways([](model::execution& run) {
      treiber_stack<int, Domain, model::atomics> values;
      (void)values.try_push(1);
      int sum = 0;
      run.thread([&] { sum += values.try_pop().value_or(0); });
      run.thread([&] {
        (void)values.try_push(2);
        sum += values.try_pop().value_or(0);
      });
      run.join();
      sum += values.try_pop().value_or(0);
      run.check(sum == 3, "each value once");
    });
  };
  share.operator()<hazard_domain>();
  share.operator()<epoch_domain>();
}

TEST_CASE("treiber_stack without reclamation is a stack in every execution", "[everyday][lockfree][model][D1]") {
  stack.all(played<over_leaky>({{push(1)}, {{pop()}, {push(2), pop()}, {push(3)}}, {pop()}}));
}

TEST_CASE("three threads share a treiber_stack without reclamation", "[deep][lockfree][model][D1]") {
  stack.all(played<over_leaky>({{push(1), push(2)}, {{pop()}, {pop()}, {push(3), pop()}}, {pop()}}));
}

TEST_CASE("three threads share a treiber_stack over hazard pointers", "[deep][lockfree][model][D1][D5]") {
  stack.all(played<over_hazards>({{push(1), push(2)}, {{pop()}, {pop()}, {push(3)}}, {pop()}}), {.reuse_addresses = true});
}

TEST_CASE("programs drawn from a seed find a treiber_stack as it should be", "[everyday][lockfree][model][D1][D5]") {
  support::play_drawn<over_hazards>(stack, support::everyday_runs, 3, {});
  support::play_drawn<over_epochs>(stack, support::everyday_runs, 3, {});
}

TEST_CASE("programs drawn from a seed find a treiber_stack as it should be, many times", "[deep][lockfree][model][D1][D5]") {
  support::play_drawn<over_hazards>(stack, support::deep_runs, 3, {});
  support::play_drawn<over_epochs>(stack, support::deep_runs, 3, {});
}
