// telemetry — the block of memory in which a page reads a live run, and the words that describe it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include <sluice/base/cache_line.hpp>
#include <sluice/observe/histogram.hpp>
#include <sluice/probe/record.hpp>

namespace sluice {

/// What is counted for the run as a whole.
enum class counter : std::uint8_t { items_in, items_out, dropped, retries, spawned, ended };

/// How a lane stands; the numbers are part of the layout.
enum class lane_state : std::uint8_t { parked = 0, running = 1, waiting = 2, searching = 3 };

/// The live numbers of one run, at offsets that do not change while the program runs.
///
/// A reader in another thread, or on the other side of shared memory, reads any word at any time:
/// each is whole, and together they are as consistent as numbers read one after another can be.
/// Threads   any thread writes and reads; a ring is written by the worker it belongs to.
struct telemetry_block {
  static constexpr std::size_t most_counters = 16;
  static constexpr std::size_t most_lanes = 64;
  static constexpr std::size_t most_gauges = 8;
  static constexpr std::size_t most_stages = 8;
  static constexpr std::size_t rings = most_lanes + 1;  ///< the last: threads that are no workers
  static constexpr std::size_t ring_capacity = 2048;
  static constexpr std::uint32_t expected_magic = 0x4c554953;  ///< "SIUL", little endian

  using word = std::atomic<std::uint64_t>;

  struct lane {
    word state;    ///< a `lane_state`
    word busy;     ///< ns of work so far, whole pieces only
    word items;    ///< pieces of work
    word retries;
    word since;    ///< when the present state began
    word unused[3];
  };
  struct gauge {
    word value;
    word high;
    word capacity;  ///< 0 for hand to hand, the largest number for no bound
    word sent;
  };
  struct stage {
    word active;   ///< workers in it now
    word done;
    word busy;     ///< ns of work so far
    word blocked;  ///< ns spent waiting for room in the next buffer
  };
  /// A record as four words, so that a reader never sees half of one word.
  struct slot {
    word time;
    word where;  ///< task | verb << 32 | worker << 48
    word a;
    word b;
  };
  struct ring {
    word head;  ///< records ever written; the newest lies at (head - 1) % ring_capacity
    word unused[7];
    std::array<slot, ring_capacity> slots;
  };

  std::atomic<std::uint32_t> magic;
  std::atomic<std::uint32_t> run;
  std::atomic<std::uint32_t> state;
  std::atomic<std::uint32_t> lanes_used;
  std::atomic<std::uint32_t> virtual_time;
  std::atomic<std::uint32_t> unused;
  word now;
  word trace_hash;
  word trace_count;
  std::array<word, most_counters> counters;
  std::array<lane, most_lanes> lanes;
  std::array<gauge, most_gauges> gauges;
  std::array<stage, most_stages> stages;
  std::array<word, histogram::bucket_count> latency;
  alignas(cache_line) std::array<ring, rings> events;

  void add(counter which, std::uint64_t n) noexcept {
    counters[static_cast<std::size_t>(which)].fetch_add(n, std::memory_order_relaxed);
  }
  [[nodiscard]] auto read(counter which) const noexcept -> std::uint64_t {
    return counters[static_cast<std::size_t>(which)].load(std::memory_order_relaxed);
  }

  /// Everything to zero, for the next run. Nobody else may write meanwhile.
  void clear() noexcept;
};

/// The offsets of a `telemetry_block`, as JSON.
[[nodiscard]] auto telemetry_layout_json() -> std::string;

}  // namespace sluice
