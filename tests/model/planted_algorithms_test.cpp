#include <catch2/catch_test_macros.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <sluice/atomics/orders.hpp>
#include <sluice/model/explore.hpp>
#include <tests/support/planted.hpp>

// Known algorithms, each with the order that it needs and with one that is too weak.

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

namespace {

/// Two or more threads that each add one under a lock.
template <class Lock, class... Args>
auto counted_under(unsigned threads, Args... args) -> model::program {
  return [=](execution& run) {
    Lock lock{args...};
    cell<unsigned> count{std::in_place, 0U};
    for (unsigned who = 0; who < threads; ++who)
      run.thread([&, who] {
        lock.lock(who);
        count.write([](unsigned& value) { ++value; });
        lock.unlock(who);
      });
    run.join();
    run.check(value_of(count) == threads, "nothing is lost");
  };
}

struct peterson {
  explicit peterson(std::memory_order on_store, std::memory_order on_load) : store_order(on_store), load_order(on_load) {}
  void lock(unsigned who) {
    wants[who].store(true, store_order);
    turn.store(1 - who, store_order);
    while (wants[1 - who].load(load_order) && turn.load(load_order) == 1 - who) atomics::spin_hint();
  }
  void unlock(unsigned who) { wants[who].store(false, store_order); }

  std::memory_order store_order, load_order;
  std::array<atomic<bool>, 2> wants{};
  atomic<unsigned> turn{0};
};

struct spin_lock {
  explicit spin_lock(std::memory_order on_unlock) : unlock_order(on_unlock) {}
  void lock(unsigned) {
    while (held.exchange(true, acquire)) atomics::spin_hint();
  }
  void unlock(unsigned) { held.store(false, unlock_order); }

  std::memory_order unlock_order;
  atomic<bool> held{false};
};

struct ticket_lock {
  explicit ticket_lock(std::memory_order on_look) : look_order(on_look) {}
  void lock(unsigned) {
    auto const mine = next.fetch_add(1, relaxed);
    while (serving.load(look_order) != mine) atomics::spin_hint();
  }
  void unlock(unsigned) { serving.store(serving.load(relaxed) + 1, release); }

  std::memory_order look_order;
  atomic<unsigned> next{0};
  atomic<unsigned> serving{0};
};

}  // namespace

TEST_CASE("Peterson's lock needs one total order of its stores and loads", "[model][planted]") {
  SLUICE_NEEDS_FIBERS();
  caught(counted_under<peterson>(2, release, acquire), fault::data_race, {"cell 1", "T1", "T2"});
  caught(counted_under<peterson>(2, relaxed, seq_cst), fault::data_race, {"cell 1"});
  passes(counted_under<peterson>(2, seq_cst, seq_cst));
}

TEST_CASE("Dekker's entry lets two in at once unless stores and loads are in one order", "[model][planted]") {
  SLUICE_NEEDS_FIBERS();
  auto const enter = [](std::memory_order on_store, std::memory_order on_load, std::memory_order between) {
    return [=](execution& run) {
      std::array<atomic<bool>, 2> flags{};
      cell<int> room{std::in_place, 0};
      run.name(flags[0], "left");
      run.name(flags[1], "right");
      for (std::size_t who = 0; who < 2; ++who)
        run.thread([&, who] {
          flags[who].store(true, on_store);
          atomics::fence(between);
          if (!flags[1 - who].load(on_load)) set(room, static_cast<int>(who));
        });
      run.join();
    };
  };
  caught(enter(release, acquire, relaxed), fault::data_race,
         {"left.store(true, release)", "right.load(acquire) = false", "left.load(acquire) = false", "cell 1"});
  caught(enter(relaxed, relaxed, acq_rel), fault::data_race, {"fence(acq_rel)"});
  passes(enter(seq_cst, seq_cst, relaxed));
  passes(enter(relaxed, relaxed, seq_cst));
}

