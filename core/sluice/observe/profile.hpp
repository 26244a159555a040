// profile — who waits where, and for how long; and where every task stands.
#pragma once

#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/base/clock.hpp>
#include <sluice/probe/probe.hpp>

namespace sluice {

/// Which waits are meant.
enum class profile_kind : std::uint8_t {
  block,  ///< all of them
  mutex,  ///< those for a mutex, shared ones too
};

/// All waits for one thing at one place.
struct profile_entry {
  std::string waited_for;   ///< "a value from a channel"
  std::string file;         ///< of the `co_await`; empty for a plain thread, which has none
  std::uint32_t line = 0;
  std::string function;
  std::uint64_t count = 0;  ///< how often; where waits are sampled, an estimate
  duration total{};         ///< until somebody made the waiting task runnable
  duration longest{};
  bool of_mutex = false;

  /// "worker_pool.cpp:42", or "a thread".
  [[nodiscard]] auto place() const -> std::string;
  friend auto operator==(profile_entry const&, profile_entry const&) -> bool = default;
};

struct profile_options {
  /// One wait is kept for each span of this length that has been waited, on the average, and counts for
  /// those that were not. 1 ns keeps all. Waits that are longer are always kept.
  duration rate{1};
};

/// Keeps a profile of all waits of the process while it lives.
///
///     profile const watching;
///     ...
///     std::puts(watching.text(profile_kind::block).c_str());
///
/// Throws    `misuse` when another one lives, or for a rate below 1 ns.
/// Cost      In the target `sluice` nothing, and every profile is empty. In `sluice_observed`, while one
///           lives, each wait reads the clock twice and takes a lock that few share.
/// Threads   any may read at any time.
class profile {
 public:
  explicit profile(profile_options options = {});
  profile(profile const&) = delete;
  auto operator=(profile const&) -> profile& = delete;
  ~profile();

  /// What is known so far, the longest total first.
  [[nodiscard]] auto read(profile_kind kind) const -> std::vector<profile_entry>;

  /// The same as text, in the manner of Go's `pprof?debug=1`: nanoseconds and count of a place, then,
  /// behind `#`, what was waited for, the longest wait and where that is.
  [[nodiscard]] auto text(profile_kind kind) const -> std::string;

  /// Waits that are missing because there was no memory to keep their place.
  [[nodiscard]] auto lost() const noexcept -> std::uint64_t;

 private:
  duration rate_;
};

/// Whatever can name its live tasks: a `runtime`, or a `testing::deterministic_runtime`.
template <class Runtime>
concept names_tasks = requires(Runtime const& of) {
  of.live_tasks();
  of.now();
};

/// Where a task stands, for a dump.
struct standing_task {
  std::uint32_t id = 0;
  std::string spawned_at;                     ///< "worker_pool.cpp:42"
  std::string waiting_for;                    ///< empty while it is runnable or running
  std::source_location suspended_at{};        ///< its `co_await`; a line of 0 where it is not known
  instant waiting_since = never;              ///< `never` where it is not known
};

namespace detail {
/// What a runtime knows of its tasks; some of it is known only where it is observed.
template <names_tasks Runtime>
[[nodiscard]] auto stand(Runtime const& of) -> std::vector<standing_task> {
  std::vector<standing_task> all;
  for (auto& each : of.live_tasks()) {
    standing_task stands;
    stands.id = each.id;
    stands.spawned_at = each.spawned_at;
    stands.waiting_for = each.waiting_for;
    if constexpr (requires { each.suspended_at; }) stands.suspended_at = each.suspended_at;
    if constexpr (requires { each.waiting_since; }) stands.waiting_since = each.waiting_since;
    all.push_back(std::move(stands));
  }
  return all;
}
[[nodiscard]] auto task_dump(std::vector<standing_task> all, instant now) -> std::string;
[[nodiscard]] auto last_part(std::string_view path) noexcept -> std::string_view;
}  // namespace detail

/// Every live task of `of`: those that stand at the same place together, the largest crowd first. Each
/// has what it waits for, where it was spawned and, in `sluice_observed`, the `co_await` at which it
/// stands and, while a `profile` or a `metrics` lives, since when.
///
///     tasks: 3 alive
///     2 wait for a value from a channel, the longest for 1.2 s
///     #  suspended at  pool.cpp:61  task<void> drain(context, channel<job> &)
///     #  spawned at    main.cpp:17
///     #  tasks         4, 5
///
/// Threads   any; each task is seen at a moment of its own.
template <names_tasks Runtime>
[[nodiscard]] auto dump_tasks(Runtime const& of) -> std::string {
  return detail::task_dump(detail::stand(of), of.now());
}

}  // namespace sluice
