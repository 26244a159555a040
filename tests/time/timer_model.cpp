#include <catch2/catch_test_macros.hpp>

#include <array>
#include <optional>
#include <utility>

#include <sluice/runtime/due_heap.hpp>
#include <sluice/time/detail/timer_setting.hpp>
#include <tests/support/explored.hpp>
#include <tests/support/wait_queue.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

constexpr auto later = instant{1s};

/// The timers of a runtime, and its clock.
struct timers {
  basic_due_heap<model::atomics> heap;
  instant time{};

  void add(timer_entry& entry) { (void)heap.add(entry); }
  auto withdraw(timer_entry& entry) noexcept -> bool { return heap.withdraw(entry); }
  [[nodiscard]] auto now() const noexcept -> instant { return time; }
};

struct receiver : support::modelled_place<receiver> {
  instant at{};
};

using setting = detail::basic_timer_setting<timers, receiver, model::atomics::mutex, model::atomics>;

/// A timer, as its handles see it.
struct timer : timer_entry {
  explicit timer(timers& at) : clock(&at) {
    fire = [](timer_entry& entry) noexcept {
      auto& self = static_cast<timer&>(entry);
      self.calls.write([](int& count) { ++count; });
      if (auto* const woken = self.is.fire(*self.clock, self)) woken->wake();
    };
  }
  auto set(duration after, duration period = 0ns) -> bool { return is.set(clock, *this, after, period); }
  auto stop() -> bool { return is.stop(clock, *this); }
  auto take() -> std::optional<instant> { return is.take(clock, *this); }
  auto receive(receiver& me, receiver::context* ctx) -> std::optional<instant> {
    if (!me.listen(ctx, is.lock(), is.queue())) return std::nullopt;
    if (!is.take_or_wait(clock, *this, me)) me.sleep.park();
    me.settle();
    if (me.state == detail::wait_state::cancelled) return std::nullopt;
    return me.at;
  }

  timers* clock;
  setting is;
  model::cell<int> calls{std::in_place, 0};
};

}  // namespace

TEST_CASE("stop and the firing of a timer that is due: nothing is delivered, or stop has said so",
          "[everyday][time][timer][model][T4][T5]") {
  support::explored("timer_setting").all([](model::execution& run) {
    timers clock;
    timer t{clock};
    (void)t.set(1ns);
    auto stopped = false;
    std::optional<instant> got;
    run.thread([&] { (void)clock.heap.fire_due(later); });
    run.thread([&] {
      stopped = t.stop();
      run.check(!t.take(), "after stop nothing can be received");
    });
    run.thread([&] { got = t.take(); });
    run.join();
    run.check(stopped != got.has_value(), "it was called off, or received");
    run.check(!t.take(), "and nothing is left");
    run.check(!t.stop(), "it is not pending");
  });
}

TEST_CASE("one that waits for a timer receives it, or stop says that nothing will come",
          "[everyday][time][timer][model][T5][G6]") {
  support::explored("timer_setting").all([](model::execution& run) {
    timers clock;
    timer t{clock};
    receiver::context ends;
    (void)t.set(1ns);
    auto stopped = false;
    std::optional<instant> got;
    run.thread([&] {
      receiver me;
      got = t.receive(me, &ends);
    });
    run.thread([&] { (void)clock.heap.fire_due(later); });
    run.thread([&] {
      stopped = t.stop();
      ends.end();
    });
    run.join();
    // Where neither is so the wait ended first, and the instant is there to be received.
    run.check(!(stopped && got), "not both");
    run.check(stopped || got || t.take(), "one of them, or it is still to be had");
    run.check(!t.take() && !t.stop(), "and nothing is left");
  });
}

