#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include <sluice/atomics/orders.hpp>
#include <sluice/base/contract.hpp>
#include <sluice/model/call_log.hpp>
#include <sluice/model/explore.hpp>
#include <sluice/model/sequential_specs.hpp>
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

void nothing(execution&) {}

}  // namespace

TEST_CASE("a read that may see more writes than can be told apart hits a bound", "[model]") {
  SLUICE_NEEDS_FIBERS();
  auto const found = model::explore([](execution& run) {
    cell<int> data{std::in_place, 0};
    run.thread([&] {
      for (int value = 1; value <= 256; ++value) set(data, value);
    });
    run.thread([&] { (void)value_of(data); });
    run.join();
  }, {.stop_at_failure = false});
  CHECK(found.bound == "256 writes that one read may see");
  CHECK(found.found == fault::data_race);
  CHECK(found.executions == 1);
  CHECK_FALSE(found.complete);
}

TEST_CASE("an allocation that may have more addresses again than can be told apart hits a bound",
          "[model]") {
  SLUICE_NEEDS_FIBERS();
  auto const found = model::explore([](execution&) {
    std::vector<int*> nodes;
    for (int n = 0; n < 257; ++n) nodes.push_back(atomics::allocate<int>(n));
    for (auto* each : nodes) atomics::deallocate(each);
    atomics::deallocate(atomics::allocate<int>(0));
  }, {.reuse_addresses = true});
  CHECK(found.bound == "256 addresses that one allocation may have again");
  CHECK(found.failures == 0);
  CHECK_FALSE(found.complete);
}

TEST_CASE("a step that would come after the last place in S hits a bound, however long it has waited",
          "[model]") {
  SLUICE_NEEDS_FIBERS();
  auto const explored = [](int loads) {
    return model::explore([loads](execution& run) {
      atomic<int> x{0};
      atomic<int> y{0};
      run.thread([&] { (void)x.load(seq_cst); });
      run.thread([&] {
        for (int n = 0; n < loads; ++n) (void)y.load(seq_cst);
      });
      run.join();
    });
  };
  CHECK(explored(255).complete);
  auto const found = explored(256);
  CHECK(found.bound == "256 seq_cst operations in one execution");
  CHECK_FALSE(found.complete);
}

TEST_CASE("the marks of calls are steps, of which there is a limit", "[model]") {
  SLUICE_NEEDS_FIBERS();
  auto const found = model::explore([](execution& run) {
    run.thread([&] {
      for (;;) {
        run.begin_call("a call");
        run.end_call("it");
      }
    });
    run.join();
  }, {.steps = 1'000});
  CHECK(found.bound == "1000 steps in one execution");
  CHECK(found.executions == 1);
}

TEST_CASE("a search for an order that gives up is a bound and no fault", "[model][linearizability]") {
  SLUICE_NEEDS_FIBERS();
  using spec = model::queue_spec;
  auto const body = [](model::search_effort effort) {
    return [effort](execution& run) {
      model::linearizability_checker<spec> checker(spec(), effort);
      model::call_log<spec> calls(run);
      run.thread([&] { calls.record(spec::push(1), [] { return spec::push(1); }); });
      run.thread([&] { calls.record(spec::pop(), [] { return spec::pop(2); }); });
      run.join();
      calls.check(checker);
    };
  };
  auto const found = model::explore(body({.limit = 0}));
  CHECK(found.failures == 0);
  CHECK(found.bound == "1 calls placed in search of their order");
  CHECK_FALSE(found.complete);
  CHECK(model::explore(body({})).found == fault::not_linearizable);
}

TEST_CASE("no random runs are none", "[model]") {
  SLUICE_NEEDS_FIBERS();
  auto const found = model::explore_randomly(nothing, 1, 0);
  CHECK(found.executions == 0);
  CHECK(found.failures == 0);
  CHECK_FALSE(found.complete);
}

TEST_CASE("an exploration that cannot begin leaves its thread outside of any", "[model]") {
  SLUICE_NEEDS_FIBERS();
  auto const too_big = std::numeric_limits<std::size_t>::max() / 4;
  CHECK_THROWS_AS(model::explore(nothing, {.stack_bytes = too_big}), std::bad_alloc);
  CHECK_THROWS_AS(execution().now(), misuse);
  CHECK(model::explore(nothing).complete);
}

TEST_CASE("an address comes again only to what it is aligned for", "[model]") {
  SLUICE_NEEDS_FIBERS();
  struct words {
    std::array<std::uint64_t, 8> values;
  };
  struct alignas(64) line {
    std::array<std::uint64_t, 8> values;
  };
  struct alignas(256) page {
    char room;
  };
  auto const found = model::explore([](execution& run) {
    auto* const offset = atomics::allocate<char>('a');
    auto* const first = atomics::allocate<words>();
    run.check(reinterpret_cast<std::uintptr_t>(first) % 64 != 0, "it would not do for a line");
    atomics::deallocate(first);
    auto* const second = atomics::allocate<line>();
    run.check(reinterpret_cast<std::uintptr_t>(second) % 64 == 0, "aligned");
    auto* const third = atomics::allocate<words>();
    run.check(static_cast<void*>(third) == static_cast<void*>(first), "this one may have it again");
    atomics::deallocate(second);
    atomics::deallocate(third);
    atomics::deallocate(offset);
    bool refused = false;
    try {
      atomics::deallocate(atomics::allocate<page>());
    } catch (misuse const&) {
      refused = true;
    }
    run.check(refused, "no block is aligned like that");
  }, {.reuse_addresses = true});
  INFO(found.first_failure);
  CHECK(found.complete);
  CHECK(found.failures == 0);
}

TEST_CASE("an array whose making throws leaves nothing behind", "[model]") {
  SLUICE_NEEDS_FIBERS();
  static int made = 0;
  struct bomb {
    bomb() {
      if (made == 2) throw made;
      ++made;
    }
    ~bomb() { --made; }
  };
  auto const found = model::explore([](execution& run) {
    try {
      (void)atomics::allocate_array<bomb>(3);
    } catch (int) {
    }
    run.check(made == 0, "what was made is gone again");
  });
  INFO(found.first_failure);
  CHECK(found.complete);
  CHECK(found.failures == 0);
}
