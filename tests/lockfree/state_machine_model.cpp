#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <sluice/lockfree/state_machine.hpp>
#include <sluice/model/explore.hpp>
#include <tests/support/explored.hpp>
#include <tests/support/played.hpp>

using namespace sluice;
using model::atomics;

namespace {

enum class job : std::uint8_t { queued, running, done, cancelled };
constexpr transition<job> ways[] = {
    {job::queued, job::running}, {job::queued, job::cancelled}, {job::running, job::done}};

/// What one does to a machine whose states are numbers.
struct machine_call {
  enum class verb : std::uint8_t { look, move, move_to };

  verb what = verb::look;
  move_result answer = move_result::moved;
  std::int64_t from = 0;
  std::int64_t to = 0;  ///< where to move, or where the machine was seen

  auto operator==(machine_call const&) const -> bool = default;
};

enum class place : std::uint8_t {};
constexpr std::int64_t places = 4;

/// Round and round, and from 0 to 2 at once. Back there is no way, so that some moves are refused.
constexpr transition<place> round[] = {
    {place(0), place(1)}, {place(1), place(2)}, {place(2), place(3)}, {place(3), place(0)}, {place(0), place(2)}};

/// A machine on its way round.
class round_spec {
 public:
  using operation = machine_call;
  using verb = operation::verb;

  [[nodiscard]] auto apply(operation const& call) -> bool {
    if (answered(call) != call) return false;
    if (!moves(call)) return true;
    left_.push_back(at_);
    at_ = call.to;
    return true;
  }
  void undo(operation const& call) {
    if (!moves(call)) return;
    at_ = left_.back();
    left_.pop_back();
  }
  [[nodiscard]] auto state() const noexcept -> std::span<std::int64_t const> { return {&at_, 1}; }
  [[nodiscard]] auto answered(operation call) const -> operation {
    switch (call.what) {
      case verb::look: call.to = at_; break;
      case verb::move_to: call.answer = allowed(at_, call.to) ? move_result::moved : move_result::illegal; break;
      case verb::move:
        call.answer = !allowed(call.from, call.to) ? move_result::illegal
                      : call.from == at_           ? move_result::moved
                                                   : move_result::elsewhere;
    }
    return call;
  }
  [[nodiscard]] auto eager(operation const& call) const noexcept -> bool { return !moves(call); }

  [[nodiscard]] static auto describe(operation const& call) -> std::string {
    if (call.what == verb::look) return "current -> " + std::to_string(call.to);
    return (call.what == verb::move ? "try_move(" + std::to_string(call.from) + ", " : "try_move_to(") +
           std::to_string(call.to) + ") -> " +
           (call.answer == move_result::moved     ? "moved"
            : call.answer == move_result::illegal ? "illegal"
                                                  : "elsewhere");
  }

 private:
  static auto allowed(std::int64_t from, std::int64_t to) -> bool {
    for (auto const& way : round)
      if (way.from == place(from) && way.to == place(to)) return true;
    return false;
  }
  static auto moves(operation const& call) noexcept -> bool {
    return call.what != verb::look && call.answer == move_result::moved;
  }

  std::int64_t at_ = 0;
  std::vector<std::int64_t> left_;
};

auto draw_call(round_spec const&, support::draw_from from) -> machine_call {
  using enum machine_call::verb;
  if (!from.gives(75)) return {};
  auto const start = from.below(places);
  auto const end = from.chance(80) ? (start + 1) % places : from.below(places);
  return {from.chance(50) ? move : move_to, move_result::moved, start, end};
}

struct world {
  using spec = round_spec;
  static auto model() -> spec { return {}; }

  auto join() { return support::no_seat{}; }
  auto play(auto&, machine_call call) -> machine_call {
    switch (call.what) {
      case machine_call::verb::look: call.to = static_cast<std::int64_t>(machine.current()); break;
      case machine_call::verb::move: call.answer = machine.try_move(place(call.from), place(call.to)); break;
      case machine_call::verb::move_to: call.answer = machine.try_move_to(place(call.to)); break;
    }
    return call;
  }

  state_machine<place, atomics> machine{place(0), round};
};

}  // namespace

