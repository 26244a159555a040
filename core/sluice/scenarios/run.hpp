// run — one scenario, on one engine, from its start to its outcome.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include <sluice/observe/recorder.hpp>
#include <sluice/scenarios/catalogue.hpp>
#include <sluice/scenarios/rig.hpp>

namespace sluice::scenarios {

/// What to run. The engine does not change what a scenario does, only how time passes.
struct run_request {
  scenario const* what = nullptr;
  values params;
  std::uint64_t seed = 1;
  engine_kind engine = engine_kind::threads;
};

/// A run under way.
///
/// On threads it lives on threads of its own and `state()` tells how far it is; in simulation it
/// moves only inside `slice` and `step`.
/// Threads   one thread owns it; `state` and the telemetry may be read by any.
/// Lifetime  destroying it stops it and waits for its end. One run is alive at a time where
///           instruments are compiled in.
class run {
 public:
  /// Begins.
  /// Fails     `resource` when a thread cannot be had.
  [[nodiscard]] static auto start(run_request request, telemetry_block& figures)
      -> result<std::unique_ptr<run>>;
  run(run const&) = delete;
  auto operator=(run const&) -> run& = delete;
  ~run();

  /// Simulation only: goes on until virtual time would pass `until`, for about `wall` of real time
  /// (0: no limit), or to the end.
  auto slice(duration until, duration wall) -> run_state;
  /// Simulation only: takes `steps` steps of the scheduler.
  auto step(std::uint64_t steps) -> run_state;

  /// Stands still between two pieces of work, and goes on again.
  void pause() noexcept;
  void resume() noexcept;
  /// Ends early. On threads the end comes soon after; in simulation it has come.
  void stop() noexcept;
  /// Blocks    until the run has ended. Threads only: a simulation moves in `slice`.
  void wait() noexcept {
    if (supervisor_.joinable()) supervisor_.join();
  }
  /// Changes a live parameter.
  /// Fails     as `values::set`; `rejected` for a parameter that is not live.
  [[nodiscard]] auto set_live(std::string_view id, std::string_view text) -> result<void>;

  [[nodiscard]] auto state() const noexcept -> run_state {
    return state_.load(std::memory_order_acquire);
  }
  /// Once the state is final.
  [[nodiscard]] auto result_of() const -> outcome const&;
  [[nodiscard]] auto request() const noexcept -> run_request const& { return request_; }

 private:
  run(run_request request, telemetry_block& figures);
  void begin_simulation();
  void supervise() noexcept;
  [[nodiscard]] auto run_body() -> result<void>;
  void check_end() noexcept;
  void finish(std::string failure) noexcept;
  void enter(run_state state) noexcept;
  auto body() -> task<void>;
  [[nodiscard]] auto sim() const noexcept -> driver_sim& { return *runtime_->simulated(); }

  run_request request_;
  telemetry_block& figures_;
  run_controls controls_;
  std::atomic<run_state> state_{run_state::running};
  std::uint64_t frames_before_ = 0;

  // Made and destroyed by whoever drives: the supervisor on threads, the owner in simulation. The
  // lock lets `stop` reach a rig that is going away.
  std::mutex lock_;
  std::unique_ptr<runtime> runtime_;
  std::unique_ptr<recorder> recorder_;
  std::unique_ptr<rig> rig_;
  std::optional<join_handle<void>> main_;
  std::thread supervisor_;
  outcome outcome_;
};

/// Runs to the end and blocks until then.
/// Fails     as `run::start`.
[[nodiscard]] auto run_to_end(run_request const& request) -> result<outcome>;

}  // namespace sluice::scenarios
