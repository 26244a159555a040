#include <sluice/observe/trace.hpp>

#include <array>
#include <atomic>
#include <cstdio>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include <sluice/base/clock.hpp>
#include <sluice/observe/profile.hpp>
#include <sluice/task/executor.hpp>

namespace sluice {
namespace {

using probe::verb;

constexpr std::size_t most_buffer = 1'000'000;
constexpr std::size_t lanes = 65;  // the last: all that is no worker, and workers beyond

/// An event with what belongs to it. The texts are the program's own; a span's name outlives the span,
/// not the trace, so that is a copy.
struct entry {
  probe::record what;
  char const* text = nullptr;
  std::source_location place{};
  std::string name{};
};

/// One worker's events that have not been written.
struct lane {
  std::mutex lock;
  std::vector<entry> entries;
};

auto place_of(std::source_location const& where) -> std::string {
  if (where.line() == 0) return {};
  return std::string{detail::last_part(where.file_name())} + ":" + std::to_string(where.line());
}

/// The one trace of the process. It lives as long as that: a thread may still be in `on` when the trace
/// has ended; then it finds it closed.
///
/// Invariant  `writer_` is there while `open_`. An entry joins a lane, under the lane's lock, only while
///            `open_`; `end` closes that first and then empties each lane.
/// Order      a lane's lock before `lock_`, never the other way round.
class tracer final : public probe::sink {
 public:
  void on(verb what, probe::place where, std::uint64_t a, std::uint64_t b) noexcept override {
    if (!open_.load(std::memory_order_acquire) || what == verb::locked || what == verb::channel_made ||
        what == verb::channel_gone)
      return;
    auto const time = now();
    if (what == verb::waited) b = shifted(b, time);
    auto& mine = lanes_[where.worker < lanes - 1 ? where.worker : lanes - 1];
    try {
      entry made{{time, where.task, what, where.worker, a, b}, nullptr, {}, {}};
      auto const& said = probe::said();
      made.place = said.where;
      if (what == verb::span_begun || what == verb::span_ended) made.name = said.text;
      else made.text = said.text;
      std::lock_guard const hold{mine.lock};
      if (!open_.load(std::memory_order_relaxed)) return;  // `end` has been here, or is about to
      mine.entries.push_back(std::move(made));
      if (mine.entries.size() >= most_.load(std::memory_order_relaxed)) write(mine.entries);
    } catch (...) {
      lost_.store(true, std::memory_order_relaxed);
    }
  }

  /// Reserves the place of the one trace; false when it is taken.
  auto claim() noexcept -> bool { return !claimed_.exchange(true, std::memory_order_acq_rel); }
  void give_up() noexcept { claimed_.store(false, std::memory_order_release); }

  /// By whoever has claimed it.
  auto start(text_output into, trace_options options) -> result<void> {
    std::lock_guard const hold{lock_};
    began_ = monotonic_ns();
    virtual_ = options.virtual_time;
    latest_.store(0, std::memory_order_relaxed);
    lost_.store(false, std::memory_order_relaxed);
    most_.store(options.buffer, std::memory_order_relaxed);
    writer_.emplace(std::move(into));
    try {
      probe::attach(*this, true);
    } catch (std::exception const& full) {
      writer_.reset();
      return failure({errc::resource, full.what()});
    }
    open_.store(true, std::memory_order_release);
    return {};
  }

  void name_series(std::uint32_t series, std::string name) {
    std::lock_guard const hold{lock_};
    if (writer_) writer_->name_series(series, std::move(name));
  }

  /// Returns how many events were written, or nothing when some are missing.
  auto end() noexcept -> std::optional<std::uint64_t> {
    probe::detach(*this);
    open_.store(false, std::memory_order_release);
    for (auto& each : lanes_) {
      std::lock_guard const hold{each.lock};
      try {
        write(each.entries);
      } catch (...) {
        lost_.store(true, std::memory_order_relaxed);
      }
      each.entries = {};
    }
    std::lock_guard const hold{lock_};
    std::uint64_t events = 0;
    try {
      writer_->end();
      events = writer_->events();
    } catch (...) {
      lost_.store(true, std::memory_order_relaxed);
    }
    writer_.reset();
    give_up();
    if (lost_.load(std::memory_order_relaxed)) return std::nullopt;
    return events;
  }

 private:
  // Under the lock of their lane.
  void write(std::vector<entry>& from) {
    {
      std::lock_guard const hold{lock_};
      if (writer_)
        for (auto const& each : from)
          writer_->add(each.what, each.text != nullptr ? std::string_view{each.text} : each.name,
                       place_of(each.place));
    }
    from.clear();
  }

