// metrics — how many tasks, channels, locks and waits there have been, and are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <sluice/base/clock.hpp>
#include <sluice/probe/probe.hpp>

namespace sluice {

namespace detail {

/// What is counted. Consequences stand before their causes: a task ends after it was created, so
/// whoever reads the counts in this order, each of them whole, never sees more ends than tasks.
enum class counted : std::uint8_t {
  tasks_ended,
  tasks_resumed,
  tasks_created,
  channels_destroyed,
  channels_created,
  locks_contended,
  locks_taken,
  nanoseconds_waited,
  waits,
  steals,
  unparks,
  parks,
  how_many,
};
using counts = std::array<std::uint64_t, static_cast<std::size_t>(counted::how_many)>;

/// What an event adds to which counts, causes first: the one place that knows, for live programs and
/// for recorded traces.
constexpr void count_event(probe::verb what, std::uint64_t a, auto const& add) {
  using enum counted;
  switch (what) {
    case probe::verb::spawned: add(tasks_created, 1); break;
    case probe::verb::ended: add(tasks_ended, 1); break;
    case probe::verb::resumed: add(tasks_resumed, 1); break;
    case probe::verb::parked: add(parks, 1); break;
    case probe::verb::unparked: add(unparks, 1); break;
    case probe::verb::stole: add(steals, 1); break;
    case probe::verb::channel_made: add(channels_created, 1); break;
    case probe::verb::channel_gone: add(channels_destroyed, 1); break;
    case probe::verb::locked:
      add(locks_taken, 1);
      if (a != 0) add(locks_contended, 1);
      break;
    case probe::verb::waited:
      add(waits, 1);
      add(nanoseconds_waited, a);
      break;
    default: break;
  }
}

}  // namespace detail

/// The figures of one moment. What is alive is computed from what was created and what has ended, so
/// the three cannot disagree.
class metrics_snapshot {
 public:
  metrics_snapshot() = default;
  metrics_snapshot(detail::counts const& all, duration uptime, bool observed) noexcept
      : all_(all), uptime_(uptime), observed_(observed) {}

  [[nodiscard]] auto tasks_created() const noexcept { return of(detail::counted::tasks_created); }
  [[nodiscard]] auto tasks_ended() const noexcept { return of(detail::counted::tasks_ended); }
  /// Created less ended: below 0 when more of those that were there before have ended.
  [[nodiscard]] auto tasks_alive() const noexcept -> std::int64_t {
    return static_cast<std::int64_t>(tasks_created() - tasks_ended());
  }
  /// How often a worker took a task up.
  [[nodiscard]] auto tasks_resumed() const noexcept { return of(detail::counted::tasks_resumed); }
  [[nodiscard]] auto steals() const noexcept { return of(detail::counted::steals); }
  /// How often a worker fell asleep, and was woken.
  [[nodiscard]] auto parks() const noexcept { return of(detail::counted::parks); }
  [[nodiscard]] auto unparks() const noexcept { return of(detail::counted::unparks); }
  [[nodiscard]] auto channels_created() const noexcept {
    return of(detail::counted::channels_created);
  }
  [[nodiscard]] auto channels_destroyed() const noexcept {
    return of(detail::counted::channels_destroyed);
  }
  /// As `tasks_alive`.
  [[nodiscard]] auto channels_alive() const noexcept -> std::int64_t {
    return static_cast<std::int64_t>(channels_created() - channels_destroyed());
  }
  /// How often a mutex was taken, and how often only after a wait.
  [[nodiscard]] auto locks_taken() const noexcept { return of(detail::counted::locks_taken); }
  [[nodiscard]] auto locks_contended() const noexcept {
    return of(detail::counted::locks_contended);
  }
  /// Waits that are over, of tasks and threads, and how long they were together: until somebody made
  /// the task runnable.
  [[nodiscard]] auto waits() const noexcept { return of(detail::counted::waits); }
  [[nodiscard]] auto time_waited() const noexcept -> duration {
    return duration{static_cast<std::int64_t>(of(detail::counted::nanoseconds_waited))};
  }
  /// How long has been counted.
  [[nodiscard]] auto uptime() const noexcept { return uptime_; }
  /// False in the target without probes: everything is 0 then.
  [[nodiscard]] auto observed() const noexcept { return observed_; }

  /// What has been added between two snapshots of one `metrics`.
  friend auto operator-(metrics_snapshot const& later, metrics_snapshot const& earlier) noexcept
      -> metrics_snapshot;
  friend auto operator==(metrics_snapshot const&, metrics_snapshot const&) noexcept
      -> bool = default;

  /// All of it in the text format that Prometheus reads: `sluice_tasks_alive 3`.
  [[nodiscard]] auto text() const -> std::string;

 private:
  [[nodiscard]] auto of(detail::counted which) const noexcept -> std::uint64_t {
    return all_[static_cast<std::size_t>(which)];
  }

  detail::counts all_{};
  duration uptime_{};
  bool observed_ = false;
};

/// Counts while it lives, for the whole process, from 0.
///
///     metrics const counting;                 // before the runtime whose tasks are counted
///     runtime rt;
///     ...
///     serve(counting.read().text());          // at any time, from any thread
///
/// Order     A snapshot taken while others run holds each event or does not, and never an effect
///           without its cause: of what began while this lives, ends never exceed beginnings, nor
///           contended locks those taken.
/// Cost      In the target `sluice` nothing at all, and all figures are 0. In `sluice_observed`, while
///           one lives, a few unlocked additions in the thread's own memory for each event, and two
///           looks at the clock for each wait.
/// Threads   Any number at once; each counts from its own beginning.
class metrics {
 public:
  /// Throws    `misuse` when too many sinks listen already, see `probe::attach`.
  metrics();
  metrics(metrics const&) = delete;
  auto operator=(metrics const&) -> metrics& = delete;
  ~metrics();

  [[nodiscard]] auto read() const noexcept -> metrics_snapshot;

 private:
  detail::counts before_{};
  std::int64_t began_ = 0;
};

/// The same figures from a recorded trace, such as the records of a simulated run. The uptime is the
/// time between the first record and the last.
[[nodiscard]] auto metrics_of(std::span<probe::record const> trace) noexcept -> metrics_snapshot;

}  // namespace sluice
