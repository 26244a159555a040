#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <vector>

#include <sluice/atomics/orders.hpp>
#include <sluice/lockfree/mpsc_queue.hpp>
#include <sluice/model/explore.hpp>
#include <tests/support/planted.hpp>

using namespace sluice;
using model::atomic;
using model::atomics;
using model::cell;
using model::execution;
using model::fault;
using support::caught;
using support::passes;
using support::set;
using support::value_of;

// ---- plain memory

TEST_CASE("two unordered accesses to a cell are a data race, whichever runs first", "[model][planted]") {
  SLUICE_NEEDS_FIBERS();
  auto const race = [](bool writer_first, bool both_write) {
    return [=](execution& run) {
      cell<int> data{std::in_place, 0};
      auto const write = [&] { set(data, 1); };
      auto const other = [&, both_write] { both_write ? set(data, 2) : static_cast<void>(value_of(data)); };
      run.thread("first", writer_first ? std::function<void()>(write) : other);
      run.thread("second", writer_first ? std::function<void()>(other) : write);
      run.join();
    };
  };
  caught(race(true, false), fault::data_race, {"read of cell 1", "a write of T1", "unordered"});
  caught(race(false, false), fault::data_race, {"cell 1", "T1"});
  caught(race(true, true), fault::data_race, {"write of cell 1", "a write of T1", "unordered"});
}

TEST_CASE("two threads may read a cell at once", "[model][planted]") {
  SLUICE_NEEDS_FIBERS();
  auto const found = model::explore([](execution& run) {
    cell<int> data{std::in_place, 3};
    for (int reader = 0; reader < 2; ++reader) run.thread([&] { run.check(value_of(data) == 3, "what was written"); });
    run.join();
  });
  CHECK(found.complete);
  CHECK(found.failures == 0);
}

TEST_CASE("a write that lets somebody else in while it lasts is caught when it ends", "[model][planted]") {
  SLUICE_NEEDS_FIBERS();
  caught(
      [](execution& run) {
        cell<int> data{std::in_place, 0};
        atomic<int> inside{0};
        run.thread([&] {
          data.write([&](int& room) {
            inside.store(1, release);
            room = 1;
          });
        });
        run.thread([&] {
          if (inside.load(acquire) == 1) set(data, 2);
        });
        run.join();
      },
      fault::data_race, {"cell 1"});
}

TEST_CASE("a message passed with too weak an order is a data race", "[model][planted]") {
  SLUICE_NEEDS_FIBERS();
  auto const passed = [](std::memory_order on_store, std::memory_order on_load) {
    return [=](execution& run) {
      cell<int> data{std::in_place, 0};
      atomic<bool> ready{false};
      run.name(ready, "ready");
      run.thread("producer", [&] {
        set(data, 42);
        ready.store(true, on_store);
      });
      run.thread("consumer", [&] {
        if (ready.load(on_load)) run.check(value_of(data) == 42, "the message has arrived");
      });
      run.join();
    };
  };
  caught(passed(relaxed, relaxed), fault::data_race, {"read of cell 1", "producer", "consumer", "ready.load(relaxed) = true"});
  caught(passed(relaxed, acquire), fault::data_race, {"ready.store(true, relaxed)"});
  caught(passed(release, relaxed), fault::data_race, {"ready.load(relaxed) = true"});
  passes(passed(release, acquire));
}

TEST_CASE("a number that was never written has no value to read", "[model][planted]") {
  SLUICE_NEEDS_FIBERS();
  caught(
      [](execution& run) {
        cell<int> data;
        run.thread([&] { (void)value_of(data); });
        run.join();
      },
      fault::uninitialised_read, {"cell 1", "before it was ever written"});
}

TEST_CASE("an atomic that was never constructed is reported, not believed", "[model][planted]") {
  SLUICE_NEEDS_FIBERS();
  struct alignas(atomic<int>) storage {
    storage() {}  // NOLINT: not a zero in it, as in fresh memory
    std::byte room[sizeof(atomic<int>)];
  };
  caught(
      [](execution& run) {
        auto* const room = atomics::allocate<storage>();
        run.thread([&] { (void)reinterpret_cast<atomic<int>*>(room)->load(relaxed); });
        run.join();
        atomics::deallocate(room);
      },
      fault::uninitialised_read, {"load in node 1", "never constructed"});
}

