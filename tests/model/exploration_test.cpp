#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <sluice/atomics/orders.hpp>
#include <sluice/base/contract.hpp>
#include <sluice/model/explore.hpp>
#include <tests/support/planted.hpp>

using namespace sluice;
using model::atomic;
using model::atomics;
using model::cell;
using model::execution;
using model::fault;
using support::set;
using support::value_of;

namespace {

// Four executions, of which one fails: each reads what the other one had not yet written.
void store_buffering(execution& run) {
  atomic<int> x{0};
  atomic<int> y{0};
  int a = 0;
  int b = 0;
  run.thread([&] {
    x.store(1, relaxed);
    a = y.load(relaxed);
  });
  run.thread([&] {
    y.store(1, relaxed);
    b = x.load(relaxed);
  });
  run.join();
  run.check(a == 1 || b == 1, "one of them sees the other");
}

void message(execution& run) {
  cell<int> data{std::in_place, 0};
  atomic<bool> ready{false};
  run.thread([&] {
    set(data, 1);
    ready.store(true, release);
  });
  run.thread([&] {
    if (ready.load(acquire)) run.check(value_of(data) == 1, "the message has arrived");
  });
  run.join();
}

}  // namespace

TEST_CASE("an exploration that goes on after a failure counts all executions", "[model]") {
  SLUICE_NEEDS_FIBERS();
  auto const found = model::explore(store_buffering, {.stop_at_failure = false});
  CHECK(found.complete);
  CHECK(found.executions == 4);
  CHECK(found.failures == 1);
}

TEST_CASE("an exploration does not remember the one before", "[model]") {
  SLUICE_NEEDS_FIBERS();
  auto const fresh = model::explore(message);
  // One that is given up amid its executions, one with a fault, one that is left stuck.
  {
    model::exploration half(message);
    CHECK(half.advance());
  }
  CHECK(model::explore(store_buffering).failures == 1);
  CHECK(model::explore([](execution& run) {
          model::mutex lock;
          lock.lock();
          run.thread([&] { lock.lock(); });
          run.join();
        }).found == fault::deadlock);
  auto const again = model::explore(message);
  CHECK(again.complete);
  CHECK(again.executions == fresh.executions);
  CHECK(again.steps == fresh.steps);
  CHECK(again.failures == 0);
}

TEST_CASE("two explorations may be advanced in turns", "[model]") {
  SLUICE_NEEDS_FIBERS();
  model::exploration one(store_buffering, {.stop_at_failure = false});
  model::exploration other(message);
  for (bool more = true; more;) {
    more = one.advance();
    more = other.advance() || more;
  }
  CHECK(one.so_far().executions == 4);
  CHECK(one.so_far().failures == 1);
  CHECK(other.so_far().complete);
  CHECK(other.so_far().failures == 0);
}

TEST_CASE("a modelled thread may explore a program of its own", "[model]") {
  SLUICE_NEEDS_FIBERS();
  auto const found = model::explore([](execution& run) {
    atomic<int> x{0};
    run.thread([&] {
      x.store(1, relaxed);
      auto const inner = model::explore(store_buffering, {.stop_at_failure = false});
      run.check(inner.executions == 4 && inner.failures == 1, "it finds what it always finds");
      x.store(2, relaxed);
    });
    run.thread([&] { (void)x.load(relaxed); });
    run.join();
  });
  INFO(found.first_failure);
  CHECK(found.complete);
  CHECK(found.executions == 3);
}

TEST_CASE("threads of the machine may explore side by side", "[model][threads]") {
  SLUICE_NEEDS_FIBERS();
  std::vector<model::report> found(3);
  std::vector<std::thread> crew;
  for (auto& mine : found)
    crew.emplace_back([&mine] { mine = model::explore(store_buffering, {.stop_at_failure = false}); });
  for (auto& each : crew) each.join();
  for (auto const& each : found) {
    CHECK(each.complete);
    CHECK(each.executions == 4);
    CHECK(each.failures == 1);
  }
}

TEST_CASE("outside of an exploration, what the model offers are plain variables", "[model]") {
  atomic<int> number{1};
  CHECK(number.fetch_add(2) == 1);
  CHECK(number.exchange(7) == 3);
  int expected = 6;
  CHECK_FALSE(number.compare_exchange_strong(expected, 9));
  CHECK(expected == 7);
  CHECK(number.compare_exchange_weak(expected, 9));
  CHECK(number.load() == 9);
  CHECK(++number == 10);
  atomic<std::uint8_t> small{255};
  CHECK(small.fetch_add(1) == 255);
  CHECK(small.load() == 0);  // wraps where its type does
  int values[3] = {};
  atomic<int*> pointer{values};
  CHECK(pointer.fetch_add(2) == values);
  CHECK(pointer.load() == values + 2);
  cell<int> memory;
  set(memory, 4);
  CHECK(value_of(memory) == 4);
  model::mutex lock;
  lock.lock();
  CHECK_FALSE(lock.try_lock());
  lock.unlock();
  model::parker bed;
  bed.unpark();
  CHECK(bed.park_for({}));
  atomics::fence(seq_cst);
  atomics::spin_hint();
  auto* const object = atomics::allocate<std::string>("here");
  CHECK(*object == "here");
  atomics::deallocate(object);
}

