#include <catch2/catch_test_macros.hpp>

#include <array>
#include <mutex>
#include <optional>

#include <sluice/atomics/spin_lock.hpp>
#include <sluice/model/explore.hpp>
#include <tests/support/explored.hpp>

using namespace sluice;

namespace {

// Two seats, two locks at a time; who takes a lock owns it from the next time on.
using bias = lock_bias<model::atomics, 2, 2, 1>;
using biased_lock = basic_spin_lock<model::atomics, bias>;

struct guarded {
  guarded() = default;
  explicit guarded(biased_lock::born_here here) : lock(here) {}

  biased_lock lock;
  model::cell<int> count{std::in_place, 0};

  void add() {
    std::lock_guard const hold{lock};
    count.write([](int& n) { ++n; });
  }
  /// The same by who holds the lock for a moment, where it can.
  void add_briefly() {
    if (auto const held = lock.try_lock_briefly()) {
      count.write([](int& n) { ++n; });
      lock.unlock_briefly(held);
    } else {
      add();
    }
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

TEST_CASE("an owner that holds its lock briefly, and who takes it away, never meet, and each sees what the other did",
          "[everyday][lockfree][model]") {
  support::explored("lock_bias").all([](model::execution& run) {
    guarded shared;
    run.thread([&] {
      for (auto times = 0; times < 3; ++times) shared.add_briefly();
    });
    run.thread([&] { shared.add_briefly(); });
    run.join();
    run.check(shared.counted() == 4, "each was counted");
  });
}

TEST_CASE("who holds a lock briefly takes no other one so, and each of the two is told apart", "[everyday][lockfree][model]") {
  support::explored("lock_bias").all([](model::execution& run) {
    guarded outer;
    guarded inner;
    run.thread([&] {
      for (auto times = 0; times < 2; ++times) outer.add(), inner.add();
      auto const held = outer.lock.try_lock_briefly();
      inner.add_briefly();
      if (held) {
        outer.count.write([](int& n) { ++n; });
        outer.lock.unlock_briefly(held);
      } else {
        outer.add();
      }
    });
    run.thread([&] { outer.add(); });
    run.join();
    run.check(outer.counted() == 4 && inner.counted() == 3, "each was counted");
  });
}

TEST_CASE("several locks that one thread owns are held together, or none of them is", "[everyday][lockfree][model]") {
  support::explored("lock_bias").all([](model::execution& run) {
    std::array<guarded, 2> both;
    run.thread([&] {
      for (auto& each : both)
        for (auto times = 0; times < 2; ++times) each.add();
      if (auto* const held = biased_lock::try_lock_together(std::array{&both[0].lock, &both[1].lock})) {
        for (auto& each : both) each.count.write([](int& n) { ++n; });
        biased_lock::unlock_together<2>(held);
      } else {
        for (auto& each : both) each.add();
      }
    });
    run.thread([&] { both[1].add(); });
    run.join();
    run.check(both[0].counted() == 3 && both[1].counted() == 4, "each was counted");
  });
}

TEST_CASE("a lock that belongs to its maker from the beginning is taken away as any other", "[everyday][lockfree][model]") {
  support::explored("lock_bias").all([](model::execution& run) {
    model::atomics::atomic<guarded*> known{nullptr};
    std::optional<guarded> place;
    run.thread([&] {
      biased_lock to_sit_down;
      for (auto times = 0; times < 2; ++times) (void)std::lock_guard{to_sit_down};
      place.emplace(biased_lock::born_here{});
      known.store(&*place, release);
      place->add_briefly();
    });
    run.thread([&] {
      if (auto* const found = known.load(acquire)) found->add_briefly(), found->add_briefly();
    });
    run.join();
    auto const counted = place->counted();
    run.check(counted == 1 || counted == 3, "each was counted");
  });
}
