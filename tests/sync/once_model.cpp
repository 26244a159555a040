#include <catch2/catch_test_macros.hpp>

#include <mutex>

#include <sluice/sync/detail/once_state.hpp>
#include <tests/support/explored.hpp>

using namespace sluice;

namespace {

using state = detail::basic_once_state<model::atomics>;

}  // namespace

TEST_CASE("of two that come one runs, and whoever finds it done has all of it",
          "[everyday][sync][once][model][O1][O5]") {
  support::explored("once_state").all([](model::execution& run) {
    state gate;
    model::atomics::mutex lock;
    model::cell<int> made;
    model::atomics::atomic<int> runs{0};
    auto const look = [&] {
      run.check(made.read([](int value) { return value; }) == 7, "what was made is seen");
    };
    for (int who = 1; who <= 2; ++who)
      run.thread([&, who] {
        if (gate.done()) return look();
        auto turn = state::turn::waits;
        {
          std::lock_guard const hold{lock};
          turn = gate.enter(&run + who);
        }
        if (turn == state::turn::passes) return look();
        if (turn == state::turn::waits) return;  // woken by the other, under the lock
        made.write([](int& value) { value = 7; });
        runs.fetch_add(1, relaxed);
        std::lock_guard const hold{lock};
        gate.finish();
      });
    run.thread([&] {
      if (gate.done()) look();
    });
    run.join();
    run.check(gate.done() && runs.load(relaxed) == 1, "it has run once");
  });
}

TEST_CASE("one that gives up has not done it, and the next does", "[everyday][sync][once][model][O2]") {
  support::explored("once_state").all([](model::execution& run) {
    state gate;
    model::atomics::mutex lock;
    bool given_up = false;
    int runs = 0;
    for (int who = 1; who <= 2; ++who)
      run.thread([&, who] {
        std::lock_guard const hold{lock};
        if (gate.enter(&run + who) != state::turn::runs) return;
        if (!given_up) {
          given_up = true;
          gate.pass_on(nullptr);
        } else {
          ++runs;
          gate.finish();
        }
      });
    run.join();
    run.check(runs == 1 && gate.done(), "the second has done it");
  });
}
