// outcome — what a run came to: figures, and whether what must hold did.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sluice/observe/histogram.hpp>
#include <sluice/scenarios/scenario.hpp>

namespace sluice::scenarios {

/// The life of a run. The numbers are shared with the page.
enum class run_state : std::uint32_t {
  idle = 0,
  running = 1,
  paused = 2,
  finished = 3,
  cancelled = 4,
  failed = 5,
};

[[nodiscard]] auto name(run_state state) noexcept -> std::string_view;
[[nodiscard]] constexpr auto is_final(run_state state) noexcept -> bool {
  return state >= run_state::finished;
}

/// Something that must hold at the end of a run, with both figures.
struct invariant {
  std::string name;
  bool held = false;
  std::string expected;
  std::string actual;
};

/// A figure that one scenario alone has, in words.
struct finding {
  std::string name;
  std::string value;
};

/// What a run came to.
/// Invariant  `state` is `failed` when an invariant is broken or something was thrown, and `failure`
///            says so in words.
struct outcome {
  run_state state = run_state::idle;
  std::string failure;
  std::uint64_t items_in = 0;
  std::uint64_t items_out = 0;
  std::uint64_t dropped = 0;
  std::uint64_t retries = 0;
  std::int64_t elapsed_ns = 0;  ///< on the engine's clock: virtual in simulation
  unsigned workers = 0;
  double utilisation = 0;       ///< share of the workers' time spent in work, 0 to 1
  double steps_per_ns = 0;      ///< of the calibrated kernel; 0 in simulation
  std::uint64_t trace_hash = 0; ///< in simulation, where instruments are compiled in
  std::uint64_t trace_count = 0;
  histogram latency;
  std::vector<invariant> invariants;
  std::vector<finding> findings;
};

}  // namespace sluice::scenarios
