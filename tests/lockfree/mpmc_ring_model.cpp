#include <catch2/catch_test_macros.hpp>

#include <cstddef>

#include <sluice/lockfree/mpmc_ring.hpp>
#include <sluice/model/sequential_specs.hpp>
#include <tests/support/explored.hpp>
#include <tests/support/played.hpp>

using namespace sluice;
using support::played;

namespace {

support::explored const ring("mpmc_ring");

template <class Spec>
struct world {
  using spec = Spec;
  static auto model() -> spec { return spec(2); }

  auto join() { return support::no_seat{}; }
  auto play(auto&, typename spec::operation const& call) -> typename spec::operation {
    if (call.what == spec::operation::verb::push)
      return ring.try_push(static_cast<int>(call.value)) ? call : spec::push_full(call.value);
    auto const got = ring.try_pop();
    return got ? spec::pop(*got) : spec::pop_empty();
  }

  mpmc_ring<int, model::atomics> ring{2};
};
using tickets = world<model::ticket_queue_spec>;  // what it promises
using strict = world<model::bounded_queue_spec>;  // what a queue would

auto push(int value) { return model::container_spec::push(value); }
auto pop() { return model::container_spec::pop(); }

}  // namespace

TEST_CASE("mpmc_ring gives each value once and in the order of the tickets, in every execution", "[everyday][lockfree][model][D1]") {
  ring.all(played<tickets>({{}, {{push(1), push(2)}, {push(3), pop()}}, {pop(), pop(), pop()}}));
  ring.all(played<tickets>({{push(1), push(2)}, {{pop(), push(3)}, {pop(), pop()}}, {pop()}}));
}

TEST_CASE("mpmc_ring refills a slot after the value has left it", "[everyday][lockfree][model][D1]") {
  ring.all(played<tickets>({{push(1)}, {{push(2), push(3), push(4)}, {pop(), pop()}}, {pop(), pop()}}));
}

TEST_CASE("three threads share an mpmc_ring", "[everyday][lockfree][model][D1]") {
  ring.all(played<tickets>({{push(1)}, {{push(2)}, {push(3)}, {pop(), pop()}}, {pop(), pop()}}));
}

TEST_CASE("mpmc_ring may answer \"empty\" although a later push is complete: as it says, that is not linearizable", "[everyday][lockfree][model][D1]") {
  support::script<strict::spec::operation> const hidden{{}, {{push(1)}, {push(2), pop()}}, {}};
  auto const seen = model::explore(played<strict>(hidden));
  INFO(seen.first_failure);
  CHECK(seen.found == model::fault::not_linearizable);
  CHECK(seen.first_failure.find("pop -> empty") != std::string::npos);
  ring.all(played<tickets>({hidden.before, hidden.threads, hidden.after}));
}

TEST_CASE("mpmc_ring may answer \"full\" although an earlier pop is complete: as it says, that is not linearizable", "[everyday][lockfree][model][D1]") {
  support::script<strict::spec::operation> const hidden{{push(1), push(2)}, {{pop()}, {pop(), push(3)}}, {}};
  auto const seen = model::explore(played<strict>(hidden));
  INFO(seen.first_failure);
  CHECK(seen.found == model::fault::not_linearizable);
  CHECK(seen.first_failure.find("push(3) -> full") != std::string::npos);
  ring.all(played<tickets>({hidden.before, hidden.threads, hidden.after}));
}

TEST_CASE("programs drawn from a seed find an mpmc_ring as it should be", "[everyday][lockfree][model][D1]") {
  support::play_drawn<tickets>(ring, support::everyday_runs, 3, {});
}

TEST_CASE("programs drawn from a seed find an mpmc_ring as it should be, many times", "[deep][lockfree][model][D1]") {
  support::play_drawn<tickets>(ring, support::deep_runs, 3, {});
}
