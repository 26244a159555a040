// assembly — what the stages of one running pipeline share. Private to its room.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <sluice/channel/channel.hpp>
#include <sluice/context/context.hpp>
#include <sluice/flow/detail/turnstile.hpp>
#include <sluice/sync/mutex.hpp>
#include <sluice/sync/wait_group.hpp>
#include <sluice/task/task.hpp>

namespace sluice::detail {

/// Invariant  everything a stage takes in is passed on, filtered out by its own decision, or counted
///            in `discarded`.
struct assembly {
  explicit assembly(context const& parent) : scope(with_cancel(parent)) {}

  cancel_scope scope;
  wait_group crew;
  std::vector<task<void>> workers;  // of all stages, until they are started together
  std::atomic<std::uint64_t> discarded{0};
  std::atomic<std::uint64_t> filtered{0};
  std::uint32_t next_series = 0;  // 0: the channels are not watched

  /// A channel between two stages, which lives as long as the assembly and is emptied at its end.
  template <class T>
  auto make_channel(std::size_t buffer) -> channel<T>& {
    auto made = std::make_shared<channel<T>>(buffer);
    if (next_series != 0) made->watch(next_series++);
    emptiers.push_back([this, between = made.get()] {
      while (between->try_recv()) discarded.fetch_add(1, std::memory_order_relaxed);
    });
    channels.push_back(made);
    return *made;
  }

  /// Something was thrown in a stage: the first is kept, and everything ends.
  void fail(std::exception_ptr what) noexcept {
    {
      std::lock_guard const hold{lock};
      if (!thrown) thrown = std::move(what);
    }
    scope.cancel({errc::failed, "a stage of the pipeline threw"});
  }

  std::mutex lock;
  std::exception_ptr thrown;
  std::vector<std::shared_ptr<void>> channels;
  std::vector<std::function<void()>> emptiers;
};

/// What the workers of one stage share.
struct stage_state {
  explicit stage_state(unsigned workers) : alive(workers) {}
  mutex receiving;  // ordered: taking a value and its number is one step
  std::uint64_t received = 0;
  turnstile turns;
  std::atomic<unsigned> alive;
};

}  // namespace sluice::detail
