// wait_group — how many are still at it, and somebody who waits for the last.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <source_location>
#include <utility>
#include <vector>

#include <sluice/atomics/spin_lock.hpp>
#include <sluice/base/result.hpp>
#include <sluice/sync/detail/group_count.hpp>
#include <sluice/sync/detail/start_gate.hpp>
#include <sluice/sync/detail/wait_operation.hpp>
#include <sluice/task/spawn.hpp>

namespace sluice {

class wait_group;

namespace detail {

struct wait_for_group {
  static constexpr char const* what = "a wait group";
  static constexpr char const* primitive = "wait_group";
  struct place : plain_place {
    bool queued = false;  // it has been released, not passed
  };
  auto enter(place& me, context const& ctx) const noexcept -> bool;
  void granted(place& me) const noexcept { give_back(me); }
  void give_back(place& me) const noexcept;

  wait_group* group;
};

}  // namespace detail

/// What `wait_group::wait` returns; await it, once.
using wait_group_operation = detail::wait_operation<detail::wait_for_group>;

/// Counts what is under way.
///
///     wait_group crew;
///     for (auto& part : parts) crew.go(home, work(ctx, part));
///     co_await crew.wait(ctx);
///
/// Edges     What precedes `done()` happens-before the return of the `wait` that it releases.
/// Threads   Every member may be called by any task or thread at any time. A new round may begin
///           once every wait of the last one has returned; an `add` from 0 before that is misuse.
/// Lifetime  outlives what it counts, and every wait. A task that is unwound instead of ending, as by the
///           end of its runtime, does not count down, since the group may lie in a frame that went
///           before it: a thread that waits for tasks waits under a context of their runtime.
class wait_group {
 public:
  wait_group() = default;
  wait_group(wait_group const&) = delete;
  auto operator=(wait_group const&) -> wait_group& = delete;
  ~wait_group();

  /// `n` more are under way.
  /// Throws    `misuse` when the counter would fall below 0, or rises from 0 while a wait that was
  ///           released has not returned; nothing has changed then.
  /// Cost      one exchange; a lock where a round begins, or one ends that somebody waits for.
  void add(std::int64_t n = 1);

  /// One has ended. The last one wakes everybody who waits.
  /// Throws    `misuse` when none was under way.
  void done() { add(-1); }

  /// Runs `body` as a task of `home` that is counted from now until it has ended. An exception that
  /// escapes it ends the program: catch it inside, or use an error group.
  template <class Body>
  void go(executor& home, Body body,
          std::source_location where = std::source_location::current()) {
    add(1);
    try {
      spawn(home, counted(std::move(body)), where).detach();
    } catch (...) {
      done();
      throw;
    }
  }

  /// The same for several tasks that belong together: all of them are started, or none runs and all are as
  /// if they had never been counted. Those that had been made by then end in their next slice, and touch
  /// nothing of the group's, or of the caller's.
  /// Throws    as `spawn`; `std::bad_alloc`.
  /// Cost      a block for all, and a frame for each beside those of `go`.
  void go_all(executor& home, std::vector<task<void>> bodies,
              std::source_location where = std::source_location::current());

  /// Suspends  until the counter is 0; resumes on the awaiting task's runtime.
  /// Fails     `cancelled` or `deadline_exceeded` when `ctx` ends first.
  [[nodiscard]] auto wait(context const& ctx) noexcept -> wait_group_operation {
    return {{this}, ctx};
  }

  /// The same for a plain thread, which it blocks.
  /// Throws    `misuse` on a worker of a runtime.
  [[nodiscard]] auto wait_blocking(context const& ctx) -> result<void>;

  [[nodiscard]] auto count() const noexcept -> std::int64_t { return count_.count(); }

 private:
  friend detail::wait_for_group;

  auto begin_round(std::int64_t n) -> bool;
  auto end_round(std::int64_t n) noexcept -> bool;

  auto counted(task<void> body) -> task<void> {
    try {
      co_await std::move(body);
    } catch (...) {
      terminate_misuse("wait_group", "an exception escaped a task started with go()");
    }
    done();
  }

  detail::group_count count_;
  spin_lock lock_;
  std::size_t returning_ = 0;  // under `lock_`: waits that have been released and have not returned yet
  wait_list waiting_;          // under `lock_`
};

}  // namespace sluice
