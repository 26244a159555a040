// structure_subject — a structure as a subject: a program of calls, explored and held against its model.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <sluice/model/call_log.hpp>
#include <sluice/model/sequential_specs.hpp>
#include <sluice/scenarios/subjects/subject.hpp>

namespace sluice::scenarios {

/// What the threads' calls answered, as in "T1 push(2), pop -> 1; T2 pop -> empty".
template <class Spec>
[[nodiscard]] auto outcome_text(model::history<typename Spec::operation> const& calls, std::size_t threads) -> std::string {
  std::string text;
  for (unsigned thread = 1; thread <= threads; ++thread) {
    if (thread > 1) text += "; ";
    text += 'T' + std::to_string(thread);
    for (std::uint32_t call = 0; call < calls.completed(thread); ++call)
      text += (call == 0 ? " " : ", ") + Spec::describe(calls.call(thread, call));
  }
  return text;
}

/// An `Adapter` is made in each execution, `Adapter(execution&, subject_program const&)`, has a `spec`,
/// gives each thread what it needs by `join()`, makes a call by `call(me, log, call)`, and at the end
/// takes out what is left, by `finish(me, log)`, so that whatever got lost is missed.
template <class Adapter>
[[nodiscard]] auto structure_program(subject_program const& program, outcome_sink sink) -> model::program {
  using spec = typename Adapter::spec;
  // Kept from one execution to the next: an execution that is given up may not come to its destructors.
  struct kept {
    subject_program program;
    outcome_sink sink;
    model::linearizability_checker<spec> checker{Adapter::model()};
    std::optional<model::call_log<spec>> log;
  };
  auto state = std::make_shared<kept>();
  state->program = program;
  state->sink = std::move(sink);
  return [state](model::execution& run) {
    auto& log = state->log.emplace(run);
    Adapter structure(run, state->program);
    auto setup = structure.join();
    for (auto const& call : state->program.setup) structure.call(setup, log, call);
    for (auto const& thread : state->program.threads)
      run.thread([&structure, &log, &thread] {
        auto me = structure.join();
        for (auto const& call : thread) structure.call(me, log, call);
      });
    run.join();
    structure.finish(setup, log);
    log.check(state->checker);
    state->sink(run, outcome_text<spec>(log.calls(), state->program.threads.size()), false);
  };
}

/// For a structure whose users need no membership.
struct no_membership {};

/// The calls of anything with `try_push` and `try_pop`, through `push(me, value)` and `pop(me)`.
template <class Derived, class Spec>
struct container_adapter {
  using spec = Spec;
  static auto model() -> Spec { return Spec(); }

  template <class Me, class Log>
  void call(Me& me, Log& log, subject_call const& call) {
    auto& self = static_cast<Derived&>(*this);
    if (call.verb == "push") {
      log.record(Spec::push(call.argument), [&] {
        return self.push(me, static_cast<int>(call.argument)) ? Spec::push(call.argument) : Spec::push_full(call.argument);
      });
    } else {
      log.record(Spec::pop(), [&] {
        auto const got = self.pop(me);
        return got ? Spec::pop(*got) : Spec::pop_empty();
      });
    }
  }

  template <class Me, class Log>
  void finish(Me& me, Log& log) {
    for (int most = 24; most > 0; --most) {  // a broken one may go round in circles
      bool empty = false;
      log.record(Spec::pop(), [&] {
        auto const got = static_cast<Derived&>(*this).pop(me);
        empty = !got;
        return got ? Spec::pop(*got) : Spec::pop_empty();
      });
      if (empty) return;
    }
  }
};

}  // namespace sluice::scenarios
