// blocking_threads — where calls that block go, beside the workers.
#pragma once

#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

#include <sluice/task/executor.hpp>

namespace sluice {

/// Threads that are started when a call comes and none is idle, up to a number, and end when they have been
/// idle for some seconds. Calls beyond that number wait their turn.
/// Threads   `run` by any.
class blocking_threads {
 public:
  /// Called on the thread of the call when that has returned; `call` may be gone afterwards.
  using when_over = void (*)(offloaded_call& call) noexcept;

  explicit blocking_threads(unsigned most, when_over then) noexcept : most_(most), then_(then) {}
  blocking_threads(blocking_threads const&) = delete;
  auto operator=(blocking_threads const&) -> blocking_threads& = delete;
  /// Waits for all calls.
  ~blocking_threads() { stop(); }

  /// Throws    `std::system_error` when there is no thread and none can be had; the call is not made then.
  void run(offloaded_call& call);

  /// Waits until every call has returned, and every thread has ended. None may come any more.
  void stop() noexcept;

 private:
  using threads = std::list<std::thread>;
  void serve(threads::iterator self) noexcept;
  void join_ended(std::unique_lock<std::mutex>& hold) noexcept;

  unsigned const most_;
  when_over const then_;
  std::mutex lock_;
  std::condition_variable come_;
  intrusive_list<offloaded_call> waiting_;
  threads running_;
  threads ended_;
  std::size_t waits_ = 0;  // calls in `waiting_`
  std::size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace sluice
