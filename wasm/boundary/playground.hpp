// playground — everything a page may ask of the core, as one plain class: no JavaScript in here.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <sluice/scenarios/run.hpp>

namespace sluice::wasm {

/// The engine of one page: one run at a time, and the memory in which the page watches it.
///
/// Nothing here blocks and nothing throws: what cannot be done is answered in words.
/// Threads   one: the thread that made it.
class playground {
 public:
  playground();
  playground(playground const&) = delete;
  auto operator=(playground const&) -> playground& = delete;
  ~playground();

  /// The scenarios, as `scenarios::catalogue_json`.
  [[nodiscard]] auto schema_json() const -> std::string;
  /// Where the numbers lie in the telemetry block, as `telemetry_layout_json`.
  [[nodiscard]] auto layout_json() const -> std::string;
  /// Version, revision and compiler, and whether this build has threads.
  [[nodiscard]] auto build_json() const -> std::string;

  /// How many threads a run on threads needs in all, its supervisor included; -1 when there is no
  /// such scenario or a parameter is wrong.
  [[nodiscard]] auto threads_needed(std::string_view scenario, std::string_view params) const -> int;

  /// Begins a run: `engine` is "threads" or "sim", `params` "workers=4&queue=64", `seed` up to 16
  /// hexadecimal digits. Answers {"ok":true}, or {"ok":false,"code":…,"message":…} with one of
  /// E_SCENARIO, E_PARAM, E_LIMIT (no thread to be had) and E_BUSY (a run is still alive).
  [[nodiscard]] auto start(std::string_view engine, std::string_view scenario, std::string_view params,
                           std::string_view seed) -> std::string;

  /// Simulation only: goes on until virtual time would pass `until_ns`, for about `budget_ms`.
  /// Infinity is no limit. Does nothing on threads.
  auto slice(double until_ns, double budget_ms) -> scenarios::run_state;
  /// Simulation only: takes steps of the scheduler, also while the run is paused.
  auto step(unsigned count) -> scenarios::run_state;

  void pause() noexcept;
  void resume() noexcept;
  /// Ends the run early; on threads `state` says when it has ended.
  void stop() noexcept;
  /// Changes a live parameter; answers as `start`.
  [[nodiscard]] auto set_live(std::string_view id, std::string_view text) -> std::string;

  [[nodiscard]] auto state() const noexcept -> scenarios::run_state;
  /// What the last run came to; empty until it has ended.
  [[nodiscard]] auto outcome_json() const -> std::string;
  /// Where the telemetry block lies; it never moves.
  [[nodiscard]] auto telemetry_address() const noexcept -> std::uintptr_t;
  [[nodiscard]] auto telemetry() const noexcept -> telemetry_block const& { return *figures_; }

 private:
  std::unique_ptr<telemetry_block> figures_;
  std::unique_ptr<scenarios::run> run_;
};

}  // namespace sluice::wasm
