#include <atomic>
#include <cstdint>
#include <memory>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <sluice/base/random.hpp>
#include <sluice/lockfree/atomic_semaphore.hpp>
#include <tests/support/jittery_atomics.hpp>
#include <tests/support/recorded_histories.hpp>
#include <tests/support/stress.hpp>
#include <tests/support/thread_crew.hpp>

using namespace sluice;

namespace {

/// How many permits are in use, and whether they were ever more than there are.
class in_use {
 public:
  explicit in_use(std::uint32_t bound) : bound_(bound) {}
  void take(std::uint32_t permits) {
    if (now_.fetch_add(permits, std::memory_order_relaxed) + permits > bound_)
      too_many_.store(true, std::memory_order_relaxed);
  }
  void give(std::uint32_t permits) { now_.fetch_sub(permits, std::memory_order_relaxed); }
  [[nodiscard]] auto were_too_many() const -> bool { return too_many_.load(); }

 private:
  std::uint32_t bound_;
  std::atomic<std::uint32_t> now_{0};
  std::atomic<bool> too_many_{false};
};

}  // namespace

TEST_CASE("in a hundred million operations never more permits are out than there are",
          "[lockfree][stress][threads]") {
  constexpr unsigned threads = 4;
  constexpr std::uint32_t bound = 5;
  atomic_semaphore permits(bound);
  in_use used(bound);
  std::atomic<std::uint64_t> had{0};
  support::run_together(threads, [&](unsigned who) {
    random_source chance(who);
    std::uint64_t mine = 0;
    for (std::uint64_t made = 0; made < support::stress_operations / threads; ++made) {
      auto const wanted = 1 + static_cast<std::uint32_t>(chance.below(3));
      if (!permits.try_acquire(wanted)) continue;
      used.take(wanted);
      used.give(wanted);
      permits.release(wanted);
      ++made;  // giving back is an operation, too
      ++mine;
    }
    had += mine;
  });
  CHECK_FALSE(used.were_too_many());
  CHECK(permits.free_hint() == bound);
  CHECK(had > 0);
}

TEST_CASE("threads that sleep for permits are all served, hundreds of thousands of times",
          "[lockfree][stress][threads]") {
  constexpr unsigned threads = 4;
  constexpr auto each = support::full_size(std::uint64_t{100'000});
  auto const looks = GENERATE(0U, event_count::usual_looks);
  atomic_semaphore permits(2, 2, looks);
  std::int64_t plain = 0;  // both permits together are a lock for it
  in_use used(2);
  support::run_together(threads, [&](unsigned who) {
    auto const wanted = who % 2 == 0 ? 2U : 1U;
    for (std::uint64_t left = each; left > 0; --left) {
      permits.acquire_blocking(wanted);
      used.take(wanted);
      if (wanted == 2) ++plain;
      used.give(wanted);
      permits.release(wanted);
    }
  });
  CHECK_FALSE(used.were_too_many());
  CHECK(plain == static_cast<std::int64_t>(2 * each));
  CHECK(permits.free_hint() == 2);
}

TEST_CASE("long histories of a semaphore are linearizable", "[lockfree][stress][threads]") {
  using semaphore_type = basic_atomic_semaphore<support::jittery<>>;
  constexpr unsigned histories = support::full_size(200U);
  constexpr std::uint32_t lent = 10'000;  // to the threads together: they may give back at any time
  auto const report = support::judge_histories(
      {.calls_each = 300, .histories = histories}, model::semaphore_spec(2),
      [] { return std::make_unique<semaphore_type>(2U, 2 + lent); },
      [](auto& permits, unsigned, auto call) {
        auto const count = static_cast<std::uint32_t>(call.count);
        if (call.what == model::semaphore_call::verb::release) permits.release(count);
        else call.failed = !permits.try_acquire(count);
        return call;
      });
  INFO(report.first_failure);
  CHECK(report.linearizable == histories);
  CHECK(report.overlapping >= report.met);
}