TEST_CASE("one of two moves out of a state is made, and whoever sees it sees what came before", "[lockfree][model][everyday]") {
  support::explored("state_machine").all([](model::execution& run) {
    state_machine<job, atomics> state{job::queued, ways};
    model::cell<int> result;
    int moved = 0;
    run.thread([&] {
      if (state.try_move(job::queued, job::running) != move_result::moved) return;
      ++moved;
      result.write([](int& r) { r = 7; });
      run.check(state.try_move(job::running, job::done) == move_result::moved, "nobody else runs it");
    });
    run.thread([&] {
      if (state.try_move(job::queued, job::cancelled) == move_result::moved) ++moved;
    });
    run.thread([&] {
      if (state.current() == job::done) run.check(result.read([](int r) { return r; }) == 7, "done means done");
    });
    run.join();
    run.check(moved == 1, "one of them");
  });
}

TEST_CASE("a move on sees what preceded the move before it", "[lockfree][model][everyday]") {
  support::explored("state_machine").all([](model::execution& run) {
    state_machine<job, atomics> state{job::queued, ways};
    model::cell<int> prepared;
    auto const look = [&] { run.check(prepared.read([](int p) { return p; }) == 1, "it was prepared"); };
    run.thread([&] {
      prepared.write([](int& p) { p = 1; });
      (void)state.try_move(job::queued, job::running);
    });
    run.thread([&] {
      if (state.try_move(job::running, job::done) == move_result::moved) look();
    });
    run.join();
  });
  support::explored("state_machine").all([](model::execution& run) {
    state_machine<job, atomics> state{job::queued, ways};
    model::cell<int> prepared;
    run.thread([&] {
      prepared.write([](int& p) { p = 1; });
      (void)state.try_move_to(job::running);
    });
    run.thread([&] {
      if (state.try_move_to(job::done) == move_result::moved)
        run.check(prepared.read([](int p) { return p; }) == 1, "it was prepared");
    });
    run.join();
  });
}

TEST_CASE("who finds the machine elsewhere has seen what led there", "[lockfree][model][everyday]") {
  support::explored("state_machine").all([](model::execution& run) {
    state_machine<job, atomics> state{job::running, ways};
    model::cell<int> result;
    run.thread([&] {
      result.write([](int& r) { r = 7; });
      (void)state.try_move(job::running, job::done);
    });
    run.thread([&] {
      if (state.try_move(job::running, job::done) == move_result::elsewhere)
        run.check(result.read([](int r) { return r; }) == 7, "it is there");
      else return;
    });
    run.join();
  });
}

TEST_CASE("who is refused a move has seen what led to where the machine is", "[lockfree][model][everyday]") {
  support::explored("state_machine").all([](model::execution& run) {
    state_machine<job, atomics> state{job::running, ways};
    model::cell<int> result;
    run.thread([&] {
      result.write([](int& r) { r = 7; });
      (void)state.try_move(job::running, job::done);
    });
    run.thread([&] {  // there is a way to done from running, and none from done
      if (state.try_move_to(job::done) == move_result::illegal)
        run.check(result.read([](int r) { return r; }) == 7, "it is there");
    });
    run.join();
  });
}

TEST_CASE("a move from a state that was left and entered again sees what was done in between", "[lockfree][model][everyday]") {
  enum class lamp : std::uint8_t { off, on, broken };
  static constexpr transition<lamp> to_and_fro[] = {{lamp::off, lamp::on}, {lamp::on, lamp::off}, {lamp::off, lamp::broken}};
  support::explored("state_machine").all([](model::execution& run) {
    state_machine<lamp, atomics> state{lamp::off, to_and_fro};
    model::atomic<bool> used{false};
    bool on_and_off = false, broken = false, seen = false;
    run.thread([&] {
      used.store(true, relaxed);
      on_and_off = state.try_move(lamp::off, lamp::on) == move_result::moved &&
                   state.try_move(lamp::on, lamp::off) == move_result::moved;
    });
    run.thread([&] {
      broken = state.try_move_to(lamp::broken) == move_result::moved;
      seen = used.load(relaxed);
    });
    run.join();
    run.check(!(on_and_off && broken) || seen, "it broke after it had been used");
  });
}

TEST_CASE("programs drawn from a seed find a state_machine as it should be", "[everyday][lockfree][model]") {
  support::play_drawn<world>(support::explored("state_machine"), support::everyday_runs, 3, {});
}

TEST_CASE("programs drawn from a seed find a state_machine as it should be, many times", "[deep][lockfree][model]") {
  support::play_drawn<world>(support::explored("state_machine"), support::deep_runs, 3, {});
}
