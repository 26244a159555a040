// worker — one thread's share of a runtime: its own queue, its place to sleep.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include <sluice/atomics/parker.hpp>
#include <sluice/base/cache_line.hpp>
#include <sluice/base/random.hpp>
#include <sluice/lockfree/work_stealing_deque.hpp>
#include <sluice/task/executor.hpp>

namespace sluice {

class driver_threads;

/// Invariant  everything but `queue`, `robbed`, `sleep` and `asleep` belongs to the worker's own thread;
///            `asleep` changes only under the driver's idle lock.
struct alignas(cache_line) worker {
  worker(driver_threads& owner, std::uint16_t place, std::uint64_t seed)
      : home(&owner), index(place), random(seed) {}

  driver_threads* home;
  std::uint16_t index;
  bool searching = false;        ///< counted among those who look for work
  bool asleep = false;           ///< in the list of sleepers
  unsigned handed_on = 0;        ///< how often in a row the most recently woken task went first
  unsigned until_oldest = 0;     ///< slices until the oldest task there is goes first
  unsigned oldest_taken = 0;     ///< how often it was its turn
  task_control* next = nullptr;  ///< the most recently woken task
  bool saw_work = false;         ///< in this search, though it was left to those who had it
  /// Of each worker, by index: the oldest task it had, and for how many looks in a row that has been the same.
  struct look {
    std::int64_t oldest = -1;
    unsigned same = 0;
  };
  std::vector<look> looks;
  random_source random;
  work_stealing_deque<task_control*> queue;
  std::atomic<bool> robbed{false};  ///< somebody takes a batch from `queue` at this moment
  parker sleep;
  std::thread thread;
};

}  // namespace sluice
