#include "progress.hpp"

#include <unistd.h>

#include <cstdio>
#include <utility>

namespace sluice::bench {

progress::progress(bool asked_for) : terminal_{::isatty(STDERR_FILENO) == 1}, shown_{terminal_ || asked_for} {
  if (shown_) watcher_ = std::thread{[this] { watch(); }};
}

progress::~progress() {
  if (!shown_) return;
  clear();
  {
    std::lock_guard const hold{mutex_};
    leaving_ = true;
  }
  changed_.notify_one();
  watcher_.join();
}

void progress::say(std::string step) {
  if (!shown_) return;
  std::lock_guard const hold{mutex_};
  step_ = std::move(step);
  since_ = clock::now();
  print(step_);
}

void progress::clear() {
  if (!shown_) return;
  std::lock_guard const hold{mutex_};
  step_.clear();
  if (dirty_) std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  dirty_ = false;
}

void progress::watch() {
  std::unique_lock hold{mutex_};
  auto const pause = terminal_ ? std::chrono::seconds{1} : std::chrono::seconds{10};
  while (!changed_.wait_for(hold, pause, [&] { return leaving_; })) {
    auto const seconds = std::chrono::duration_cast<std::chrono::seconds>(clock::now() - since_);
    if (!step_.empty() && seconds >= pause) print(step_ + ", " + std::to_string(seconds.count()) + " s");
  }
}

void progress::print(std::string const& text) {
  if (terminal_) std::fprintf(stderr, "\r\033[K%s", text.c_str());
  else std::fprintf(stderr, "%s\n", text.c_str());
  std::fflush(stderr);
  dirty_ = terminal_;
}

}  // namespace sluice::bench
