// trace — what a live program does, into a file that ui.perfetto.dev opens; and spans of one's own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>

#include <sluice/base/result.hpp>
#include <sluice/observe/perfetto_trace.hpp>
#include <sluice/probe/probe.hpp>

namespace sluice {

struct trace_options {
  /// The time of simulated runtimes instead of the machine's.
  bool virtual_time = false;
  /// Events that a worker keeps before they are written, 1 to 1 000 000.
  std::size_t buffer = 512;
};

/// Writes all that happens in the process, while it lives.
///
///     auto recording = trace::to_file("run.json");
///     if (!recording) return fail(recording.error());
///     serve();
///     if (auto const written = recording->end(); !written) return fail(written.error());
///
/// Of several runtimes at once, workers and tasks of the same number share a row.
///
/// Cost      In the target `sluice` nothing; `to_file` fails. In `sluice_observed`, while one lives, each
///           event reads the clock and takes a lock of its worker's own; every so many are written by
///           whichever thread fills the buffer.
/// Bound     `buffer` events for each worker, whatever has been written so far.
/// Threads   one owner.
class trace {
 public:
  class span;

  /// Fails     `invalid` for a buffer outside its range, `resource` when the file cannot be written,
  ///           another trace lives, or this target has no probes.
  [[nodiscard]] static auto to_file(std::string const& path, trace_options options = {}) -> result<trace>;

  /// The same into whatever takes text. It is called by any thread, by one at a time, in the middle of
  /// whatever that does: it may not wait for tasks, nor do anything that is observed.
  [[nodiscard]] static auto to(text_output into, trace_options options = {}) -> result<trace>;

  trace(trace&& other) noexcept;
  auto operator=(trace&&) -> trace& = delete;
  /// Ends it; use `end` to learn whether all could be written.
  ~trace();

  /// What a series is called: `ch.watch(1)` makes a channel the series 1.
  void name_series(std::uint32_t series, std::string name);

  /// Writes what is left, and the end.
  /// Fails     `resource` when some of it could not be written, or memory ran out.
  auto end() -> result<void>;

  /// Events written, once it has ended.
  [[nodiscard]] auto events() const noexcept -> std::uint64_t { return events_; }

 private:
  struct owned_file;
  explicit trace(std::unique_ptr<owned_file> file) noexcept;
  static auto claim(trace_options options) -> result<void>;
  static auto start(text_output into, trace_options options) -> result<void>;

  std::unique_ptr<owned_file> file_;
  std::uint64_t events_ = 0;
  bool lives_ = true;
};

/// A stretch of a task's life, under a name; a local variable of a coroutine, or of a plain function.
///
///     task<void> charge(context ctx, order what) {
///       trace::span const charging{"charge"};
///       co_await gateway.call(ctx, what);        // goes on elsewhere, the span with it
///     }
///
/// It belongs to the task that made it, wherever that is suspended and resumed, and lies in that task's
/// row of the trace; spans of one task nest as scopes do.
///
/// Cost      In the target `sluice` nothing: an empty object. In `sluice_observed` one branch at each
///           end while nobody listens.
/// Lifetime  the name outlives the span.
class trace::span {
 public:
  explicit span(char const* name, std::source_location where = std::source_location::current()) noexcept
      : mine_(name, where) {}
  span(span const&) = delete;
  auto operator=(span const&) -> span& = delete;

 private:
  /// The task that runs here, or a number above those of tasks for a thread that is none.
  [[nodiscard]] static auto track_of_here() noexcept -> std::uint64_t;

  struct told {
    told(char const* given, std::source_location where) noexcept : name(given), track(track_of_here()) {
      probe::emit(probe::verb::span_begun, track, 0, {name, where});
    }
    told(told const&) = delete;
    auto operator=(told const&) -> told& = delete;
    ~told() { probe::emit(probe::verb::span_ended, track, 0, {name, {}}); }
    char const* name;
    std::uint64_t track;
  };
  struct untold {
    untold(char const*, std::source_location) noexcept {}
  };

  [[no_unique_address]] std::conditional_t<probe::observed, told, untold> mine_;
};

}  // namespace sluice
