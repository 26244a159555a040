#include <array>
#include <atomic>
#include <cstdint>

#include <catch2/catch_test_macros.hpp>

#include <sluice/base/random.hpp>
#include <sluice/lockfree/ref_count.hpp>
#include <tests/support/stress.hpp>
#include <tests/support/strict_atomics.hpp>
#include <tests/support/thread_crew.hpp>

using namespace sluice;
using support::strict_atomics;

namespace {

constexpr unsigned threads = 4;

/// What the owners do to it is plain: a race detector sees whoever destroys it too early.
struct shared_object {
  basic_ref_count<strict_atomics> owners{threads};
  std::array<std::uint64_t, threads> uses{};
};

}  // namespace

TEST_CASE("a hundred million times owners come and go, and the last one is told so once",
          "[lockfree][stress][threads]") {
  ref_count owners(threads);
  std::atomic<unsigned> told_too_early{0};
  std::atomic<unsigned> told{0};
  support::run_together(threads, [&](unsigned who) {
    random_source chance(who);
    unsigned early = 0;
    std::uint64_t mine = 1;
    for (std::uint64_t left = support::stress_operations / threads; left > 0; --left) {
      if (mine > 1 && chance.below(2) == 0) {
        early += owners.release() ? 1 : 0;
        --mine;
      } else if (chance.below(2) == 0) {
        owners.acquire();
        ++mine;
      } else {
        mine += owners.try_acquire() ? 1 : 0;
      }
    }
    while (--mine > 0) early += owners.release() ? 1 : 0;
    told_too_early += early;
    told += owners.release() ? 1 : 0;
  });
  CHECK(told_too_early == 0);
  CHECK(told == 1);
  CHECK_FALSE(owners.try_acquire());
}

TEST_CASE("objects that their last owner destroys are destroyed once, when all are done with them",
          "[lockfree][stress][threads]") {
  constexpr auto objects = support::full_size(std::uint64_t{1'000'000});
  constexpr std::size_t places = 64;
  auto const before = strict_atomics::alive();
  std::array<std::atomic<shared_object*>, places> table{};
  std::atomic<std::uint64_t> destroyed{0};
  std::atomic<std::uint64_t> unused{0};
  std::atomic<std::uint64_t> next{0};
  std::array<std::atomic<std::uint64_t>, threads> done{};
  support::run_together(threads, [&](unsigned who) {
    for (std::uint64_t number = 0; number < objects; ++number) {
      backoff wait;
      // Thread 0 makes the objects, a table ahead of the slowest at most; all of them use each one.
      if (who == 0) {
        for (auto const& other : done)
          while (&other != &done[0] && other.load() + places <= number) wait();
        table[number % places].store(strict_atomics::allocate<shared_object>());
        next.store(number + 1);
      }
      while (next.load() <= number) wait();
      auto* const object = table[number % places].load();
      ++object->uses[who];
      if (object->owners.release()) {
        for (auto uses : object->uses) unused += uses == 1 ? 0 : 1;
        strict_atomics::deallocate(object);
        destroyed.fetch_add(1);
      }
      done[who].store(number + 1);
    }
  });
  CHECK(destroyed == objects);
  CHECK(unused == 0);
  CHECK(strict_atomics::alive() == before);
}
