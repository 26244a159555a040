// progress — one line on stderr that says what is going on, for people only.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace sluice::bench {

/// On a terminal the line is rewritten in place, counts the seconds of a long step and is wiped at the end; elsewhere,
/// when asked for, each step is a line of its own, and a long one says every ten seconds that it still runs.
///
/// Cost      A thread that sleeps; nothing at all when nobody looks.
class progress {
 public:
  explicit progress(bool asked_for);
  ~progress();
  progress(progress const&) = delete;
  auto operator=(progress const&) -> progress& = delete;

  /// A new step begins.
  void say(std::string step);
  /// Nothing to say until the next step; what follows on the terminal begins on a clean line.
  void clear();

 private:
  using clock = std::chrono::steady_clock;

  void watch();
  void print(std::string const& text);

  bool const terminal_;
  bool const shown_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string step_;
  clock::time_point since_;
  bool dirty_ = false;
  bool leaving_ = false;
  std::thread watcher_;
};

}  // namespace sluice::bench
