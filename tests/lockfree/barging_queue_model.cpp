#include <catch2/catch_test_macros.hpp>

#include <cstddef>

#include <sluice/lockfree/barging_queue.hpp>
#include <sluice/lockfree/barging_stack.hpp>
#include <sluice/model/sequential_specs.hpp>
#include <tests/support/explored.hpp>
#include <tests/support/played.hpp>

using namespace sluice;
using support::played;

namespace {

support::explored const queue("barging_queue");
support::explored const stack("barging_stack");
constexpr std::size_t chunk = 2;
constexpr std::size_t many_pauses = 30'000;  // each pause of the lock counts as a step

template <class Container, class Spec>
struct world {
  using spec = Spec;
  static constexpr auto steps = many_pauses;
  static auto model() -> spec { return {}; }

  auto join() { return support::no_seat{}; }
  auto play(auto&, typename spec::operation const& call) -> typename spec::operation {
    if (call.what == spec::operation::verb::push) {
      (void)container.try_push(static_cast<int>(call.value));
      return call;
    }
    auto const got = container.try_pop();
    return got ? spec::pop(*got) : spec::pop_empty();
  }

  Container container;
};
using a_queue = world<barging_queue<int, chunk, model::atomics>, model::queue_spec>;
using a_stack = world<barging_stack<int, chunk, model::atomics>, model::stack_spec>;

auto push(int value) { return model::container_spec::push(value); }
auto pop() { return model::container_spec::pop(); }

}  // namespace

TEST_CASE("barging_queue is a queue in every execution", "[everyday][lockfree][model][D1]") {
  queue.all(played<a_queue>({{push(1)}, {{pop(), push(2)}, {push(3), pop()}}, {pop(), pop()}}), {.steps = many_pauses});
}

TEST_CASE("barging_stack is a stack in every execution", "[everyday][lockfree][model][D1]") {
  stack.all(played<a_stack>({{push(1)}, {{pop(), push(2)}, {push(3), pop()}}, {pop(), pop()}}), {.steps = many_pauses});
}

TEST_CASE("programs drawn from a seed find a barging_queue as it should be", "[everyday][lockfree][model][D1]") {
  support::play_drawn<a_queue>(queue, support::everyday_runs, 3, {});
}

TEST_CASE("programs drawn from a seed find a barging_queue as it should be, many times", "[deep][lockfree][model][D1]") {
  support::play_drawn<a_queue>(queue, support::deep_runs, 3, {});
}

TEST_CASE("programs drawn from a seed find a barging_stack as it should be", "[everyday][lockfree][model][D1]") {
  support::play_drawn<a_stack>(stack, support::everyday_runs, 3, {});
}

TEST_CASE("programs drawn from a seed find a barging_stack as it should be, many times", "[deep][lockfree][model][D1]") {
  support::play_drawn<a_stack>(stack, support::deep_runs, 3, {});
}