TEST_CASE("double-checked locking needs its first look to acquire, and its store to release", "[model][planted]") {
  SLUICE_NEEDS_FIBERS();
  auto const lazily = [](std::memory_order on_look, std::memory_order on_publish) {
    return [=](execution& run) {
      struct value {
        cell<int> number;
      };
      atomic<value*> made{nullptr};
      model::mutex making;
      run.name(made, "made");
      auto const get = [&, on_look, on_publish]() -> value* {
        auto* found = made.load(on_look);
        if (found != nullptr) return found;
        making.lock();
        found = made.load(relaxed);
        if (found == nullptr) {
          found = atomics::allocate<value>();
          set(found->number, 42);
          made.store(found, on_publish);
        }
        making.unlock();
        return found;
      };
      for (int who = 0; who < 2; ++who)
        run.thread([&] { run.check(value_of(get()->number) == 42, "it is complete"); });
      run.join();
      atomics::deallocate(made.load(relaxed));
    };
  };
  caught(lazily(relaxed, release), fault::data_race, {"made.load(relaxed) = node 1", "read of cell 1 in node 1"});
  caught(lazily(acquire, relaxed), fault::data_race, {"made.store(node 1, relaxed)", "read of cell 1 in node 1"});
  passes(lazily(acquire, release));
}

TEST_CASE("a sequence lock needs a fence on each side of what it guards", "[model][planted]") {
  SLUICE_NEEDS_FIBERS();
  auto const read_twice = [](std::memory_order writer_fence, std::memory_order reader_fence) {
    return [=](execution& run) {
      atomic<unsigned> sequence{0};
      std::array<atomic<int>, 2> data{};
      run.name(sequence, "sequence");
      run.thread("writer", [&, writer_fence] {
        sequence.store(1, relaxed);
        atomics::fence(writer_fence);
        for (auto& each : data) each.store(1, relaxed);
        sequence.store(2, release);
      });
      run.thread("reader", [&, reader_fence] {
        auto const before = sequence.load(acquire);
        auto const first = data[0].load(relaxed);
        auto const second = data[1].load(relaxed);
        atomics::fence(reader_fence);
        auto const after = sequence.load(relaxed);
        if (before % 2 == 0 && before == after) run.check(first == second, "what was read is of one time");
      });
      run.join();
    };
  };
  caught(read_twice(release, relaxed), fault::failed_assertion, {"of one time", "reader", "sequence.load(acquire) = 0"});
  caught(read_twice(relaxed, acquire), fault::failed_assertion, {"of one time"});
  passes(read_twice(release, acquire));
}

TEST_CASE("a spin lock must be left with release", "[model][planted]") {
  SLUICE_NEEDS_FIBERS();
  caught(counted_under<spin_lock>(2, relaxed), fault::data_race, {"cell 1", "store(false, relaxed)"});
  passes(counted_under<spin_lock>(2, release));
  passes(counted_under<spin_lock>(3, release));  // failed attempts are no news to each other
}

TEST_CASE("a ticket lock must be entered with acquire", "[model][planted]") {
  SLUICE_NEEDS_FIBERS();
  caught(counted_under<ticket_lock>(2, relaxed), fault::data_race, {"cell 1", "load(relaxed)"});
  passes(counted_under<ticket_lock>(2, acquire));
  passes(counted_under<ticket_lock>(3, acquire));
}

TEST_CASE("the last owner must know what the others did before it destroys", "[model][planted]") {
  SLUICE_NEEDS_FIBERS();
  auto const owned_by_two = [](std::memory_order on_release) {
    return [=](execution& run) {
      struct object {
        atomic<int> owners{2};
        atomic<int> uses{0};
      };
      auto* const shared = atomics::allocate<object>();
      run.name(shared->owners, "owners");
      run.name(shared->uses, "uses");
      for (int who = 0; who < 2; ++who)
        run.thread([=] {
          shared->uses.fetch_add(1, relaxed);
          if (shared->owners.fetch_sub(1, on_release) == 1) atomics::deallocate(shared);
        });
      run.join();
    };
  };
  caught(owned_by_two(relaxed), fault::use_after_free, {"is destroyed although an access of", "owners: 1 becomes 0 (relaxed)"});
  caught(owned_by_two(release), fault::use_after_free, {"is destroyed although an access of"});
  caught(owned_by_two(acquire), fault::use_after_free, {"is destroyed although an access of"});
  passes(owned_by_two(acq_rel));
}

// ---- addresses that come again

namespace {

/// A stack that frees what it pops, and protects nothing.
class naive_stack {
 public:
  struct node {
    explicit node(int number) : value(number) {}
    atomic<node*> next{nullptr};
    int value;
  };

