#include <catch2/catch_test_macros.hpp>

#include <cstdint>

#include <sluice/lockfree/atomic_semaphore.hpp>
#include <sluice/model/call_log.hpp>
#include <sluice/model/sequential_specs.hpp>
#include <tests/support/explored.hpp>
#include <tests/support/played.hpp>

using namespace sluice;
using model::atomics;
using spec = model::semaphore_spec;

namespace {

/// Two permits are free; others are lent to the threads from the beginning, so that each may release.
struct world {
  using spec = model::semaphore_spec;
  static auto model() -> spec { return spec(2); }

  auto join() { return support::no_seat{}; }
  auto play(auto&, spec::operation const& call) -> spec::operation {
    auto const count = static_cast<std::uint32_t>(call.count);
    if (call.what == spec::operation::verb::try_acquire)
      return permits.try_acquire(count) ? call : spec::try_acquire_failed(call.count);
    permits.release(count);
    return call;
  }

  basic_atomic_semaphore<atomics> permits{2, 100};
};

}  // namespace

TEST_CASE("a permit carries what its last holder did", "[lockfree][model][everyday]") {
  support::explored("atomic_semaphore").all([](model::execution& run) {
    basic_atomic_semaphore<atomics> permits{1};
    model::cell<int> guarded{std::in_place, 0};
    int held = 0;
    auto const work = [&] {
      if (!permits.try_acquire()) return;
      guarded.write([](int& g) { ++g; });
      ++held;
      permits.release();
    };
    run.thread(work);
    run.thread(work);
    run.join();
    run.check(guarded.read([](int g) { return g; }) == held, "each holder was alone");
  });
}

TEST_CASE("atomic_semaphore is a semaphore in every execution", "[lockfree][model][everyday]") {
  model::linearizability_checker<spec> checker{spec(2)};
  support::explored("atomic_semaphore").all([&](model::execution& run) {
    basic_atomic_semaphore<atomics> permits{2};
    model::call_log<spec> calls(run);
    auto const take = [&](std::uint32_t count) {
      bool got = false;
      calls.record(spec::try_acquire(count), [&] {
        got = permits.try_acquire(count);
        return got ? spec::try_acquire(count) : spec::try_acquire_failed(count);
      });
      return got;
    };
    auto const give = [&](std::uint32_t count) {
      calls.record(spec::release(count), [&] { return permits.release(count), spec::release(count); });
    };
    run.thread([&] { if (take(2)) give(2); });
    run.thread([&] { if (take(1)) give(1); });
    run.join();
    take(2);
    calls.check(checker);
  });
}

TEST_CASE("who waits for a permit is woken when it is given back", "[lockfree][model][everyday]") {
  support::explored("atomic_semaphore").all([](model::execution& run) {
    basic_atomic_semaphore<atomics> permits{0, 1, 0};
    run.thread([&] { permits.acquire_blocking(); });
    run.thread([&] { permits.release(); });
    run.join();
    run.check(permits.free_hint() == 0, "it has the permit");
  });
}

TEST_CASE("programs drawn from a seed find an atomic_semaphore as it should be", "[everyday][lockfree][model]") {
  support::play_drawn<world>(support::explored("atomic_semaphore"), support::everyday_runs, 3, {});
}

TEST_CASE("programs drawn from a seed find an atomic_semaphore as it should be, many times", "[deep][lockfree][model]") {
  support::play_drawn<world>(support::explored("atomic_semaphore"), support::deep_runs, 3, {});
}
