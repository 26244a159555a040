#include <catch2/catch_test_macros.hpp>

#include <mutex>

#include <sluice/lockfree/barging_lock.hpp>
#include <tests/support/explored.hpp>

using namespace sluice;

namespace {

support::explored const lock("barging_lock");

using modelled = basic_barging_lock<model::atomics>;

void add_one(model::cell<int>& to) {
  to.write([](int& value) { ++value; });
}
auto value_of(model::cell<int> const& of) -> int {
  return of.read([](int value) { return value; });
}

/// `threads` take the lock once each, after so many looks with a ticket.
void take_turns(unsigned looks, int threads) {
  lock.all([=](model::execution& run) {
    modelled one{looks};
    model::cell<int> count;
    count.write([](int& value) { value = 0; });
    for (int thread = 0; thread < threads; ++thread)
      run.thread([&] {
        std::lock_guard const hold(one);
        add_one(count);
      });
    run.join();
    run.check(value_of(count) == threads, "each had its turn");
  });
}

}  // namespace

TEST_CASE("one thread at a time has a barging_lock, in every execution", "[everyday][lockfree][model]") {
  take_turns(0, 2);
  take_turns(1, 2);
}

TEST_CASE("a barging_lock that is tried for is had by one thread at most", "[everyday][lockfree][model]") {
  lock.all([](model::execution& run) {
    modelled one;
    model::cell<int> count;
    count.write([](int& value) { value = 0; });
    int got = 0;
    for (int thread = 0; thread < 2; ++thread)
      run.thread([&] {
        if (!one.try_lock()) return;
        ++got;
        add_one(count);
        one.unlock();
      });
    run.join();
    run.check(value_of(count) == got && got >= 1, "those that had it added one");
    run.check(one.try_lock(), "it is free in the end");
  });
}

TEST_CASE("three threads share a barging_lock", "[deep][lockfree][model]") {
  take_turns(0, 3);
}