TEST_CASE("an atomic that is found before its constructor is known to have run is a data race", "[model][planted]") {
  SLUICE_NEEDS_FIBERS();
  caught(
      [](execution& run) {
        struct node {
          atomic<int> value{7};
        };
        atomic<node*> head{nullptr};
        run.thread([&] { head.store(atomics::allocate<node>(), relaxed); });
        run.thread([&] {
          if (auto* const found = head.load(relaxed)) (void)found->value.load(acquire);
        });
        run.join();
        atomics::deallocate(head.load(relaxed));
      },
      fault::data_race, {"load of", "node 1", "does not happen after its construction"});
}

// ---- the allocator

namespace {

struct node {
  explicit node(int number) : value(number) {}
  atomic<int> value;
};

}  // namespace

TEST_CASE("an object that is freed before or after a reader's access is a use after free", "[model][planted]") {
  SLUICE_NEEDS_FIBERS();
  // The reader looks at what is gone already.
  caught(
      [](execution& run) {
        auto* const shared = atomics::allocate<node>(1);
        atomic<bool> freed{false};
        run.thread("owner", [&] {
          atomics::deallocate(shared);
          freed.store(true, relaxed);
        });
        run.thread("reader", [&] {
          if (freed.load(relaxed)) (void)shared->value.load(relaxed);
        });
        run.join();
      },
      fault::use_after_free, {"load of", "node 1", "after it was destroyed", "reader"});
  // The reader has looked, but the owner does not know.
  caught(
      [](execution& run) {
        auto* const shared = atomics::allocate<node>(1);
        atomic<bool> done{false};
        bool freed = false;
        run.thread("reader", [&] {
          (void)shared->value.load(relaxed);
          done.store(true, relaxed);
        });
        run.thread("owner", [&] {
          if (!done.load(relaxed)) return;
          atomics::deallocate(shared);
          freed = true;
        });
        run.join();
        if (!freed) atomics::deallocate(shared);
      },
      fault::use_after_free, {"is destroyed although an access of T1", "node 1", "owner"});
}

TEST_CASE("what a cell holds may not be destroyed while others can reach it", "[model][planted]") {
  SLUICE_NEEDS_FIBERS();
  caught(
      [](execution& run) {
        auto* const shared = atomics::allocate<cell<int>>(std::in_place, 5);
        run.thread([&] { (void)value_of(*shared); });
        run.thread([&] { atomics::deallocate(shared); });
        run.join();
      },
      fault::use_after_free, {"cell 1 in node 1", "is destroyed"});
}

TEST_CASE("freeing twice, freeing what is not there and retiring twice are double frees", "[model][planted]") {
  SLUICE_NEEDS_FIBERS();
  caught(
      [](execution& run) {
        auto* const shared = atomics::allocate<int>(1);
        run.thread([&] { atomics::deallocate(shared); });
        run.thread([&] { atomics::deallocate(shared); });
        run.join();
      },
      fault::double_free, {"node 1 is given back twice"});
  caught(
      [](execution& run) {
        int mine = 0;
        run.thread([&] { atomics::deallocate(&mine); });
        run.join();
      },
      fault::double_free, {"never allocated"});
  caught(
      [](execution& run) {
        auto* const shared = atomics::allocate<int>(1);
        run.thread([&] { atomics::retiring(shared); });
        run.thread([&] { atomics::retiring(shared); });
        run.join();
        atomics::deallocate(shared);
      },
      fault::double_free, {"node 1 is retired twice"});
}

TEST_CASE("what nobody gives back is a leak", "[model][planted]") {
  SLUICE_NEEDS_FIBERS();
  caught(
      [](execution& run) {
        atomic<node*> slot{nullptr};
        for (int who = 1; who <= 2; ++who)
          run.thread([&, who] {
            auto* const mine = atomics::allocate<node>(who);
            slot.store(mine, release);  // and whoever was there is forgotten
          });
        run.join();
        atomics::deallocate(slot.load(relaxed));
      },
      fault::leak, {"node 1", "was never given back", "allocates node 2"});
}

// ---- waiting

