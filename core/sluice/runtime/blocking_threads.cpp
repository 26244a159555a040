#include <sluice/runtime/blocking_threads.hpp>

#include <chrono>
#include <string>
#include <system_error>

#include <sluice/platform/thread.hpp>
#include <sluice/runtime/task_registry.hpp>

namespace sluice {
namespace {

constexpr std::chrono::seconds longest_idle{10};

}  // namespace

void blocking_threads::run(offloaded_call& call) {
  std::unique_lock hold{lock_};
  waiting_.push_back(call);
  if (idle_ >= ++waits_) {
    come_.notify_one();
    return;
  }
  if (running_.size() >= most_) return;  // one of them will take it
  try {
    auto const place = running_.emplace(running_.end());
    auto started = platform::start_thread([this, place] { serve(place); });
    if (!started) {
      running_.erase(place);
      throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again),
                              started.error().message());
    }
    *place = std::move(*started);
  } catch (...) {
    if (!running_.empty()) return;  // the others are busy, and will come to it
    waiting_.remove(call);
    --waits_;
    throw;
  }
  join_ended(hold);
}

// The thread that runs this is written into its place under the lock, so not before.
void blocking_threads::serve(threads::iterator self) noexcept {
  std::unique_lock hold{lock_};
  for (;;) {
    while (auto* const call = waiting_.pop_front()) {
      --waits_;
      hold.unlock();
      task_registry::now_runs(call->task->id());  // what it spawns are that one's children
      call->run();
      task_registry::now_runs(0);
      then_(*call);
      hold.lock();
    }
    if (stopping_) return;
    ++idle_;
    auto const woken = come_.wait_for(hold, longest_idle, [&] { return stopping_ || !waiting_.empty(); });
    --idle_;
    if (woken) continue;
    ended_.splice(ended_.end(), running_, self);
    return;
  }
}

void blocking_threads::join_ended(std::unique_lock<std::mutex>& hold) noexcept {
  threads gone;
  gone.splice(gone.end(), ended_);
  if (gone.empty()) return;
  hold.unlock();
  for (auto& each : gone) each.join();
}

void blocking_threads::stop() noexcept {
  threads all;
  {
    std::lock_guard const hold{lock_};
    stopping_ = true;
    come_.notify_all();
    all.splice(all.end(), ended_);
    all.splice(all.end(), running_);
  }
  for (auto& each : all) each.join();
}

}  // namespace sluice
