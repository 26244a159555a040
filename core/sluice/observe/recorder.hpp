// recorder — the listener that turns probes into telemetry and, in simulation, into a trace hash.
#pragma once

#include <cstdint>
#include <mutex>

#include <sluice/observe/telemetry.hpp>
#include <sluice/probe/sink.hpp>
#include <sluice/task/executor.hpp>

namespace sluice {

/// FNV-1a, 64 bits, over records as they would be written to a file: little endian, 32 bytes each.
/// Source    Fowler, Noll, Vo.
class trace_hash {
 public:
  void add(probe::record const& what) noexcept {
    mix(what.time, 8);
    mix(what.task, 4);
    mix(static_cast<std::uint64_t>(what.what), 2);
    mix(what.worker, 2);
    mix(what.a, 8);
    mix(what.b, 8);
  }
  [[nodiscard]] auto value() const noexcept -> std::uint64_t { return hash_; }

 private:
  void mix(std::uint64_t bits, int bytes) noexcept {
    for (; bytes > 0; --bytes, bits >>= 8) hash_ = (hash_ ^ (bits & 0xff)) * 0x100000001b3ULL;
  }
  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
};

/// How much a recorder keeps in the rings. What a run consists of, and so its hash, is the same.
enum class recording : std::uint8_t {
  the_run,     ///< what its picture needs
  everything,  ///< also slices of tasks in real time, waits, wake-ups and spans
};

/// Writes what it hears into a telemetry block.
/// Threads   called on every worker at once; in virtual time on one thread.
/// Lifetime  installed by its constructor and taken away by its destructor; one at a time.
class recorder final : public probe::sink {
 public:
  /// Stamps events with the time of `clock`. In virtual time there is one ring for all workers, in
  /// the order in which things happened, and every record enters the hash.
  recorder(telemetry_block& into, executor& clock, bool virtual_time,
           recording how_much = recording::the_run) noexcept;
  recorder(recorder const&) = delete;
  auto operator=(recorder const&) -> recorder& = delete;
  ~recorder();

  void on(probe::verb what, probe::place where, std::uint64_t a, std::uint64_t b) noexcept override;

  [[nodiscard]] auto hash() const noexcept -> std::uint64_t { return hash_.value(); }
  [[nodiscard]] auto count() const noexcept -> std::uint64_t { return count_; }

 private:
  void keep(probe::record const& what) noexcept;
  static void write(telemetry_block::ring& ring, probe::record const& what) noexcept;
  void tell(probe::record const& what) noexcept;

  telemetry_block& into_;
  executor& clock_;
  bool const virtual_;
  recording const how_much_;
  std::mutex outside_;  // threads that are no workers share the last ring
  trace_hash hash_;
  std::uint64_t count_ = 0;
};

}  // namespace sluice
