// rig — what a scenario runs on: a runtime, a clock, a seed, and somebody who keeps the figures.
#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/atomics/counting_atomics.hpp>
#include <sluice/base/random.hpp>
#include <sluice/observe/telemetry.hpp>
#include <sluice/runtime/runtime.hpp>
#include <sluice/scenarios/outcome.hpp>

namespace sluice::scenarios {

/// What a run is told from outside: to stop, to stand still, new values.
/// Threads   any thread.
struct run_controls {
  std::atomic<bool> stop{false};
  std::atomic<bool> hold{false};
  /// The present value of each parameter, by its place in the schema; only live ones change.
  std::vector<std::atomic<double>> live;
};

/// Given to a scenario for one run. It cannot tell which engine it is on.
/// Threads   every member may be called by any of the run's tasks.
class rig {
 public:
  rig(runtime& on, values const& params, std::uint64_t seed, run_controls& controls,
      telemetry_block& figures);

  /// Ends when the run is stopped. Every wait of a scenario takes it.
  [[nodiscard]] auto ctx() const noexcept -> context const& { return scope_.ctx(); }
  [[nodiscard]] auto home() const noexcept -> executor& { return on_.home(); }
  [[nodiscard]] auto now() const noexcept -> instant { return on_.now(); }
  /// True once the run is to end early.
  [[nodiscard]] auto stopped() const noexcept -> bool { return ctx().done(); }

  /// Numbers of their own for each `stream`, the same for the same seed.
  [[nodiscard]] auto random(std::uint64_t stream) const noexcept -> random_source;

  /// Does `span` of work as job `job` in stage `stage`: computes that long where time is real, and
  /// is busy that long where it is virtual, or as long as an operation takes when `span` is 0. Cut
  /// short when the run is stopped.
  auto work(duration span, std::uint64_t job, std::uint64_t stage = 0) -> task<void>;

  /// What one short operation costs where time is virtual.
  static constexpr duration operation_cost = std::chrono::nanoseconds{100};

  /// Does a burst of short operations, then lets others run. `operations` answers how many it did;
  /// where time is virtual each took `each`. Retries of structures that count them are put down to
  /// this worker.
  template <std::invocable Operations>
  auto burst(std::uint64_t stage, Operations operations, duration each = operation_cost)
      -> task<void> {
    co_await stand_by();
    auto const job = begin_burst(stage);
    auto const before = counting_atomics::retries();
    auto const began = now();
    auto const done = static_cast<std::uint64_t>(operations());
    retried(counting_atomics::retries() - before);
    co_await end_burst(job, stage, done, each, began);
  }

  /// Computes for `span` inside a burst, where time is real; where it is virtual, the burst's `each`
  /// stands for it.
  void compute_now(duration span) const noexcept;

  /// The worker on which the calling task now runs; meaningful where instruments are compiled in.
  [[nodiscard]] static auto here() noexcept -> std::uint16_t;

  /// The present value of a live parameter.
  [[nodiscard]] auto live(std::string_view id) const -> double;

  // What happened, for the figures. Items in must equal items out in the end.
  void took_in(std::uint64_t items = 1) noexcept { figures_.add(counter::items_in, items); }
  void put_out(std::uint64_t items = 1) noexcept { figures_.add(counter::items_out, items); }
  [[nodiscard]] auto items_in() const noexcept -> std::uint64_t {
    return figures_.read(counter::items_in);
  }
  [[nodiscard]] auto items_out() const noexcept -> std::uint64_t {
    return figures_.read(counter::items_out);
  }
  /// An item is complete, `since` when it was due.
  void put_out_since(instant since) noexcept;
  void dropped(std::uint32_t series) noexcept;
  void retried(std::uint64_t times) noexcept;
  /// The calling worker took something from `victim`, another one.
  static void stole(std::uint16_t victim) noexcept;
  /// Time spent before a full buffer by `stage`.
  void blocked(std::uint64_t stage, duration span) noexcept;
  void bound(std::uint32_t series, std::uint64_t capacity) noexcept;
  void unbounded(std::uint32_t series) noexcept {
    bound(series, std::numeric_limits<std::uint64_t>::max());
  }
  void depth(std::uint32_t series, std::uint64_t value) noexcept;

  /// Checks something that must hold at the end; a broken one makes the run fail.
  void check(std::string_view what, std::uint64_t expected, std::uint64_t actual);

  /// Keeps a figure that this scenario alone has, such as the share of each worker.
  void found(std::string_view what, std::string value);

  /// That every task waits and nothing can wake one is what this run is to come to: `then` is called instead of the
  /// run's failing, once, while nothing runs. It may look at all of them, and must make some able to go on, for the
  /// scenario ends by itself all the same.
  void expect_deadlock(std::function<void()> then);

  // The runner's side.
  /// Every task waits: what to do then, once; nothing when nobody expects that.
  [[nodiscard]] auto at_deadlock() -> std::function<void()>;
  void end_early() noexcept { scope_.cancel({errc::stopped, "the run was stopped"}); }
  [[nodiscard]] auto invariants() const -> std::vector<invariant>;
  [[nodiscard]] auto findings() const -> std::vector<finding>;
  [[nodiscard]] auto worked() const noexcept -> std::int64_t {
    return worked_.load(std::memory_order_relaxed);
  }

 private:
  auto stand_by() -> task<void>;
  [[nodiscard]] auto begin_burst(std::uint64_t stage) noexcept -> std::uint64_t;
  auto end_burst(std::uint64_t job, std::uint64_t stage, std::uint64_t operations, duration each,
                 instant began) -> task<void>;

  runtime& on_;
  values const& params_;
  std::uint64_t const seed_;
  run_controls& controls_;
  telemetry_block& figures_;
  double const steps_per_ns_;
  cancel_scope scope_;
  std::atomic<std::int64_t> worked_{0};
  std::atomic<std::uint64_t> bursts_{0};
  mutable std::mutex lock_;
  std::vector<invariant> invariants_;
  std::vector<finding> findings_;
  std::function<void()> at_deadlock_;
};

}  // namespace sluice::scenarios
