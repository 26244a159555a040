#include <catch2/catch_test_macros.hpp>

#include <cstddef>

#include <sluice/lockfree/blocking.hpp>
#include <sluice/lockfree/mpmc_ring.hpp>
#include <sluice/lockfree/spsc_ring.hpp>
#include <sluice/lockfree/treiber_stack.hpp>
#include <sluice/reclaim/leaky.hpp>
#include <tests/support/explored.hpp>

using namespace sluice;

namespace {

support::explored const queue("blocking_queue");

constexpr sleep_after at_once{.looks = 0};
using one_place = spsc_ring<int, 1, model::atomics>;
using tickets = mpmc_ring<int, model::atomics>;
template <class Queue>
using blocking = blocking_queue<Queue, model::atomics>;

}  // namespace

TEST_CASE("a blocking_queue's consumer gets each value, and sleeps while there is none", "[everyday][lockfree][model][G6]") {
  queue.all([](model::execution& run) {
    blocking<one_place> line{at_once};
    int first = 0, second = 0;
    run.thread([&] {
      (void)line.push_blocking(1);
      (void)line.push_blocking(2);
    });
    run.thread([&] {
      first = line.pop_blocking().value_or(0);
      second = line.pop_blocking().value_or(0);
    });
    run.join();
    run.check(first == 1 && second == 2, "both values, in order");
  });
}

TEST_CASE("close ends the waiting of a blocking_queue's consumer, and no accepted value is left", "[everyday][lockfree][model]") {
  queue.all([](model::execution& run) {
    blocking<tickets> line{at_once, std::size_t{2}};
    bool accepted = false;
    int got = 0;
    run.thread([&] { accepted = line.push_blocking(1).has_value(); });
    run.thread([&] {
      while (auto const value = line.pop_blocking()) got += *value;
    });
    run.thread([&] { line.close(); });
    run.join();
    run.check(got == (accepted ? 1 : 0), "what was accepted is popped");
    run.check(!line.push_blocking(2).has_value(), "a closed queue accepts nothing");
  });
}

TEST_CASE("close ends the waiting of a blocking_queue's producer, which keeps its value", "[everyday][lockfree][model]") {
  queue.all([](model::execution& run) {
    blocking<one_place> line{at_once};
    (void)line.try_push(1);
    int kept = 0;
    run.thread([&] {
      if (auto sent = line.push_blocking(2); !sent) kept = sent.error();
    });
    run.thread([&] { line.close(); });
    run.join();
    run.check(kept == 2, "there was no room for it");
  });
}

TEST_CASE("what precedes close precedes a refusal", "[everyday][lockfree][model]") {
  queue.all([](model::execution& run) {
    blocking<one_place> line{at_once};
    model::cell<int> why;
    run.thread([&] {
      why.write([](int& reason) { reason = 1; });
      line.close();
    });
    run.thread([&] {
      if (!line.push_blocking(1)) run.check(why.read([](int reason) { return reason; }) == 1, "the reason is there");
    });
    run.thread([&] {
      if (line.is_closed()) run.check(why.read([](int reason) { return reason; }) == 1, "the reason is there");
    });
    run.join();
  });
}

TEST_CASE("what precedes close precedes the answer that nothing will come any more", "[everyday][lockfree][model]") {
  queue.all([](model::execution& run) {
    blocking<one_place> line{at_once};
    model::cell<int> why;
    run.thread([&] {
      why.write([](int& reason) { reason = 1; });
      line.close();
    });
    run.thread([&] {
      if (!line.pop_blocking()) run.check(why.read([](int reason) { return reason; }) == 1, "the reason is there");
    });
    run.join();
  });
}
