// perfetto_trace — records as text that ui.perfetto.dev and chrome://tracing open.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/observe/telemetry.hpp>
#include <sluice/probe/sink.hpp>

namespace sluice {

/// Takes text as it comes.
using text_output = std::function<void(std::string_view)>;

/// Writes records in the Chrome trace format, one event a line, as they come.
///
/// Each worker is a thread on which the tasks it runs are slices, work lies inside them, and sleep
/// between them. Each task has a row of its own from its spawn to its end, with its waits and spans. An
/// arrow leads from whoever wakes a task to where it goes on. Series are counters.
///
/// Order     The records of one worker in the order in which they happened; of several in any.
/// Bound     Keeps nothing of a record but what is open on its worker; text leaves in pieces of a few
///           kilobytes.
/// Threads   one at a time.
class perfetto_writer {
 public:
  static constexpr std::size_t most_workers = 1024;

  explicit perfetto_writer(text_output to);
  perfetto_writer(perfetto_writer const&) = delete;
  auto operator=(perfetto_writer const&) -> perfetto_writer& = delete;
  /// Ends it, unless that has been done.
  ~perfetto_writer();

  /// What a series is called; "series 1" otherwise.
  void name_series(std::uint64_t series, std::string name);

  /// One event. `text` is what was waited for, or a span's name; `place` where that was, or where a
  /// task was spawned; empty where nobody knows. A `waited` began at `b`, by the clock of its `time`.
  void add(probe::record const& what, std::string_view text = {}, std::string_view place = {});

  /// Closes what is open, and the text. Harmless when repeated.
  void end();

  [[nodiscard]] auto events() const noexcept -> std::uint64_t { return events_; }

 private:
  /// What is open on a worker. A task whose work is open stays, also while it is laid down: in virtual
  /// time its worker is busy with it.
  struct lane {
    bool named = false;
    bool asleep = false;
    std::uint32_t task = 0;
    std::uint32_t work = 0;
    std::uint64_t latest = 0;
  };

  auto lane_of(std::uint16_t worker) -> lane&;
  void on_worker(probe::record const& what, lane& here);
  void close(lane& here, std::uint16_t worker, std::uint64_t time);
  void put(std::string_view event);
  void flush();

  text_output to_;
  std::string waiting_;
  std::vector<lane> lanes_;
  std::array<std::string, telemetry_block::most_gauges> series_;
  std::uint64_t events_ = 0;
  bool ended_ = false;
};

/// Writes what the rings of a recorded run still hold.
/// Threads   the run has ended.
void write_perfetto(telemetry_block const& from, text_output to,
                    std::span<std::string const> series_names = {});

}  // namespace sluice
