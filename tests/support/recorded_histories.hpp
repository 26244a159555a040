// recorded_histories — random programs run by real threads, and their histories judged.
#pragma once

#include <barrier>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <sluice/model/linearizability.hpp>
#include <sluice/model/recorder.hpp>
#include <tests/support/random_programs.hpp>
#include <tests/support/thread_crew.hpp>

namespace support {

struct history_plan {
  unsigned threads = 4;
  std::size_t calls_each = 300;
  unsigned histories = 1;
  roles allowed{};
  std::uint64_t seed = 1;
};

struct history_report {
  unsigned linearizable = 0;
  std::uint64_t met = 0;          ///< calls that all threads were made to begin together
  std::uint64_t overlapping = 0;  ///< calls that overlapped one of another thread
  std::string first_failure;
};

/// Calls of which neither came before the other.
template <class Operation>
auto overlapping_calls(sluice::model::history<Operation> const& calls) -> std::uint64_t {
  std::uint64_t sum = 0;
  for (unsigned thread = 0; thread < calls.threads(); ++thread)
    for (std::uint32_t at = 0; at < calls.calls(thread); ++at) {
      auto const before = calls.before(thread, at);
      bool overlaps = false;
      for (unsigned other = 0; other < calls.threads(); ++other)
        overlaps |= other != thread && before[other] < calls.calls(other) &&
                    calls.before(other, before[other])[thread] <= at;
      sum += overlaps ? 1 : 0;
    }
  return sum;
}

/// Runs `plan.histories` random programs, each on a fresh `make()`, and checks what the threads wrote
/// down against `spec`. `perform(structure, who, call)` makes a call, without waiting for one of another
/// thread, and returns it with its answer. Every sixteenth call is made only after all threads have
/// begun theirs: so they go neck and neck, however few processors there are.
template <sluice::model::sequential_spec Spec>
auto judge_histories(history_plan const& plan, Spec const& spec, auto&& make, auto&& perform)
    -> history_report {
  using operation = typename Spec::operation;
  constexpr std::size_t together_every = 16;
  random_programs<Spec> programs(plan.seed, spec, plan.allowed);
  sluice::model::linearizability_checker<Spec> checker(spec);
  history_report report;
  for (unsigned round = 0; round < plan.histories; ++round) {
    auto const drawn = programs.next(plan.threads, plan.calls_each, plan.calls_each);
    sluice::model::recorder<operation> log(plan.threads, plan.calls_each);
    auto structure = make();
    std::barrier begun(plan.threads);
    run_together(plan.threads, [&](unsigned who) {
      for (std::size_t at = 0; auto const& call : drawn[who]) {
        log.begin(who, call);
        if (at++ % together_every == 0) begun.arrive_and_wait();
        log.end(who, perform(*structure, who, call));
      }
    });
    report.met += plan.threads * ((plan.calls_each - 1) / together_every + 1);
    auto const calls = log.finish();
    report.overlapping += overlapping_calls(calls);
    if (checker.check(calls) == sluice::model::verdict::yes) ++report.linearizable;
    else if (report.first_failure.empty()) report.first_failure = checker.explanation(calls);
  }
  return report;
}

/// Makes a call of a stack or a queue with `try_push` and `try_pop`.
auto perform(auto& container, sluice::model::container_call const& call)
    -> sluice::model::container_call {
  using spec = sluice::model::container_spec;
  if (call.what == sluice::model::container_call::verb::push) {
    auto value = call.value;
    return container.try_push(std::move(value)) ? spec::push(call.value) : spec::push_full(call.value);
  }
  auto const value = container.try_pop();
  return value ? spec::pop(static_cast<std::int64_t>(*value)) : spec::pop_empty();
}

}  // namespace support
