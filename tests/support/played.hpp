// played — small programs of calls, played on a structure by modelled threads, and checked.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <sluice/model/call_log.hpp>
#include <tests/support/explored.hpp>
#include <tests/support/random_programs.hpp>

namespace support {

/// Who calls what: each thread, and the one that sets up before and after them.
template <class Call>
struct script {
  std::vector<Call> before;
  program<Call> threads;
  std::vector<Call> after;
};

/// What a thread has for itself where a structure asks for nothing of the kind.
struct no_seat {};

/// A program for the checker that plays `what` on a `World` of its own in each execution, and checks
/// that the calls can have taken effect one after the other. A world holds the structure, and says:
///
///     spec                the sequential model
///     model(arguments…)   that model, as it is when the world is new
///     join()              what a thread has for itself: made and given back by the thread
///     play(seat, call)    makes a call, and returns it with its answer
///     finish(run)         optional: what to check when the calls are over
///     steps               optional: how many an execution may take, where the usual bound is too low
template <class World, class... Arguments>
[[nodiscard]] auto played(script<typename World::spec::operation> what, Arguments... arguments)
    -> sluice::model::program {
  using spec = typename World::spec;
  using calls = std::vector<typename spec::operation>;
  auto checker = std::make_shared<sluice::model::linearizability_checker<spec>>(World::model(arguments...));
  return [=, what = std::move(what)](sluice::model::execution& run) {
    World world(arguments...);
    sluice::model::call_log<spec> log(run);
    auto const play = [&](calls const& turns) {
      if (turns.empty()) return;
      auto seat = world.join();
      for (auto const& turn : turns) log.record(turn, [&] { return world.play(seat, turn); });
    };
    play(what.before);
    for (auto const& turns : what.threads) run.thread([&] { play(turns); });
    run.join();
    play(what.after);
    log.check(*checker);
    if constexpr (requires { world.finish(run); }) world.finish(run);
  };
}

/// Draws 100 programs of `threads` threads with up to five calls each, and hands every one to `play`,
/// with a seed of its own.
template <class Spec>
void each_drawn(Spec const& spec, unsigned threads, roles allowed, auto&& play) {
  constexpr std::uint64_t seed = 2024;
  constexpr std::uint64_t programs = 100;
  random_programs<Spec> drawn(seed, spec, allowed);
  for (std::uint64_t each = 0; each < programs; ++each) play(drawn.next(threads, 1, 5), seed + each);
}

/// Plays 100 programs drawn from a seed, of three threads with up to five calls each, or of as many as
/// `allowed` has something to do for; each `runs` times, by choices that are drawn, too.
template <class World, class... Arguments>
void play_drawn(explored const& structure, std::uint64_t runs, unsigned threads, roles allowed,
                Arguments... arguments) {
  sluice::model::options how;
  if constexpr (requires { World::steps; }) how.steps = World::steps;
  each_drawn(World::model(arguments...), threads, allowed, [&](auto drawn, std::uint64_t seed) {
    structure.some(played<World>({{}, std::move(drawn), {}}, arguments...), seed, runs, how);
  });
}
inline constexpr std::uint64_t everyday_runs = 100;
inline constexpr std::uint64_t deep_runs = 10'000;

}  // namespace support
