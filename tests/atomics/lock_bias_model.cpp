#include <catch2/catch_test_macros.hpp>

#include <mutex>

#include <sluice/atomics/spin_lock.hpp>
#include <sluice/model/explore.hpp>
#include <tests/support/explored.hpp>

using namespace sluice;

namespace {

// Two seats, two locks at a time; who takes a lock owns it from the next time on.
using bias = lock_bias<model::atomics, 2, 2, 1>;
using biased_lock = basic_spin_lock<model::atomics, bias>;

struct guarded {
  biased_lock lock;
  model::cell<int> count{std::in_place, 0};

  void add() {
    std::lock_guard const hold{lock};
    count.write([](int& n) { ++n; });
  }
  [[nodiscard]] auto counted() const -> int {
    return count.read([](int n) { return n; });
  }
};

}  // namespace

TEST_CASE("the owner of a biased lock and who takes it away never meet, and each sees what the other did",
          "[everyday][lockfree][model]") {
  support::explored("lock_bias").all([](model::execution& run) {
    guarded shared;
    run.thread([&] {
      for (auto times = 0; times < 3; ++times) shared.add();
    });
    run.thread([&] { shared.add(); });
    run.join();
    run.check(shared.counted() == 4, "each was counted");
  });
}

TEST_CASE("a lock that was taken away may become the other one's own", "[everyday][lockfree][model]") {
  support::explored("lock_bias").all([](model::execution& run) {
    guarded shared;
    for (auto thread = 0; thread < 2; ++thread)
      run.thread([&] {
          for (auto times = 0; times < 2; ++times) shared.add();
      });
    run.join();
    run.check(shared.counted() == 4, "each was counted");
  });
}

TEST_CASE("locks inside of one another are told apart", "[everyday][lockfree][model]") {
  support::explored("lock_bias").all([](model::execution& run) {
    guarded outer;
    guarded inner;
    run.thread([&] {
      for (auto times = 0; times < 2; ++times) outer.add(), inner.add();
      std::lock_guard const hold{outer.lock};
      inner.add();
      outer.count.write([](int& n) { ++n; });
    });
    run.thread([&] { outer.add(); });
    run.join();
    run.check(outer.counted() == 4 && inner.counted() == 3, "each was counted");
  });
}

TEST_CASE("whoever takes a bias away sees what its owner did, though that one is in another lock by now",
          "[everyday][lockfree][model]") {
  support::explored("lock_bias").all([](model::execution& run) {
    guarded first;
    guarded second;
    run.thread([&] {
      for (auto times = 0; times < 3; ++times) first.add(), second.add();
    });
    run.thread([&] { first.add(); });
    run.join();
    run.check(first.counted() == 4 && second.counted() == 3, "each was counted");
  });
}

TEST_CASE("a thread that sits down on another one's seat sees what that one did", "[everyday][lockfree][model]") {
  support::explored("lock_bias").all([](model::execution& run) {
    using lock_type = basic_spin_lock<model::atomics, lock_bias<model::atomics, 1, 1, 1>>;
    lock_type lock;
    model::cell<int> count{std::in_place, 0};
    for (auto thread = 0; thread < 2; ++thread)
      run.thread([&] {
        lock_type to_sit_down;
        (void)std::lock_guard{to_sit_down};
        for (auto times = 0; times < 2; ++times) {
          std::lock_guard const hold{lock};
          count.write([](int& n) { ++n; });
        }
      });
    run.join();
    run.check(count.read([](int n) { return n; }) == 4, "each was counted");
  });
}
