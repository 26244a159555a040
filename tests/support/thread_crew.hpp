// thread_crew — several threads that do something at the same moment.
#pragma once

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include <sluice/atomics/backoff.hpp>
#include <tests/support/effort.hpp>

namespace support {

/// Runs `work(who)` for who in [0, threads), each on a thread of its own; none begins before all
/// exist. Returns when all have ended, and rethrows the first exception among them. Checks belong
/// behind it, not inside: what a thread finds out it leaves in a variable of its own.
template <class Work>
void run_together(unsigned threads, Work&& work) {
  std::atomic<unsigned> missing{threads};
  std::exception_ptr failure;
  std::mutex failing;
  std::vector<std::thread> crew;
  crew.reserve(threads);
  for (unsigned who = 0; who < threads; ++who) {
    crew.emplace_back([&, who] {
      missing.fetch_sub(1, std::memory_order_acq_rel);
      for (sluice::backoff wait; missing.load(std::memory_order_acquire) > 0;) wait();
      try {
        work(who);
      } catch (...) {
        std::lock_guard const lock(failing);
        if (!failure) failure = std::current_exception();
      }
    });
  }
  for (auto& member : crew) member.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace support
