#include <catch2/catch_test_macros.hpp>

#include <cstddef>

#include <sluice/lockfree/spsc_ring.hpp>
#include <sluice/model/sequential_specs.hpp>
#include <tests/support/explored.hpp>
#include <tests/support/played.hpp>

using namespace sluice;
using spec = model::bounded_queue_spec;
using support::played;

namespace {

support::explored const ring("spsc_ring");

/// Thread 0 produces, thread 1 consumes.
template <std::size_t Capacity>
struct world {
  using spec = model::bounded_queue_spec;
  static auto model(model::claims meant, std::size_t capacity = Capacity) -> spec { return spec(capacity, meant); }

  explicit world(model::claims) {}
  world(model::claims, std::size_t capacity) : ring(capacity) {}

  auto join() { return support::no_seat{}; }
  auto play(auto&, spec::operation const& call) -> spec::operation {
    if (call.what == spec::operation::verb::push)
      return ring.try_push(static_cast<int>(call.value)) ? call : spec::push_full(call.value);
    auto const got = ring.try_pop();
    return got ? spec::pop(*got) : spec::pop_empty();
  }

  spsc_ring<int, Capacity, model::atomics> ring;
};

auto push(int value) { return spec::push(value); }
auto pop() { return spec::pop(); }

/// "Empty" is as a queue would say it, and so is "full".
template <std::size_t Capacity>
void explore_both(support::script<spec::operation> const& what, auto... capacity) {
  ring.all(played<world<Capacity>>(what, model::claims::empty, capacity...));
  ring.all(played<world<Capacity>>(what, model::claims::full, capacity...));
}

}  // namespace

TEST_CASE("spsc_ring gives each value once and in order, in every execution", "[everyday][lockfree][model][D1]") {
  explore_both<2>({{}, {{push(1), push(2), push(3)}, {pop(), pop(), pop()}}, {pop()}});
}

TEST_CASE("spsc_ring refills its only slot after the value has left it", "[everyday][lockfree][model][D1]") {
  explore_both<1>({{push(1)}, {{push(2), push(3), push(4)}, {pop(), pop(), pop()}}, {pop()}});
}

TEST_CASE("spsc_ring sized at run time is a queue in every execution", "[everyday][lockfree][model][D1]") {
  explore_both<at_run_time>({{push(1)}, {{push(2), push(3)}, {pop(), pop(), pop()}}, {pop()}}, std::size_t{2});
}

TEST_CASE("spsc_ring over several laps is a queue in every execution", "[everyday][lockfree][model][D1]") {
  explore_both<2>({{push(1)},
                   {{push(2), push(3), push(4), push(5), push(6)}, {pop(), pop(), pop(), pop(), pop()}},
                   {pop(), pop()}});
}

TEST_CASE("\"full\" on one side of an spsc_ring and \"empty\" on the other need not agree, as it says", "[everyday][lockfree][model][D1]") {
  auto const seen = model::explore(
      played<world<2>>({{push(1)}, {{push(2), push(3)}, {pop(), pop()}}, {}}, model::claims::both));
  INFO(seen.first_failure);
  CHECK(seen.found == model::fault::not_linearizable);
}

TEST_CASE("programs drawn from a seed find an spsc_ring as it should be", "[everyday][lockfree][model][D1]") {
  support::play_drawn<world<2>>(ring, support::everyday_runs, 2, support::one_to_one, model::claims::empty);
  support::play_drawn<world<2>>(ring, support::everyday_runs, 2, support::one_to_one, model::claims::full);
}

TEST_CASE("programs drawn from a seed find an spsc_ring as it should be, many times", "[deep][lockfree][model][D1]") {
  support::play_drawn<world<2>>(ring, support::deep_runs, 2, support::one_to_one, model::claims::empty);
  support::play_drawn<world<2>>(ring, support::deep_runs, 2, support::one_to_one, model::claims::full);
}