TEST_CASE("a timer that is set anew while it fires delivers the new setting, once",
          "[everyday][time][timer][model][T3][T4]") {
  support::explored("timer_setting").all([](model::execution& run) {
    timers clock;
    timer t{clock};
    (void)t.set(1ns);
    auto pending = false;
    run.thread([&] { (void)clock.heap.fire_due(later); });
    run.thread([&] {
      pending = t.set(1h);
      run.check(!t.take(), "nothing of the old setting, and it is too early for the new one");
    });
    run.join();
    run.check(pending, "nobody has received the first");
    run.check(clock.heap.pending() == 1, "it is set");
    run.check(clock.heap.fire_due(instant{2h}) == 1 && t.take(), "and fires");
    run.check(!t.take() && !t.stop(), "once");
  });
}

TEST_CASE("of two settings that are both due while somebody resets, stops and fires, at most the last is received",
          "[everyday][time][timer][model][T4][T5]") {
  support::explored("timer_setting").all([](model::execution& run) {
    timers clock;
    timer t{clock};
    (void)t.set(1ns);
    run.thread([&] {
      (void)clock.heap.fire_due(later);
      (void)clock.heap.fire_due(later);
    });
    run.thread([&] {
      (void)t.set(1ns);
      (void)t.stop();
      run.check(!t.take(), "nothing after stop");
    });
    run.join();
    (void)clock.heap.fire_due(later);
    run.check(!t.take() && !t.stop() && clock.heap.pending() == 0, "nothing is left");
  });
}

TEST_CASE("a ticker goes on after each tick that is received, and never keeps two",
          "[everyday][time][ticker][model][T7]") {
  support::explored("timer_setting").all([](model::execution& run) {
    timers clock;
    timer t{clock};
    (void)t.set(1ns, 1h);
    clock.time = later;
    std::optional<instant> got;
    run.thread([&] { (void)clock.heap.fire_due(later); });
    run.thread([&] { got = t.take(); });
    run.join();
    run.check(clock.heap.pending() == (got ? 1U : 0U), "while a tick waits there is no timer");
    run.check(got || t.take(), "the tick is there");
    run.check(!t.take(), "one of them");
    run.check(t.stop() && clock.heap.pending() == 0, "and it ran until it was stopped");
  });
}

TEST_CASE("who removes an entry may end its life: its handler has returned, or never runs",
          "[everyday][runtime][timer][model][T5][T10]") {
  support::explored("due_heap").all([](model::execution& run) {
    struct counted : timer_entry {
      model::cell<int> calls{std::in_place, 0};
    };
    basic_due_heap<model::atomics> heap;
    std::optional<counted> entry;
    entry.emplace();
    entry->due = instant{1ns};
    entry->fire = [](timer_entry& self) noexcept {
      static_cast<counted&>(self).calls.write([](int& count) { ++count; });
    };
    (void)heap.add(*entry);
    auto removed = false;
    auto fired = std::size_t{0};
    auto calls = 0;
    run.thread([&] { fired = heap.fire_due(later); });
    run.thread([&] {
      removed = heap.remove(*entry);
      calls = entry->calls.read([](int count) { return count; });
      entry.reset();
    });
    run.join();
    run.check(removed != (fired == 1) && (removed ? 0 : 1) == calls, "one of both");
  });
}

TEST_CASE("two threads that look at the timers fire each entry once, in order, one at a time",
          "[everyday][runtime][timer][model][T3][T12]") {
  struct noted : timer_entry {
    model::cell<int>* calls = nullptr;
  };
  support::explored("due_heap").all([](model::execution& run) {
    basic_due_heap<model::atomics> heap;
    model::cell<int> calls{std::in_place, 0};
    std::array<noted, 2> entries;
    for (auto& each : entries) {
      each.due = instant{duration{&each - entries.data() + 1}};
      each.calls = &calls;
      each.fire = [](timer_entry& self) noexcept {
        static_cast<noted&>(self).calls->write([](int& count) { ++count; });
      };
    }
    for (auto& each : entries) (void)heap.add(each);
    for (int who = 0; who < 2; ++who) run.thread([&] { (void)heap.fire_due(later); });
    run.join();
    run.check(calls.read([](int count) { return count; }) == 2 && heap.pending() == 0, "each once");
    run.check(heap.soonest() == never, "and none is due");
  });
}