  void push(int value) {
    auto* const fresh = atomics::allocate<node>(value);
    auto* top = top_.load(relaxed);
    do fresh->next.store(top, relaxed);
    while (!top_.compare_exchange_weak(top, fresh, release, relaxed));
  }
  auto pop() -> int {
    auto* top = top_.load(acquire);
    while (top != nullptr && !top_.compare_exchange_weak(top, top->next.load(relaxed), acquire, acquire)) {
    }
    if (top == nullptr) return 0;
    auto const value = top->value;
    atomics::deallocate(top);
    return value;
  }

 private:
  atomic<node*> top_{nullptr};
};

/// A stack of numbered places that are never freed: one that was taken can be put back.
class stack_of_places {
 public:
  void push(std::uint8_t place) {
    auto top = top_.load(relaxed);
    do next_[place].store(top, relaxed);
    while (!top_.compare_exchange_weak(top, place, release, relaxed));
  }
  auto pop() -> std::uint8_t {
    auto top = top_.load(acquire);
    while (top != 0 && !top_.compare_exchange_weak(top, next_[top].load(relaxed), acquire, acquire)) {
    }
    return top;
  }
  auto name(execution& run) { run.name(top_, "top"); }

 private:
  atomic<std::uint8_t> top_{0};
  std::array<atomic<std::uint8_t>, 4> next_{};
};

}  // namespace

TEST_CASE("a stack that frees what it pops is caught, and so is one whose addresses come again", "[model][planted]") {
  SLUICE_NEEDS_FIBERS();
  auto const two_pop = [](execution& run) {
    naive_stack stack;
    stack.push(1);
    stack.push(2);
    run.thread([&] { (void)stack.pop(); });
    run.thread([&] {
      (void)stack.pop();
      stack.push(3);
    });
    run.join();
    while (stack.pop() != 0) {
    }
  };
  caught(two_pop, fault::use_after_free, {"node 2", "T1", "T2"});
  // Somebody else's object stands there now, and the reader knows nothing of it.
  caught(two_pop, fault::data_race, {"load of node 3", "does not happen after its construction", "T1", "T2"},
         {.reuse_addresses = true});
}

TEST_CASE("a place that comes back while somebody looks is taken twice", "[model][planted]") {
  SLUICE_NEEDS_FIBERS();
  auto const caught_out = [](bool puts_back) {
    return [=](execution& run) {
      stack_of_places stack;
      stack.name(run);
      stack.push(1);
      stack.push(2);
      std::array<int, 4> taken{};
      run.thread("slow", [&] { ++taken[stack.pop()]; });
      run.thread("quick", [&, puts_back] {
        auto const first = stack.pop();
        ++taken[stack.pop()];
        if (puts_back && first != 0) stack.push(first);
        else ++taken[first];
      });
      run.join();
      for (int left = 3; left > 0; --left) ++taken[stack.pop()];
      run.check(taken[1] <= 1 && taken[2] <= 1, "each place is taken once");
      run.check(taken[1] == 1 && taken[2] == 1, "no place is lost");
    };
  };
  caught(caught_out(true), fault::failed_assertion, {"each place is taken once", "slow", "quick", "top: 2 becomes 1"});
  passes(caught_out(false));
}

TEST_CASE("an address is no proof of identity when addresses are used again", "[model][planted]") {
  SLUICE_NEEDS_FIBERS();
  auto const replaced = [](execution& run) {
    struct object {
      explicit object(int number) : value(std::in_place, number) {}
      cell<int> value;
    };
    atomic<object*> current{atomics::allocate<object>(1)};
    atomic<bool> looked{false};
    run.name(current, "current");
    run.thread("reader", [&] {
      auto* seen = current.load(acquire);
      auto const remembered = value_of(seen->value);
      looked.store(true, release);
      if (!current.compare_exchange_strong(seen, nullptr, acquire, relaxed)) return;
      run.check(value_of(seen->value) == remembered, "the same address, the same object");
      atomics::deallocate(seen);
    });
    run.thread("writer", [&] {
      if (!looked.load(acquire)) return;
      auto* const old = current.exchange(nullptr, acquire);
      if (old == nullptr) return;
      atomics::deallocate(old);
      current.store(atomics::allocate<object>(2), release);
    });
    run.join();
    atomics::deallocate(current.load(relaxed));
  };
  passes(replaced);
  caught(replaced, fault::failed_assertion, {"the same address, the same object", "gives back node 1", "current: "}, {.reuse_addresses = true});
}
