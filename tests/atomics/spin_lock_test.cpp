#include <catch2/catch_test_macros.hpp>

#include <csetjmp>
#include <cstdint>
#include <mutex>
#include <string>

#include <sluice/atomics/spin_lock.hpp>
#include <sluice/base/contract.hpp>
#include <sluice/base/process_fence.hpp>
#include <tests/support/thread_crew.hpp>

using namespace sluice;

namespace {

std::jmp_buf back;
std::string told;

[[noreturn]] void leave_with(std::string_view primitive, std::string_view mistake) {
  told = std::string{primitive} + ": " + std::string{mistake};
  std::longjmp(back, 1);
}

}  // namespace

TEST_CASE("spin_lock is free, taken, and free again", "[lockfree][spin_lock]") {
  spin_lock lock;
  REQUIRE(lock.try_lock());
  CHECK_FALSE(lock.try_lock());
  lock.unlock();
  std::lock_guard const guard(lock);
  CHECK_FALSE(lock.try_lock());
}

TEST_CASE("what one holder of a spin_lock did, the next one sees", "[lockfree][spin_lock][threads]") {
  constexpr unsigned threads = 4;
  auto const times = support::effort(20'000);
  spin_lock lock;
  std::uint64_t count = 0, doubled = 0;
  support::run_together(threads, [&](unsigned) {
    for (int i = 0; i < times; ++i) {
      std::lock_guard const guard(lock);
      ++count;
      doubled = count * 2;
    }
  });
  CHECK(count == static_cast<std::uint64_t>(threads) * static_cast<std::uint64_t>(times));
  CHECK(doubled == count * 2);
}

TEST_CASE("a spin_lock that its owner locks again ends the program and says why", "[lockfree][spin_lock]") {
  if (!spin_lock::has_owners || !prepare_process_fence()) SKIP("no thread owns a lock here");
  static spin_lock lock;
  for (int i = 0; i < 100; ++i) (void)std::lock_guard{lock};
  lock.lock();
  auto const before = exchange_misuse_handler(&leave_with);
  if (setjmp(back) == 0) lock.lock();
  exchange_misuse_handler(before);
  CHECK(told == "spin_lock: locked by the thread that holds it");
  lock.unlock();
  CHECK(lock.try_lock());
  lock.unlock();
}