TEST_CASE("what a thread's body owns may be of the model", "[model]") {
  SLUICE_NEEDS_FIBERS();
  auto const found = model::explore([](execution& run) {
    auto const shared = std::make_shared<atomic<int>>(0);
    run.thread([shared] { shared->store(1, relaxed); });
    run.thread([shared] { (void)shared->load(relaxed); });
    run.join();
  });
  INFO(found.first_failure);
  CHECK(found.complete);
  CHECK(found.executions == 2);
  CHECK(found.failures == 0);
}

TEST_CASE("a setup that throws takes its threads with it", "[model]") {
  SLUICE_NEEDS_FIBERS();
  auto const found = model::explore([](execution& run) {
    auto const x = std::make_unique<atomic<int>>(0);
    run.thread([&] { x->store(1, relaxed); });
    throw std::runtime_error("not today");
  });
  INFO(found.first_failure);
  CHECK(found.found == fault::failed_assertion);
  CHECK(found.first_failure.find("not today") != std::string::npos);
}

TEST_CASE("the numbers of an atomic wrap in the width of its type, in the model as well", "[model]") {
  SLUICE_NEEDS_FIBERS();
  auto const found = model::explore([](execution& run) {
    atomic<std::uint8_t> small{250};
    atomic<std::int16_t> signed_one{-2};
    run.thread([&] { (void)small.fetch_add(10, relaxed); });
    run.thread([&] { (void)signed_one.fetch_sub(-5, relaxed); });
    run.join();
    run.check(small.load(relaxed) == 4, "wrapped");
    run.check(signed_one.load(relaxed) == 3, "below and above zero");
  });
  INFO(found.first_failure);
  CHECK(found.complete);
  CHECK(found.failures == 0);
}

// ---- at random

TEST_CASE("random runs find an easy bug, and the same one for the same seed", "[model]") {
  SLUICE_NEEDS_FIBERS();
  auto const found = model::explore_randomly(store_buffering, 7, 1'000);
  INFO(found.first_failure);
  CHECK(found.found == fault::failed_assertion);
  CHECK_FALSE(found.complete);
  auto const again = model::explore_randomly(store_buffering, 7, 1'000);
  CHECK(again.choices == found.choices);
  CHECK(again.executions == found.executions);
  CHECK(again.first_failure == found.first_failure);
  CHECK(model::replay(store_buffering, found.choices).found == fault::failed_assertion);
  bool differs = false;
  for (std::uint64_t seed = 8; seed < 16; ++seed)
    differs = differs || model::explore_randomly(store_buffering, seed, 1'000).executions != found.executions;
  CHECK(differs);
}

TEST_CASE("random runs of what is right are many and never complete", "[model]") {
  SLUICE_NEEDS_FIBERS();
  auto const found = model::explore_randomly(message, 1, 500);
  INFO(found.first_failure);
  CHECK(found.executions + found.abandoned == 500);
  CHECK(found.failures == 0);
  CHECK_FALSE(found.complete);
}

TEST_CASE("random runs reach every execution of a small program", "[model]") {
  SLUICE_NEEDS_FIBERS();
  std::vector<std::string> outcomes;
  (void)model::explore_randomly(
      [&](execution& run) {
        atomic<int> x{0};
        std::string seen;
        run.thread([&] { x.store(1, relaxed); });
        run.thread([&] { x.store(2, relaxed); });
        run.thread([&] { seen = std::to_string(x.load(relaxed)) + std::to_string(x.load(relaxed)); });
        run.join();
        seen += std::to_string(x.load(relaxed));
        if (std::ranges::find(outcomes, seen) == outcomes.end()) outcomes.push_back(seen);
      },
      3, 1'000);
  std::ranges::sort(outcomes);
  CHECK(outcomes == std::vector<std::string>{"001", "002", "011", "012", "021", "022", "111", "112", "122", "211", "221", "222"});
}

TEST_CASE("what is no choice string is misuse, and so are bounds that cannot be", "[model]") {
  SLUICE_NEEDS_FIBERS();
  for (auto const* text : {"!", "(", "()", "(12", "(99999)", "01 2"})
    CHECK_THROWS_AS(model::replay(store_buffering, text), misuse);
  CHECK_THROWS_AS(model::explore(store_buffering, {.steps = 0}), misuse);
  CHECK_THROWS_AS(model::explore(store_buffering, {.steps = 1'000'000}), misuse);
}
