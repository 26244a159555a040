#include <catch2/catch_test_macros.hpp>

#include <array>

#include <sluice/sync/detail/group_count.hpp>
#include <tests/support/explored.hpp>

using namespace sluice;

namespace {

using count = detail::basic_group_count<model::atomics>;

/// A group as it is made of a count, a lock and waiters: here one, who is released or found nothing to wait for.
struct group {
  count under_way;
  model::atomics::mutex lock;
  bool waits = false;  // under `lock`
  model::atomics::atomic<bool> released{false};

  void add(std::int64_t n) {
    for (;;) {
      switch (under_way.add(n)) {
        case count::added::counted: return;
        case count::added::below_zero: return;
        case count::added::from_zero: {
          std::lock_guard const hold{lock};
          if (under_way.begin(n)) return;
          break;
        }
        case count::added::ends_a_round: {
          std::lock_guard const hold{lock};
          if (!under_way.end(n)) break;
          if (waits) released.store(true, release);
          return;
        }
      }
    }
  }
  /// True when there was nothing to wait for.
  auto enter() -> bool {
    std::lock_guard const hold{lock};
    waits = under_way.mark_waiting();
    return !waits;
  }
};

}  // namespace

TEST_CASE("whoever waits for a group is released by the last, and sees what all have done",
          "[everyday][sync][wait_group][model][W1][W3][G6]") {
  support::explored("group_count").all([](model::execution& run) {
    group at;
    std::array<model::cell<int>, 2> done;
    at.add(2);
    for (auto& each : done)
      run.thread([&] {
        each.write([](int& value) { value = 1; });
        at.add(-1);
      });
    run.thread([&] {
      if (!at.enter()) return;  // else it waits, see below
      for (auto& each : done) run.check(each.read([](int value) { return value; }) == 1, "all has been done");
    });
    run.join();
    run.check(at.under_way.count() == 0, "all are counted");
    run.check(!at.waits || at.released.load(relaxed), "who waits is released");
  });
}

TEST_CASE("what precedes each done is seen by the one that ends the round",
          "[everyday][sync][wait_group][model][W3]") {
  support::explored("group_count").all([](model::execution& run) {
    group at;
    std::array<model::cell<int>, 2> done;
    at.add(2);
    (void)at.enter();
    for (std::size_t who = 0; who < 2; ++who)
      run.thread([&, who] {
        done[who].write([](int& value) { value = 1; });
        auto const how = at.under_way.add(-1);
        if (how != count::added::ends_a_round) return;
        std::lock_guard const hold{at.lock};
        if (!at.under_way.end(-1)) return;
        for (auto& each : done) run.check(each.read([](int value) { return value; }) == 1, "all has been done");
      });
    run.join();
  });
}

TEST_CASE("of two that begin a round and one that waits none is lost", "[everyday][sync][wait_group][model][W1][W4]") {
  support::explored("group_count").all([](model::execution& run) {
    group at;
    run.thread([&] {
      at.add(1);
      at.add(-1);
    });
    run.thread([&] {
      at.add(1);
      at.add(-1);
    });
    run.thread([&] { (void)at.enter(); });
    run.join();
    run.check(at.under_way.count() == 0, "all are counted");
    run.check(!at.waits || at.released.load(relaxed), "who waits is released");
  });
}
