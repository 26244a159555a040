// task_registry — every task that is alive, where it was spawned and what it waits for.
#pragma once

#include <array>
#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include <sluice/base/cache_line.hpp>
#include <sluice/task/join_handle.hpp>

namespace sluice {

/// A live task, for reports.
struct live_task {
  std::uint32_t id = 0;
  std::string spawned_at;   ///< "worker_pool.cpp:42"
  std::string waiting_for;  ///< "a value from a channel"; empty while it is runnable or running
};

/// "worker_pool.cpp:42": where `task` was spawned.
[[nodiscard]] auto spawned_at(task_control const& task) -> std::string;

/// The live tasks of one runtime.
/// Progress   blocking, in shards, so that workers which spawn all day seldom meet.
class task_registry {
 public:
  void add(detail::root_control& spawned) noexcept;
  void remove(detail::root_control& ended) noexcept;

  /// Takes some task out, or null when there is none. For the end of a runtime.
  [[nodiscard]] auto pop() noexcept -> detail::root_control*;
  [[nodiscard]] auto live() const noexcept -> std::uint64_t {
    return live_.load(std::memory_order_acquire);
  }
  [[nodiscard]] auto spawned() const noexcept -> std::uint32_t {
    return last_id_.load(std::memory_order_relaxed);
  }
  /// What is alive now, by id.
  [[nodiscard]] auto list() const -> std::vector<live_task>;
  /// The same as text: a line each, at most `most`, then how many more there are.
  [[nodiscard]] auto describe(std::size_t most = 20) const -> std::string;

 private:
  struct alignas(cache_line) shard {
    mutable std::mutex lock;
    intrusive_list<task_control> tasks;
  };
  [[nodiscard]] auto shard_of(std::uint32_t id) noexcept -> shard& {
    return shards_[id % shards_.size()];
  }

  std::array<shard, 8> shards_;
  std::atomic<std::uint64_t> live_{0};
  std::atomic<std::uint32_t> last_id_{0};
};

}  // namespace sluice
