// crew — plain threads that exist, and wait, before the clock starts.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace sluice::bench {

/// A fixed number of threads that do one job at a time together.
///
///     bench::crew crew{4};
///     auto const took = crew.run([&](unsigned who) { … });   // who: 0 to 3
///
/// Threads   One thread owns the crew and calls `run`. Jobs must not throw.
class crew {
 public:
  explicit crew(unsigned size) {
    members_.reserve(size);
    for (unsigned who = 0; who < size; ++who) members_.emplace_back([this, who] { work(who); });
  }
  ~crew() {
    {
      std::lock_guard const hold{mutex_};
      leaving_ = true;
    }
    begin_.notify_all();
    for (auto& member : members_) member.join();
  }
  crew(crew const&) = delete;
  auto operator=(crew const&) -> crew& = delete;

  /// Runs `job(who)` on every member and waits for the last of them.
  auto run(std::function<void(unsigned)> const& job) -> std::chrono::nanoseconds {
    std::unique_lock hold{mutex_};
    job_ = &job;
    busy_ = members_.size();
    ++turn_;
    auto const start = std::chrono::steady_clock::now();
    begin_.notify_all();
    done_.wait(hold, [&] { return busy_ == 0; });
    return std::chrono::steady_clock::now() - start;
  }

 private:
  void work(unsigned who) {
    std::uint64_t seen = 0;
    std::unique_lock hold{mutex_};
    for (;;) {
      begin_.wait(hold, [&] { return leaving_ || turn_ != seen; });
      if (leaving_) return;
      seen = turn_;
      auto const& job = *job_;
      hold.unlock();
      job(who);
      hold.lock();
      if (--busy_ == 0) done_.notify_one();
    }
  }

  std::mutex mutex_;
  std::condition_variable begin_;
  std::condition_variable done_;
  std::function<void(unsigned)> const* job_ = nullptr;
  std::uint64_t turn_ = 0;
  std::size_t busy_ = 0;
  bool leaving_ = false;
  std::vector<std::thread> members_;
};

}  // namespace sluice::bench
