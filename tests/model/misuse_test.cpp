#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstddef>
#include <new>
#include <optional>
#include <utility>

#include <sluice/atomics/orders.hpp>
#include <sluice/lockfree/event_count.hpp>
#include <sluice/lockfree/mpsc_queue.hpp>
#include <sluice/lockfree/spsc_ring.hpp>
#include <sluice/lockfree/striped_counter.hpp>
#include <sluice/model/explore.hpp>
#include <sluice/reclaim/epoch_domain.hpp>
#include <sluice/reclaim/hazard_domain.hpp>
#include <tests/support/planted.hpp>

// What would end the program is, inside an exploration, a fault that is reported: so it can be tested.
using namespace sluice;
using model::atomic;
using model::atomics;
using model::execution;
using model::fault;
using support::caught;
using support::passes;

TEST_CASE("a place at one event_count cannot be given up at another", "[model][lockfree]") {
  SLUICE_NEEDS_FIBERS();
  caught(
      [](execution&) {
        basic_event_count<atomics> arrivals;
        basic_event_count<atomics> departures;
        auto place = arrivals.prepare_wait();
        departures.cancel_wait(place);
      },
      fault::failed_assertion, {"misuse of event_count", "a key of another event count"});
}

TEST_CASE("guards of hazard pointers end in the reverse order of their beginning",
          "[model][reclaim]") {
  SLUICE_NEEDS_FIBERS();
  caught(
      [](execution&) {
        using guard = hazard_domain<atomics>::guard;
        hazard_domain<atomics> domain;
        auto me = domain.join();
        alignas(guard) std::byte room[sizeof(guard)];
        auto* const first = ::new (room) guard(me.guard());
        auto const second = me.guard();
        first->~guard();
      },
      fault::failed_assertion, {"misuse of hazard_domain", "a guard ended before one"});
}

TEST_CASE("a participant with hazard pointers stays as long as its guards", "[model][reclaim]") {
  SLUICE_NEEDS_FIBERS();
  caught(
      [](execution&) {
        hazard_domain<atomics> domain;
        std::optional me = domain.join();
        auto const reading = me->guard();
        me.reset();
      },
      fault::failed_assertion, {"misuse of hazard_domain", "left before its guard"});
}

TEST_CASE("a participant of a striped counter that was moved from adds nothing",
          "[model][lockfree]") {
  SLUICE_NEEDS_FIBERS();
  caught(
      [](execution&) {
        basic_striped_counter<atomics> counter;
        auto mine = counter.join();
        auto const moved = std::move(mine);
        mine.increment();
      },
      fault::failed_assertion, {"misuse of striped_counter", "moved from"});
}

TEST_CASE("a second producer or consumer of a ring for one of each is a data race",
          "[model][lockfree]") {
  SLUICE_NEEDS_FIBERS();
  caught(
      [](execution& run) {
        spsc_ring<int, 2, atomics> ring;
        for (int n = 0; n < 2; ++n) run.thread([&] { (void)ring.try_push(1); });
        run.join();
      },
      fault::data_race, {});
  caught(
      [](execution& run) {
        spsc_ring<int, 2, atomics> ring;
        for (int n = 0; n < 2; ++n) run.thread([&] { (void)ring.try_pop(); });  // finds nothing
        run.join();
      },
      fault::data_race, {});
}

TEST_CASE("a second consumer of an mpsc_queue is a data race", "[model][lockfree]") {
  SLUICE_NEEDS_FIBERS();
  struct item : mpsc_hook<atomics> {};
  caught(
      [](execution& run) {
        mpsc_queue<item, atomics> queue;
        for (int n = 0; n < 2; ++n) run.thread([&] { (void)queue.try_pop(); });
        run.join();
      },
      fault::data_race, {});
}

TEST_CASE("a modelled mutex is unlocked by the thread that has it", "[model]") {
  SLUICE_NEEDS_FIBERS();
  caught(
      [](execution& run) {
        model::mutex lock;
        run.thread([&] { lock.lock(); });
        run.thread([&] { lock.unlock(); });
        run.join();
      },
      fault::failed_assertion, {"unlocks a mutex that it has not locked"});
  caught(
      [](execution&) {
        model::mutex lock;
        lock.lock();
        lock.unlock();
        lock.unlock();
      },
      fault::failed_assertion, {"T0 unlocks a mutex that it has not locked"});
  passes([](execution& run) {
    model::mutex lock;
    lock.lock();
    lock.unlock();
    for (int n = 0; n < 2; ++n)
      run.thread([&] {
        if (lock.try_lock()) lock.unlock();
        lock.lock();
        lock.unlock();
      });
    run.join();
  });
}

TEST_CASE("join is for the thread that sets up", "[model]") {
  SLUICE_NEEDS_FIBERS();
  caught(
      [](execution& run) {
        atomic<int> x{0};
        run.thread([&] { run.join(); });
        run.thread([&] { x.store(1, relaxed); });
        run.join();
      },
      fault::failed_assertion, {"model::execution: join is for the thread that sets up"});
}

TEST_CASE("letting a mutex go and waking a sleeper are told by their names", "[model]") {
  SLUICE_NEEDS_FIBERS();
  auto const seen = model::replay(
      [](execution& run) {
        model::mutex lock;
        model::parker bed;
        run.thread([&] {
          lock.lock();
          lock.unlock();
          bed.unpark();
        });
        run.thread([&] { bed.park(); });
        run.join();
      },
      "");
  CHECK(seen.found == fault::none);
  for (auto const kind : {model::step_kind::lock, model::step_kind::unlock,
                          model::step_kind::park, model::step_kind::unpark})
    CHECK(std::ranges::count(seen.steps, kind, &model::step::kind) == 1);
  CHECK(seen.text().find(".unlock()") != std::string::npos);
  CHECK(seen.text().find(".unpark()") != std::string::npos);
}

TEMPLATE_TEST_CASE("what a modelled thread destroys last may still use the shared domain",
                   "[model][reclaim]", hazard_domain<atomics>, epoch_domain<atomics>) {
  SLUICE_NEEDS_FIBERS();
  struct late {
    ~late() {
      TestType::shared().as_participant([](auto& me) {
        auto const reading = me.guard();
        auto const other = TestType::shared().join();
      });
    }
  };
  auto const found = model::explore([](execution& run) {
    for (int n = 0; n < 2; ++n)
      run.thread([&] {
        (void)atomics::per_thread<late>();
        (void)TestType::local();
      });
    run.join();
  }, {.executions = 100});
  INFO(found.first_failure);
  CHECK(found.executions > 1);
  CHECK(found.failures == 0);
}