TEST_CASE("two mutexes locked in opposite orders are a deadlock", "[model][planted]") {
  SLUICE_NEEDS_FIBERS();
  auto const nested = [](bool same_order) {
    return [=](execution& run) {
      model::mutex left;
      model::mutex right;
      run.thread([&] {
        left.lock();
        right.lock();
        right.unlock();
        left.unlock();
      });
      run.thread([&, same_order] {
        auto& first = same_order ? left : right;
        auto& second = same_order ? right : left;
        first.lock();
        second.lock();
        second.unlock();
        first.unlock();
      });
      run.join();
    };
  };
  caught(nested(false), fault::deadlock, {"T1 waits for", "T2 waits for", "which nobody will unlock"});
  passes(nested(true));
}

TEST_CASE("a sleeper that looks before it announces itself misses its wake-up", "[model][planted]") {
  SLUICE_NEEDS_FIBERS();
  auto const sleep = [](bool announce_first, std::memory_order order) {
    return [=](execution& run) {
      atomic<bool> ready{false};
      atomic<bool> asleep{false};
      model::parker bed;
      run.name(ready, "ready");
      run.name(asleep, "asleep");
      run.thread("sleeper", [&, announce_first, order] {
        if (announce_first) asleep.store(true, order);
        if (ready.load(order)) return;
        if (!announce_first) asleep.store(true, order);
        bed.park();
      });
      run.thread("waker", [&, order] {
        ready.store(true, order);
        if (asleep.load(order)) bed.unpark();
      });
      run.join();
    };
  };
  caught(sleep(false, seq_cst), fault::lost_wake_up, {"T1 sleeps on", "nobody will wake it", "ready.load(seq_cst) = false"});
  caught(sleep(true, acquire), fault::lost_wake_up, {"T1 sleeps on"});  // in the right turn, but not in one order
  passes(sleep(true, seq_cst));
}

TEST_CASE("a token that somebody else may take is not a promise to wake", "[model][planted]") {
  SLUICE_NEEDS_FIBERS();
  caught(
      [](execution& run) {
        model::parker bed;
        run.thread("guest", [&] { (void)bed.park_for({}); });
        run.thread("owner", [&] {
          bed.unpark();
          bed.park();
        });
        run.join();
      },
      fault::lost_wake_up, {"T2 sleeps on"});
}

TEST_CASE("threads that spin on each other are a livelock, whatever the order", "[model][planted]") {
  SLUICE_NEEDS_FIBERS();
  for (auto const order : {relaxed, seq_cst}) {
    caught(
        [order](execution& run) {
          std::array<atomic<bool>, 2> done;
          for (std::size_t who = 0; who < 2; ++who)
            run.thread([&, who, order] {
              while (!done[1 - who].load(order == relaxed ? relaxed : seq_cst)) atomics::spin_hint();
              done[who].store(true, order);
            });
          run.join();
        },
        fault::livelock, {"T1 spins on atomic 2", "T2 spins on atomic 1", "which nobody will change"});
  }
}

TEST_CASE("a thread that ends with the lock leaves the others spinning", "[model][planted]") {
  SLUICE_NEEDS_FIBERS();
  caught(
      [](execution& run) {
        atomic<bool> held{false};
        run.name(held, "held");
        for (int who = 0; who < 3; ++who)
          run.thread([&] {
            while (held.exchange(true)) atomics::spin_hint();
          });
        run.join();
      },
      fault::livelock, {"spins on held, which nobody will change"});
}

// ---- what the program says itself

TEST_CASE("a failed assertion is reported with its claim and its line", "[model][planted]") {
  SLUICE_NEEDS_FIBERS();
  auto const line = std::to_string(__LINE__ + 8);
  caught(
      [](execution& run) {
        atomic<int> count{0};
        run.name(count, "count");
        for (int who = 0; who < 2; ++who)
          run.thread([&] { count.store(count.load(relaxed) + 1, relaxed); });
        run.join();
        run.check(count.load(relaxed) == 2, "nothing is lost");
      },
      fault::failed_assertion, {"nothing is lost", "line " + line, "count.store(1, relaxed)"});
}

