#include <catch2/catch_test_macros.hpp>

#include <chrono>

#include <sluice/lockfree/event_count.hpp>
#include <tests/support/explored.hpp>

using namespace sluice;

namespace {

support::explored const event("event_count");

using modelled = basic_event_count<model::atomics>;
constexpr unsigned at_once = 0;  // no look before the sleep

/// Things that are put, and taken by who finds one.
template <std::memory_order Put, std::memory_order Look>
struct pile {
  model::atomic<int> things{0};

  void put() { (void)things.fetch_add(1, Put); }
  auto take() -> bool {
    for (auto left = things.load(Look); left > 0;)
      if (things.compare_exchange_strong(left, left - 1, relaxed, relaxed)) return true;
    return false;
  }
};
using relaxed_pile = pile<relaxed, relaxed>;

}  // namespace

TEST_CASE("no wake-up of an event_count is lost, however the condition is published", "[everyday][lockfree][model][G6]") {
  event.all([](model::execution& run) {
    modelled arrivals{at_once};
    model::atomic<bool> ready{false};
    run.thread([&] { (void)arrivals.await([&] { return ready.load(relaxed); }); });
    run.thread([&] {
      ready.store(true, relaxed);
      arrivals.notify_one();
    });
    run.join();
  });
}

TEST_CASE("no wake-up of an event_count is lost when the condition is published in the total order", "[everyday][lockfree][model][G6]") {
  event.all([](model::execution& run) {
    modelled arrivals{at_once};
    model::atomic<bool> ready{false};
    run.thread([&] { (void)arrivals.await([&] { return ready.load(seq_cst); }); });
    run.thread([&] {
      ready.store(true, seq_cst);
      arrivals.notify_one(publication::seq_cst);
    });
    run.join();
  });
}

TEST_CASE("what precedes a notify precedes the end of the wait", "[everyday][lockfree][model]") {
  event.all([](model::execution& run) {
    modelled arrivals{at_once};
    model::cell<int> told;
    bool woken = false;
    auto place = arrivals.prepare_wait();
    run.thread([&] {
      told.write([](int& value) { value = 1; });
      arrivals.notify_one();
    });
    arrivals.wait(place);
    woken = told.read([](int value) { return value; }) == 1;
    run.join();
    run.check(woken, "the cell was written before");
  });
}

TEST_CASE("two notifies wake two that wait", "[everyday][lockfree][model][G6]") {
  event.all([](model::execution& run) {
    modelled arrivals{at_once};
    relaxed_pile pile;
    for (int waiter = 0; waiter < 2; ++waiter)
      run.thread([&] { (void)arrivals.await([&] { return pile.take(); }); });
    run.thread([&] {
      for (int thing = 0; thing < 2; ++thing) {
        pile.put();
        arrivals.notify_one();
      }
    });
    run.join();
  });
}

TEST_CASE("notify_all wakes all that wait", "[everyday][lockfree][model][G6]") {
  event.all([](model::execution& run) {
    modelled arrivals{at_once};
    model::atomic<bool> open{false};
    for (int waiter = 0; waiter < 2; ++waiter)
      run.thread([&] { (void)arrivals.await([&] { return open.load(relaxed); }); });
    run.thread([&] {
      open.store(true, relaxed);
      arrivals.notify_all();
    });
    run.join();
  });
}

TEST_CASE("a wake-up that meets a cancelled place goes to the next one", "[everyday][lockfree][model][G6]") {
  event.all([](model::execution& run) {
    modelled arrivals{at_once};
    auto gives_up = arrivals.prepare_wait();
    auto waits = arrivals.prepare_wait();
    run.thread([&] { arrivals.cancel_wait(gives_up); });
    run.thread([&] { arrivals.wait(waits); });
    run.thread([&] { arrivals.notify_one(); });
    run.join();
  });
}

TEST_CASE("a wait that times out is either notified or gives its place up", "[everyday][lockfree][model][G6]") {
  event.all([](model::execution& run) {
    modelled arrivals{at_once};
    bool woken = false;
    auto times_out = arrivals.prepare_wait();
    run.thread([&] { woken = arrivals.wait_until(times_out, std::chrono::steady_clock::time_point{}); });
    run.thread([&] { arrivals.notify_one(); });
    run.join();
    run.check(arrivals.waiting_hint() == 0, "no place is left");
  });
}
