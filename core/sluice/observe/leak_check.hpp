// leak_check — what is still alive at the end of a scope, and where it was spawned.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include <sluice/base/clock.hpp>
#include <sluice/observe/profile.hpp>
#include <sluice/task/frame_pool.hpp>

namespace sluice {

/// What a scope has left behind.
struct leaks {
  std::vector<standing_task> tasks;  ///< spawned in the scope and alive
  std::int64_t frames = 0;           ///< coroutine frames, those of these tasks among them
  std::int64_t timers = 0;           ///< set and not fired; of the runtime that is watched
  instant seen_at{};                 ///< on the clock of that runtime

  [[nodiscard]] auto none() const noexcept -> bool { return tasks.empty() && frames <= 0 && timers <= 0; }
  explicit operator bool() const noexcept { return !none(); }

  /// "2 tasks, 5 coroutine frames" and the dump of those tasks; empty when nothing is left.
  [[nodiscard]] auto text() const -> std::string;
};

/// Remembers what is alive, and says later what has come and not gone. It needs no test framework.
///
///     leak_check const before{rt};
///     serve_one_request(rt);
///     if (auto const left = before.left(std::chrono::seconds{1})) FAIL(left.text());
///
/// Tasks are told apart by their numbers; of frames, which belong to the whole process, and of timers
/// only the number is known, so one that was there before and has gone can hide one that is new.
///
/// Threads   one; what is counted may run anywhere. Frames mean something when nothing else runs.
/// Lifetime  the runtime outlives it.
class leak_check {
 public:
  /// Watches the frames of the process, and nothing else.
  leak_check() = default;

  /// Watches also the tasks and timers of a `runtime` or a `testing::deterministic_runtime`.
  template <names_tasks Runtime>
  explicit leak_check(Runtime& watched) {
    standing_ = [&watched] { return detail::stand(watched); };
    now_ = [&watched] { return watched.now(); };
    if constexpr (requires { watched.pending_timers(); })
      timers_ = [&watched] { return static_cast<std::int64_t>(watched.pending_timers()); };
    if constexpr (requires { watched.simulated(); }) {
      if (watched.simulated() != nullptr)
        run_until_ = [&watched](instant limit) { (void)watched.simulated()->advance(limit, 0); };
    } else if constexpr (requires(instant limit) { watched.run_until(limit); }) {
      run_until_ = [&watched](instant limit) { (void)watched.run_until(limit); };
    }
    for (auto const& each : standing_()) before_.insert(each.id);
    frames_before_ = frames_now();
    timers_before_ = timers_now();
  }

  /// What is left now, or, if something is, after waiting up to `limit` for stragglers: until nothing
  /// is left, or that long. In simulation the time is virtual, and this runs the simulation.
  /// Throws    `misuse` for a limit above 0 on a worker of a runtime: what it waits for may need that
  ///           worker.
  [[nodiscard]] auto left(duration limit = duration{0}) const -> leaks;

 private:
  static auto frames_now() noexcept -> std::int64_t {
    return static_cast<std::int64_t>(count_frames().alive());
  }
  [[nodiscard]] auto timers_now() const -> std::int64_t { return timers_ ? timers_() : 0; }
  [[nodiscard]] auto look() const -> leaks;

  std::function<std::vector<standing_task>()> standing_;
  std::function<instant()> now_;
  std::function<std::int64_t()> timers_;
  std::function<void(instant)> run_until_;
  std::set<std::uint32_t> before_;
  std::int64_t frames_before_ = frames_now();
  std::int64_t timers_before_ = 0;
};

}  // namespace sluice
