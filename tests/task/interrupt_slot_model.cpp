#include <catch2/catch_test_macros.hpp>

#include <array>

#include <sluice/task/interrupt_slot.hpp>
#include <tests/support/explored.hpp>

using namespace sluice;

namespace {

/// A wait as its partner and its context see it; what it holds is raced for.
struct wait {
  model::cell<int> touched;
};

using slot = detail::basic_interrupt_slot<wait, model::atomics>;

auto touch(wait& who) noexcept -> bool {
  who.touched.write([](int& times) { ++times; });
  return true;
}

}  // namespace

TEST_CASE("who arms the slot is interrupted, or sees why it would have been",
          "[everyday][task][model][X16][C19]") {
  support::explored("interrupt_slot").all([](model::execution& run) {
    slot at;
    wait me;
    model::atomics::atomic<bool> over{false};
    bool saw_it = false;
    bool interrupted = false;
    run.thread([&] {
      at.arm(me);
      saw_it = over.load(acquire);
      if (!saw_it) return;  // it waits, and nobody else comes
      at.disarm(me);
      me.touched.write([](int& times) { times += 10; });  // its own again
    });
    run.thread([&] {
      over.store(true, release);
      interrupted = at.interrupt(touch);
    });
    run.join();
    run.check(saw_it || interrupted, "the end of the context is noticed");
    run.check(me.touched.read([](int times) { return times; }) == (saw_it ? 10 : 0) + (interrupted ? 1 : 0), "once");
  });
}

TEST_CASE("a wait that comes after an interruption is left alone, and the next is found",
          "[everyday][task][model][X16]") {
  support::explored("interrupt_slot").all([](model::execution& run) {
    slot at;
    std::array<wait, 2> waits;
    model::cell<int> reason;
    run.thread([&] {
      reason.write([](int& why) { why = 7; });
      (void)at.interrupt(touch);
      (void)at.interrupt(touch);
    });
    run.thread([&] {
      for (auto& me : waits) {
        at.arm(me);
        at.disarm(me);
        me.touched.write([](int& times) { times += 10; });
      }
    });
    run.join();
    auto touched = 0;
    for (auto& me : waits) touched += me.touched.read([](int times) { return times; }) - 10;
    run.check(touched <= 2, "each interruption finds one at most");
  });
}
