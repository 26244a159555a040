#include <catch2/catch_test_macros.hpp>

#include <array>

#include <sluice/task/interrupt_slot.hpp>
#include <tests/support/explored.hpp>
#include <tests/support/without_light_fence.hpp>

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

template <class Atomics>
void is_interrupted_or_sees_why(auto const& arm) {
  support::explored("interrupt_slot").all([&](model::execution& run) {
    detail::basic_interrupt_slot<wait, Atomics> at;
    wait me;
    model::atomics::atomic<bool> over{false};
    model::atomics::atomic<bool> announced{false};
    bool saw_it = false;
    bool interrupted = false;
    run.thread([&] {
      me.touched.write([](int& times) { times = 0; });
      arm(at, me);
      saw_it = over.load(acquire);
      if (!saw_it) return;  // it waits, and nobody else comes
      at.disarm(announced);
      me.touched.write([](int& times) { times += 10; });  // its own again
    });
    run.thread([&] {
      over.store(true, release);
      announced.store(true, relaxed);
      at.announce();
      interrupted = at.interrupt(touch);
      announced.store(false, release);
    });
    run.join();
    run.check(saw_it || interrupted, "the end of the context is noticed");
    run.check(me.touched.read([](int times) { return times; }) == (saw_it ? 10 : 0) + (interrupted ? 1 : 0), "once");
  });
}

}  // namespace

TEST_CASE("who arms the slot is interrupted, or sees why it would have been",
          "[everyday][task][model][X16][C19]") {
  is_interrupted_or_sees_why<model::atomics>([](auto& at, wait& me) { at.arm(me); });
}

TEST_CASE("who arms the slot knowing of the light fence is interrupted, or sees why it would have been",
          "[everyday][task][model][X16][C19]") {
  is_interrupted_or_sees_why<model::atomics>([](auto& at, wait& me) { at.arm_lightly(me); });
}

TEST_CASE("without a light fence, too, who arms the slot is interrupted, or sees why it would have been",
          "[everyday][task][model][X16][C19]") {
  is_interrupted_or_sees_why<support::without_light_fence>([](auto& at, wait& me) { at.arm(me); });
}

TEST_CASE("a wait that comes after an interruption is left alone, and the next is found",
          "[everyday][task][model][X16]") {
  support::explored("interrupt_slot").all([](model::execution& run) {
    slot at;
    std::array<wait, 2> waits;
    model::atomics::atomic<bool> announced{false};
    run.thread([&] {
      announced.store(true, relaxed);
      slot::announce();
      (void)at.interrupt(touch);
      announced.store(false, release);
    });
    run.thread([&] {
      for (auto& me : waits) {
        me.touched.write([](int& times) { times = 0; });
        at.arm(me);
        at.disarm(announced);
        me.touched.write([](int& times) { times += 10; });
      }
    });
    run.join();
    auto touched = 0;
    for (auto& me : waits) touched += me.touched.read([](int times) { return times; }) - 10;
    run.check(touched <= 1, "an interruption finds one at most");
  });
}
