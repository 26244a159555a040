#include <catch2/catch_test_macros.hpp>

#include <sluice/lockfree/treiber_stack.hpp>
#include <sluice/model/call_log.hpp>
#include <sluice/model/sequential_specs.hpp>

using namespace sluice;
using spec = model::stack_spec;

TEST_CASE("treiber_stack over hazard pointers is a stack in every execution", "[lockfree][model][D1][D5]") {
  model::linearizability_checker<spec> checker;
  auto const report = model::explore([&](model::execution& run) {
    hazard_domain<model::atomics> domain;
    treiber_stack<int, hazard_domain, model::atomics> stack{domain};
    model::call_log<spec> calls(run);
    auto const push = [&](auto& me, int value) {
      calls.record(spec::push(value), [&] { (void)stack.try_push(me, int{value}); return spec::push(value); });
    };
    auto const pop = [&](auto& me) {
      calls.record(spec::pop(), [&] { auto const got = stack.try_pop(me); return got ? spec::pop(*got) : spec::pop_empty(); });
    };
    auto setup = domain.join();
    push(setup, 1);
    run.thread([&] { auto me = domain.join(); pop(me); });
    run.thread([&] { auto me = domain.join(); push(me, 2); pop(me); });
    run.join();
    pop(setup);
    calls.check(checker);
  });
  INFO(report.first_failure);
  CHECK(report.complete);
  CHECK(report.failures == 0);
}
