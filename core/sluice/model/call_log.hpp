// call_log — the calls that modelled threads make on an object, as a history that can be checked.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <sluice/model/explore.hpp>
#include <sluice/model/history.hpp>
#include <sluice/model/linearizability.hpp>

namespace sluice::model {

/// Records what the threads of one execution call. A call comes before another one when its return
/// happens before the other's beginning; time is no part of the model.
///
///     call_log<queue_spec> calls(run);
///     run.thread([&] {
///       calls.record(queue_spec::push(1),
///                    [&] { return (void)queue.try_push(1), queue_spec::push(1); });
///     });
///     …
///     run.join();
///     calls.check(checker);                  // a linearizability_checker, kept for all executions
///
/// Lifetime  made anew in each execution, by the thread that sets up.
template <sequential_spec Spec>
class call_log {
 public:
  using operation = typename Spec::operation;

  explicit call_log(execution& run) : run_(run), calls_(max_threads) {}

  /// Makes one call of the present thread: `make` returns it with its answer.
  template <class Make>
  void record(operation const& call, Make&& make) {
    auto const thread = run_.thread_index();
    auto const told = run_.is_traced();  // words take time
    run_.begin_call(told ? without_answer(Spec::describe(call)) : std::string());
    auto const now = run_.now();
    std::array<std::uint32_t, max_threads> before{};
    for (unsigned other = 0; other < max_threads; ++other)
      for (auto const end : ends_[other])
        if (end <= now.at[other]) ++before[other];
    calls_.begin(thread, call, before);
    auto const answered = make();
    run_.end_call(told ? Spec::describe(answered) : std::string());
    ends_[thread].push_back(run_.now().at[thread]);
    calls_.end(thread, answered);
  }

  [[nodiscard]] auto calls() const noexcept -> history<operation> const& { return calls_; }

  /// After `join`: reports a history that no order of the calls explains. A search that gives up
  /// has found no fault: it is a bound of the report.
  void check(linearizability_checker<Spec>& checker) const {
    if (run_.is_abandoned()) return;
    auto const answer = checker.check(calls_);
    if (answer == verdict::yes) return;
    if (answer == verdict::gave_up)
      return run_.give_up(std::to_string(checker.steps()) +
                          " calls placed in search of their order");
    auto const why = checker.explanation(calls_);
    run_.fail(fault::not_linearizable, why.substr(why.find("; ") + 2));
  }

 private:
  static auto without_answer(std::string text) -> std::string { return text.substr(0, text.find(" ->")); }

  execution& run_;
  history<operation> calls_;
  std::array<std::vector<std::uint16_t>, max_threads> ends_;
};

}  // namespace sluice::model
