// task_registry — every task that is alive, where it was spawned and what it waits for.
#pragma once

#include <array>
#include <atomic>
#include <span>
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

/// The live tasks of one runtime. Their numbers begin again after 2³²: which of two is the newer one is known as long as
/// fewer than that have been spawned since the older.
/// Progress   blocking, in shards, one for each thread up to 64, so that workers which spawn all day seldom
///            meet: tasks that are stolen move to the thief's shard, many at a time, and end there.
/// Invariant  a shard's list and counts change under its lock; `ended` only after `spawned`, also where a task
///            has spawned another: so who reads all of `ended` first never counts too few.
class task_registry {
 public:
  void add(detail::root_control& spawned) noexcept {
    if (own_shard_ != 0) [[likely]] {
      auto& here = shards_[own_shard_ - 1U];
      if (auto const held = here.lock.try_lock_briefly()) [[likely]] {
        auto const has_number = this->has_number(here);
        if (has_number) [[likely]] add_locked(here, spawned);
        here.lock.unlock_briefly(held);
        if (has_number) [[likely]] return;
      }
    }
    add_in_turn(spawned);
  }
  void remove(detail::root_control& ended) noexcept {
    auto& shard = shards_[ended.registered_at];
    if (auto const held = shard.lock.try_lock_briefly()) [[likely]] {
      remove_locked(shard, ended);
      shard.lock.unlock_briefly(held);
    } else {
      remove_in_turn(shard, ended);
    }
  }
  /// `tasks`, which nobody runs at this moment, will mostly end on this thread.
  void expect_here(std::span<task_control* const> tasks) noexcept;

  /// On this thread the task of that number runs from now on: those that are added are its children.
  static void now_runs(std::uint32_t task) noexcept { running_ = task; }

  /// Takes each task out, the newest first, and calls `with` for it: each after its children. For the end of a
  /// runtime, when none begins or ends any more but by `with`.
  template <class F>
  void drain(F with) noexcept {
    for (auto all = by_age(); !all.empty(); all.pop_back()) pass_on(*all.back(), with);
    while (auto* const task = newest_left()) pass_on(*task, with);  // where there was no memory for an order
  }
  /// Never less than there are: what a task has spawned before it ended is counted.
  [[nodiscard]] auto live() const noexcept -> std::uint64_t {
    auto const gone = ended();
    return spawned() - gone;
  }
  /// How many there have been.
  [[nodiscard]] auto spawned() const noexcept -> std::uint64_t {
    std::uint64_t all = 0;
    for (auto const& shard : shards_) all += shard.spawned.load(std::memory_order_acquire);
    return all;
  }
  [[nodiscard]] auto ended() const noexcept -> std::uint64_t {
    std::uint64_t all = 0;
    for (auto const& shard : shards_) all += shard.ended.load(std::memory_order_acquire);
    return all;
  }
  /// What is alive now, by id.
  [[nodiscard]] auto list() const -> std::vector<live_task>;
  /// The same as text: a line each, at most `most`, then how many more there are.
  [[nodiscard]] auto describe(std::size_t most = 20) const -> std::string;

 private:
  static inline thread_local constinit std::uint32_t running_ = 0;

  struct alignas(cache_line) shard {
    mutable spin_lock lock;
    intrusive_list<task_control> tasks;
    std::atomic<std::uint64_t> spawned{0};
    std::atomic<std::uint64_t> ended{0};
    std::uint32_t next_id = 0;
    std::uint32_t last_id = 0;  // of those that are its to give
  };
  // For a child of the task that runs here: it is newer, wherever that one got its number.
  [[nodiscard]] auto has_number(shard const& of) const noexcept -> bool {
    return of.next_id != of.last_id && (running_ == 0 || age(of.next_id) <= age(running_));
  }
  void add_locked(shard& to, detail::root_control& spawned) noexcept {
    spawned.registered_at = static_cast<std::uint8_t>(own_shard_ - 1);
    spawned.become(++to.next_id);
    to.tasks.push_back(spawned);
    to.spawned.store(to.spawned.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }
  static void remove_locked(shard& from, detail::root_control& ended) noexcept {
    if (!static_cast<list_node<>&>(ended).linked()) return;  // taken out by a runtime that is ending
    from.tasks.remove(ended);
    from.ended.store(from.ended.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }
  void add_in_turn(detail::root_control& spawned) noexcept;
  static void remove_in_turn(shard& from, detail::root_control& ended) noexcept;
  void pass_on(detail::root_control& task, auto& with) noexcept {
    remove(task);
    with(task);
  }
  // The oldest first; empty where there is no memory.
  [[nodiscard]] auto by_age() noexcept -> std::vector<detail::root_control*>;
  [[nodiscard]] auto newest_left() noexcept -> detail::root_control*;
  // Under the locks of all shards: while a task moves it is in none.
  void for_each(auto const& look) const;
  struct seen;
  [[nodiscard]] auto look_around() const -> std::vector<seen>;
  [[nodiscard]] auto age(std::uint32_t id) const noexcept -> std::uint32_t { return ids_.load(std::memory_order_relaxed) - id; }
  void fetch_ids(shard& of) noexcept;

  static constexpr std::size_t shard_count = 64;
  [[nodiscard]] static auto shard_of_this_thread() noexcept -> std::uint8_t {
    return static_cast<std::uint8_t>((own_shard_ != 0 ? own_shard_ : choose_shard()) - 1);
  }
  static auto choose_shard() noexcept -> std::uint8_t;
  static inline thread_local constinit std::uint8_t own_shard_ = 0;  // its index and 1; 0: none yet

  std::array<shard, shard_count> shards_;
  alignas(cache_line) std::atomic<std::uint32_t> ids_{0};
};

}  // namespace sluice