  [[nodiscard]] auto now() noexcept -> std::uint64_t {
    if (!virtual_) return static_cast<std::uint64_t>(monotonic_ns() - began_);
    // What happens outside a simulation happens when it last moved.
    if (auto* const home = detail::worker_of; home != nullptr)
      latest_.store(static_cast<std::uint64_t>(home->now().time_since_epoch().count()),
                    std::memory_order_relaxed);
    return latest_.load(std::memory_order_relaxed);
  }

  /// An instant of a task's own clock, or the machine's for a thread, on the clock of the trace.
  [[nodiscard]] auto shifted(std::uint64_t began, std::uint64_t time) noexcept -> std::uint64_t {
    if (virtual_) return began;
    auto const here = detail::worker_of != nullptr ? detail::worker_of->now().time_since_epoch().count()
                                                   : monotonic_ns();
    auto const ago = static_cast<std::uint64_t>(here) - began;
    return ago < time ? time - ago : 0;
  }

  std::array<lane, lanes> lanes_;
  std::mutex lock_;
  std::optional<perfetto_writer> writer_;
  std::atomic<bool> claimed_{false};
  std::atomic<bool> open_{false};
  std::atomic<bool> lost_{false};
  std::atomic<std::size_t> most_{0};
  std::atomic<std::uint64_t> latest_{0};
  std::int64_t began_ = 0;
  bool virtual_ = false;
};

auto the_tracer() -> tracer& {
  static auto& only = *new tracer;  // never destroyed
  return only;
}

}  // namespace

/// The file, and whether all of it could be written.
struct trace::owned_file {
  explicit owned_file(std::FILE* opened) noexcept : file(opened) {}
  owned_file(owned_file const&) = delete;
  auto operator=(owned_file const&) -> owned_file& = delete;
  ~owned_file() { (void)close(); }

  void write(std::string_view text) noexcept {
    if (std::fwrite(text.data(), 1, text.size(), file) != text.size()) failed = true;
  }
  auto close() noexcept -> bool {
    if (file != nullptr && std::fclose(std::exchange(file, nullptr)) != 0) failed = true;
    return !failed;
  }

  std::FILE* file;
  bool failed = false;
};

trace::trace(std::unique_ptr<owned_file> file) noexcept : file_(std::move(file)) {}

trace::trace(trace&& other) noexcept
    : file_(std::move(other.file_)),
      events_(other.events_),
      lives_(std::exchange(other.lives_, false)) {}

trace::~trace() {
  if (lives_) (void)end();
}

auto trace::claim(trace_options options) -> result<void> {
  if (!probe::observed)
    return failure({errc::resource, "this target has no probes to listen to; link Sluice::observed"});
  if (options.buffer < 1 || options.buffer > most_buffer)
    return failure({errc::invalid, "buffer = " + std::to_string(options.buffer) + " is outside 1 to " +
                                       std::to_string(most_buffer)});
  if (!the_tracer().claim())
    return failure({errc::resource, "another trace is being written; there is one at a time"});
  return {};
}

auto trace::start(text_output into, trace_options options) -> result<void> {
  auto started = the_tracer().start(std::move(into), options);
  if (!started) the_tracer().give_up();
  return started;
}

auto trace::to(text_output into, trace_options options) -> result<trace> {
  if (auto claimed = claim(options); !claimed) return failure(std::move(claimed.error()));
  if (auto started = start(std::move(into), options); !started)
    return failure(std::move(started.error()));
  return trace{nullptr};
}

auto trace::to_file(std::string const& path, trace_options options) -> result<trace> {
  if (auto claimed = claim(options); !claimed) return failure(std::move(claimed.error()));
  auto* const opened = std::fopen(path.c_str(), "wb");
  if (opened == nullptr) {
    the_tracer().give_up();
    return failure({errc::resource, "the file " + path + " cannot be written"});
  }
  auto file = std::make_unique<owned_file>(opened);
  auto started = start([into = file.get()](std::string_view text) { into->write(text); }, options);
  if (!started) return failure(std::move(started.error()));
  return trace{std::move(file)};
}

void trace::name_series(std::uint32_t series, std::string name) {
  if (lives_) the_tracer().name_series(series, std::move(name));
}

auto trace::end() -> result<void> {
  if (!std::exchange(lives_, false)) return {};
  auto const written = the_tracer().end();
  events_ = written.value_or(0);
  auto const closed = file_ == nullptr || file_->close();
  if (!written || !closed)
    return failure({errc::resource, "the trace is not complete: some of it could not be written"});
  return {};
}

auto trace::span::track_of_here() noexcept -> std::uint64_t {
  if (auto const task = probe::here().task; task != 0) return task;
  constexpr auto above_tasks = std::uint64_t{1} << 32;
  static constinit std::atomic<std::uint64_t> threads{above_tasks};
  thread_local auto const mine = threads.fetch_add(1, std::memory_order_relaxed);
  return mine;
}

}  // namespace sluice
