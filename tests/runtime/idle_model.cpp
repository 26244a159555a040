#include <catch2/catch_test_macros.hpp>

#include <array>

#include <sluice/runtime/idle_counts.hpp>
#include <sluice/runtime/injector.hpp>
#include <tests/support/explored.hpp>
#include <tests/support/without_light_fence.hpp>

using namespace sluice;

namespace {

struct job {
  job* next_ready = nullptr;
  model::cell<int> payload;
};

/// Workers and an injector as the driver has them: a worker searches, ends its search, says that it sleeps, and
/// looks once more.
template <class Atomics>
struct pool {
  basic_idle_counts<Atomics> idle;
  basic_injector<job, Atomics> queue;
  model::atomics::atomic<int> woken{0};

  void give(job& work) {
    work.payload.write([](int& value) { value = 7; });
    queue.push(work);
    wake_one();
  }
  void wake_one() {
    if (!idle.must_wake()) return;
    idle.wake_to_search();
    woken.store(1, relaxed);
  }
  /// True when it found something before it slept.
  auto search_or_sleep(job*& found) -> bool {
    idle.begin_search();
    found = queue.pop();
    if (idle.end_search() && found != nullptr) wake_one();
    if (found != nullptr) return true;
    idle.sleep(), idle.announce();
    return !queue.empty();
  }
};

template <class Atomics>
void sees_what_was_made_or_is_woken() {
  support::explored("idle_counts").all([](model::execution& run) {
    pool<Atomics> at;
    job work;
    job* found = nullptr;
    bool awake = false;
    run.thread([&] { at.give(work); });
    run.thread([&] {
      awake = at.search_or_sleep(found);
      if (found != nullptr)
        run.check(found->payload.read([](int value) { return value; }) == 7, "what came with it is seen");
    });
    run.join();
    run.check(awake || at.woken.load(relaxed) != 0, "nobody sleeps beside work");
  });
}

template <class Atomics>
void finds_what_was_left_to_it() {
  support::explored("idle_counts").all([](model::execution& run) {
    pool<Atomics> at;
    std::array<job, 2> work;
    at.idle.sleep();  // another worker
    job* found = nullptr;
    bool awake = false;
    run.thread([&] {
      for (auto& each : work) at.give(each);
    });
    run.thread([&] { awake = at.search_or_sleep(found); });
    run.join();
    auto const left = !at.queue.empty();
    // Whoever found something goes on, and looks again before it sleeps.
    run.check(!left || awake || at.woken.load(relaxed) != 0, "nobody sleeps beside work");
  });
}

}  // namespace

TEST_CASE("a worker that falls asleep sees what was made before, or is woken for it",
          "[everyday][runtime][parking][model][G6]") {
  sees_what_was_made_or_is_woken<model::atomics>();
}

TEST_CASE("without a light fence, too, a worker that falls asleep sees what was made before, or is woken for it",
          "[everyday][runtime][parking][model][G6]") {
  sees_what_was_made_or_is_woken<support::without_light_fence>();
}

TEST_CASE("work that was left to a searcher is found by it, or by the one it wakes",
          "[everyday][runtime][parking][model][G6]") {
  finds_what_was_left_to_it<model::atomics>();
}

TEST_CASE("without a light fence, too, work that was left to a searcher is found by it, or by the one it wakes",
          "[everyday][runtime][parking][model][G6]") {
  finds_what_was_left_to_it<support::without_light_fence>();
}

TEST_CASE("the injector keeps what is pushed while another pops, in its order",
          "[everyday][runtime][injector][model][G5]") {
  support::explored("injector").all([](model::execution& run) {
    basic_injector<job, model::atomics> queue;
    std::array<job, 2> work;
    std::array<job*, 3> taken{};
    run.thread([&] {
      for (auto& each : work) queue.push(each);
    });
    run.thread([&] { taken[0] = queue.pop(); });
    run.join();
    std::size_t count = taken[0] != nullptr ? 1 : 0;
    while (auto* const each = queue.pop()) taken[count++] = each;
    run.check(count == 2 && taken[0] == &work[0] && taken[1] == &work[1], "both, the first of them first");
    run.check(queue.empty(), "and then none");
    queue.push(work[0]);
    run.check(queue.pop() == &work[0], "it goes on after it was empty");
  });
}

TEST_CASE("two that push at once both find their task there", "[everyday][runtime][injector][model][G5]") {
  support::explored("injector").all([](model::execution& run) {
    basic_injector<job, model::atomics> queue;
    std::array<job, 2> work;
    for (auto& each : work) run.thread([&] { queue.push(each); });
    run.join();
    auto* const first = queue.pop();
    auto* const second = queue.pop();
    run.check(first != nullptr && second != nullptr && first != second, "both are there");
    run.check(queue.pop() == nullptr, "and no other");
  });
}
