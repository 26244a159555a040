#include <catch2/catch_test_macros.hpp>

#include <sluice/lockfree/state_machine.hpp>
#include <sluice/model/explore.hpp>
#include <tests/support/explored.hpp>

using namespace sluice;
using model::atomics;

namespace {

enum class job : std::uint8_t { queued, running, done, cancelled };
constexpr transition<job> ways[] = {
    {job::queued, job::running}, {job::queued, job::cancelled}, {job::running, job::done}};

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
