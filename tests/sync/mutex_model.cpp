#include <catch2/catch_test_macros.hpp>

#include <utility>

#include <sluice/sync/detail/mutex_core.hpp>
#include <tests/support/explored.hpp>
#include <tests/support/wait_queue.hpp>

using namespace sluice;

namespace {

struct place : support::modelled_place<place> {
  explicit place(bool is_handed) : handed(is_handed) {}
  [[nodiscard]] auto starves(std::uint64_t) const noexcept -> bool { return handed; }

  bool handed;  // it is handed the mutex, and does not try for it
  std::uint64_t barged_before = 0;
  bool waited = false;
};

/// A mutex, and what is done under it.
struct room {
  detail::basic_mutex_core<place, model::atomics::mutex, model::atomics> door;
  model::cell<int> inside;
  int entered = 0;  // of those that are told at the end

  void work() {
    inside.write([](int& times) { ++times; });
    ++entered;
  }
  void leave(model::execution& run) { run.check(door.leave(), "it was held"); }

  /// Waits as a blocked thread does. True when it has the mutex.
  auto enter(place& me, place::context* ctx = nullptr) -> bool {
    if (door.try_take()) return true;
    return enter_slowly(me, ctx);
  }
  auto enter_slowly(place& me, place::context* ctx) -> bool {
    if (!me.listen(ctx, door.lock(), door.queue())) return false;
    if (!door.take_or_wait(me)) {
      do me.sleep.park();
      while (!door.take_or_wait_again(me, [] {}));
    }
    me.settle();
    return me.state == detail::wait_state::served;
  }
  /// The same, work, and out again.
  auto visit(model::execution& run, bool handed, place::context* ctx = nullptr) -> bool {
    place me{handed};
    if (!enter(me, ctx)) return false;
    work();
    leave(run);
    return true;
  }
  void check_is_left(model::execution& run, int visits) {
    run.check(entered == visits, "everybody who was let in has been there once");
    run.check(!door.somebody_waits(), "nobody is left behind");
    run.check(door.try_take(), "it is free");
    leave(run);
  }
};

}  // namespace

TEST_CASE("those that find a mutex held or free are inside one after the other, and see what was done there",
          "[everyday][sync][mutex][model][M1][G6]") {
  for (auto const handed : {false, true})
    for (auto const& [crew, visits] : {std::pair{2, 2}, std::pair{3, 1}})
      support::explored("mutex_core").all([=](model::execution& run) {
        room at;
        for (int who = 0; who < crew; ++who)
          run.thread([&] {
            for (int n = 0; n < visits; ++n) (void)at.visit(run, handed);
          });
        run.join();
        at.check_is_left(run, crew * visits);
      });
}

TEST_CASE("whoever comes while a waiter is awake takes the mutex, and the waiter has it afterwards",
          "[everyday][sync][mutex][model][M1][M2][M4][G6]") {
  for (auto const handed : {false, true})
    support::explored("mutex_core").all([=](model::execution& run) {
      room at;
      (void)at.door.try_take();
      auto passed = 0;
      run.thread([&] { (void)at.visit(run, handed); });
      run.thread([&] {
        at.leave(run);
        if (!at.door.try_take()) return;
        at.work();
        at.leave(run);
        passed = 1;
      });
      run.join();
      at.check_is_left(run, 1 + passed);
    });
}

TEST_CASE("a waiter that is interrupted while the mutex is let go has it, or leaves it to be had",
          "[everyday][sync][mutex][model][M5][X16][G6]") {
  for (auto const handed : {false, true})
    support::explored("mutex_core").all([=](model::execution& run) {
      room at;
      (void)at.door.try_take();
      place::context ends;
      auto got = 0;
      run.thread([&] { got = at.visit(run, handed, &ends) ? 1 : 0; });
      run.thread([&] {
        at.work();
        at.leave(run);
      });
      run.thread([&] {
        ends.end();
        (void)at.visit(run, handed);
      });
      run.join();
      at.check_is_left(run, 2 + got);
    });
}

TEST_CASE("whoever has a mutex last may end its life, also where somebody has waited in vain",
          "[everyday][sync][mutex][model][M1][G2]") {
  support::explored("mutex_core").all([](model::execution& run) {
    auto* const at = model::atomics::allocate<room>();
    (void)at->door.try_take();
    place::context ends;
    place in_vain{false};
    run.check(in_vain.listen(&ends, at->door.lock(), at->door.queue()), "it waits");
    run.check(!at->door.take_or_wait(in_vain), "it waits");
    ends.end();
    in_vain.sleep.park();
    run.check(at->door.take_or_wait_again(in_vain, [] {}), "it is let go without the mutex");
    in_vain.settle();
    auto ended = false;
    run.thread([&] { at->leave(run); });
    run.thread([&] {
      if (!at->door.try_take()) return;
      at->leave(run);
      model::atomics::deallocate(at);
      ended = true;
    });
    run.join();
    if (!ended) model::atomics::deallocate(at);
  });
}

TEST_CASE("a wait under a context that ends is over, though nobody lets go",
          "[everyday][sync][mutex][model][M5][X16][G6]") {
  support::explored("mutex_core").all([](model::execution& run) {
    room at;
    (void)at.door.try_take();
    place::context ends;
    run.thread([&] { run.check(!at.visit(run, false, &ends), "it is not let in"); });
    run.thread([&] { ends.end(); });
    run.join();
    at.leave(run);
    at.check_is_left(run, 0);
  });
}

TEST_CASE("a waiter whose turn ends by its context wakes the one behind it",
          "[everyday][sync][mutex][model][M4][M5][G6]") {
  support::explored("mutex_core").all([](model::execution& run) {
    room at;
    (void)at.door.try_take();
    place::context ends;
    place first{false};
    run.check(first.listen(&ends, at.door.lock(), at.door.queue()), "it waits");
    run.check(!at.door.take_or_wait(first), "it waits");
    auto got = 0;
    run.thread([&] {
      do first.sleep.park();
      while (!at.door.take_or_wait_again(first, [] {}));
      first.settle();
      if (first.state != detail::wait_state::served) return;
      at.work();
      at.leave(run);
      got = 1;
    });
    run.thread([&] {
      place second{false};
      if (!at.enter_slowly(second, nullptr)) return;
      at.work();
      at.leave(run);
    });
    run.thread([&] {
      at.leave(run);
      ends.end();
    });
    run.join();
    at.check_is_left(run, 1 + got);
  });
}

TEST_CASE("one that goes away before its try, or with a mutex it was handed, leaves it to the next",
          "[everyday][sync][mutex][model][M5][G2][G6]") {
  for (auto const handed : {false, true})
    support::explored("mutex_core").all([=](model::execution& run) {
      room at;
      (void)at.door.try_take();
      place gone{handed};
      run.check(gone.listen(nullptr, at.door.lock(), at.door.queue()), "it waits");
      run.check(!at.door.take_or_wait(gone), "it waits");
      at.leave(run);  // it is awake, and never runs
      run.thread([&] { at.door.give_up(gone); });
      for (int who = 0; who < 2; ++who) run.thread([&] { (void)at.visit(run, handed); });
      run.join();
      at.check_is_left(run, 2);
    });
}
