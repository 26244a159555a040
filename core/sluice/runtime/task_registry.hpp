// task_registry — every task that is alive, where it was spawned and what it waits for.
#pragma once

#include <array>
#include <atomic>
#include <string>
#include <vector>

#include <sluice/atomics/spin_lock.hpp>
#include <sluice/base/cache_line.hpp>
#include <sluice/task/join_handle.hpp>

namespace sluice {

/// A live task, for reports.
struct live_task {
  std::uint32_t id = 0;
  std::string spawned_at;   ///< "worker_pool.cpp:42"
  std::string waiting_for;  ///< "a value from a channel"; empty while it is runnable or running
  std::source_location suspended_at{};  ///< its `co_await`, where that is observed; else a line of 0
  instant waiting_since = never;        ///< where somebody wants to know how long waits are
};

/// "worker_pool.cpp:42": where `task` was spawned.
[[nodiscard]] auto spawned_at(task_control const& task) -> std::string;

/// The live tasks of one runtime.
/// Progress   blocking, in shards, so that workers which spawn all day seldom meet.
class task_registry {
 public:
  void add(detail::root_control& spawned) noexcept;
  void remove(detail::root_control& ended) noexcept;

  /// Takes the newest task out, or null when there is none. For the end of a runtime.
  [[nodiscard]] auto pop_newest() noexcept -> detail::root_control*;
  /// Never less than there are: what a task has spawned before it ended is counted.
  [[nodiscard]] auto live() const noexcept -> std::uint64_t {
    auto const ended = ended_.load(std::memory_order_acquire);
    return spawned_.load(std::memory_order_acquire) - ended;
  }
  /// How many there have been.
  [[nodiscard]] auto spawned() const noexcept -> std::uint64_t {
    return spawned_.load(std::memory_order_acquire);
  }
  /// What is alive now, by id.
  [[nodiscard]] auto list() const -> std::vector<live_task>;
  /// The same as text: a line each, at most `most`, then how many more there are.
  [[nodiscard]] auto describe(std::size_t most = 20) const -> std::string;

 private:
  struct alignas(cache_line) shard {
    mutable spin_lock lock;
    intrusive_list<task_control> tasks;
  };
  [[nodiscard]] auto shard_of(std::uint32_t id) noexcept -> shard& {
    return shards_[id % shards_.size()];
  }

  std::array<shard, 8> shards_;
  alignas(cache_line) std::atomic<std::uint64_t> spawned_{0};
  alignas(cache_line) std::atomic<std::uint64_t> ended_{0};
};

}  // namespace sluice