TEST_CASE("an exception that leaves a thread is a failure of the program", "[model][planted]") {
  SLUICE_NEEDS_FIBERS();
  caught(
      [](execution& run) {
        atomic<int> turn{0};
        run.thread([&] { turn.store(1, relaxed); });
        run.thread([&] {
          if (turn.load(relaxed) == 1) throw std::runtime_error("not my turn");
        });
        run.join();
      },
      fault::failed_assertion, {"an exception left the thread", "not my turn"});
  caught([](execution&) { throw 7; }, fault::failed_assertion, {"an exception left the thread"});
}

TEST_CASE("misuse inside a modelled thread is reported and does not end the program", "[model][planted]") {
  SLUICE_NEEDS_FIBERS();
  struct item : mpsc_hook<atomics> {};
  caught(
      [](execution& run) {
        item object;
        atomic<bool> pushed{false};
        {
          mpsc_queue<item, atomics> queue;
          run.thread([&] {
            (void)queue.push(object);
            pushed.store(true, release);
          });
          run.join();
        }
      },
      fault::failed_assertion, {"misuse of mpsc_queue", "destroyed with objects inside"});
}

TEST_CASE("a program that does something else the next time is not explored but reported", "[model][planted]") {
  SLUICE_NEEDS_FIBERS();
  std::uint64_t runs = 0;
  auto const found = model::explore([&](execution& run) {
    atomic<int> x{0};
    auto const extra = ++runs > 1;
    run.thread([&] { x.store(1, relaxed); });
    run.thread([&, extra] {
      if (extra) x.store(2, relaxed);
      (void)x.load(relaxed);
    });
    run.join();
  });
  INFO(found.first_failure);
  CHECK(model::name(found.found) == "not repeatable");
  CHECK_FALSE(found.complete);
}

TEST_CASE("an object that outlives the execution is not one of the program's", "[model][planted]") {
  SLUICE_NEEDS_FIBERS();
  atomic<int> outside{0};
  auto const found = model::explore([&](execution& run) {
    run.thread([&] { outside.store(1, relaxed); });
    run.join();
  });
  CHECK(model::name(found.found) == "not repeatable");
  CHECK(found.first_failure.find("make it inside") != std::string::npos);
}

TEST_CASE("a bound that is hit is reported, and is never taken for a success", "[model][planted]") {
  SLUICE_NEEDS_FIBERS();
  auto const counting = [](execution& run) {
    atomic<int> x{0};
    run.thread([&] {
      while (x.fetch_add(1, relaxed) >= 0) {
      }
    });
    run.join();
  };
  auto const check = [](model::report const& found, std::string_view bound) {
    INFO(found.first_failure);
    CHECK_FALSE(found.complete);
    CHECK(found.failures == 0);
    CHECK(found.bound == bound);
  };
  check(model::explore(counting, {.steps = 100}), "100 steps in one execution");
  check(model::explore(
            [](execution& run) {
              atomic<int> x{0};
              run.thread([&] { x.store(1, relaxed); });
              run.thread([&] { (void)x.load(relaxed); });
              run.join();
            },
            {.executions = 1}),
        "1 executions");
  check(model::explore(
            [](execution& run) {
              run.thread([&] {
                for (int at = 0; at < 100; ++at) atomics::deallocate(atomics::allocate<std::array<std::byte, 100>>());
              });
              run.join();
            },
            {.heap_bytes = 1000}),
        "1000 bytes allocated in one execution");
  check(model::explore([](execution& run) {
          atomic<int> x{0};
          run.thread([&] {
            for (int at = 0; at < 300; ++at) x.store(at);
          });
          run.join();
        }),
        "256 seq_cst operations in one execution");
}

TEST_CASE("an allocation that is made to fail reaches the program", "[model][planted]") {
  SLUICE_NEEDS_FIBERS();
  int refused = 0;
  auto const found = model::explore(
      [&](execution& run) {
        run.thread([&] {
          for (int at = 0; at < 3; ++at) {
            try {
              atomics::deallocate(atomics::allocate<int>(at));
            } catch (std::bad_alloc const&) {
              refused = at;
            }
          }
        });
        run.join();
      },
      {.failing_allocation = 1});
  INFO(found.first_failure);
  CHECK(found.complete);
  CHECK(refused == 1);
}
