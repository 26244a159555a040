#include <sluice/observe/metrics.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <new>
#include <string_view>

#include <sluice/base/cache_line.hpp>

namespace sluice {
namespace {

using detail::counted;
using detail::counts;

constexpr auto how_many = static_cast<std::size_t>(counted::how_many);

/// The counts of one thread, which alone writes them. It outlives the thread and goes to the next one:
/// sums never shrink.
///
/// Edges      count  counts_ release -> counts_ acquire  whoever sees an effect counted sees its cause
struct alignas(cache_line) shard {
  std::array<std::atomic<std::uint64_t>, how_many> all{};
  std::atomic<bool> taken{true};
  shard* next = nullptr;
};

constinit std::atomic<shard*> shards{nullptr};  // only ever added to
constinit shard spare;                          // for threads for whose shard there is no memory

thread_local constinit shard* mine = nullptr;

/// Gives the shard of an ended thread to the next new one.
struct return_at_exit {
  ~return_at_exit() {
    if (mine != nullptr && mine != &spare) mine->taken.store(false, std::memory_order_release);
    mine = &spare;
  }
};

auto claim_shard() noexcept -> shard& {
  thread_local return_at_exit const at_exit;
  (void)at_exit;
  for (auto* each = shards.load(std::memory_order_acquire); each != nullptr; each = each->next) {
    auto taken = false;
    if (each->taken.compare_exchange_strong(taken, true, std::memory_order_acq_rel)) return *each;
  }
  auto* const made = new (std::nothrow) shard;
  if (made == nullptr) return spare;
  made->next = shards.load(std::memory_order_relaxed);
  while (!shards.compare_exchange_weak(made->next, made, std::memory_order_release,
                                       std::memory_order_relaxed)) {
  }
  return *made;
}

void add_to(shard& into, counted which, std::uint64_t by) noexcept {
  auto& word = into.all[static_cast<std::size_t>(which)];
  if (&into == &spare) {
    word.fetch_add(by, std::memory_order_release);
  } else {
    word.store(word.load(std::memory_order_relaxed) + by, std::memory_order_release);  // count
  }
}

class counter_of_events final : public probe::sink {
 public:
  void on(probe::verb what, probe::place, std::uint64_t a, std::uint64_t) noexcept override {
    if (mine == nullptr) mine = &claim_shard();
    detail::count_event(what, a, [](counted which, std::uint64_t by) { add_to(*mine, which, by); });
  }
};

constinit counter_of_events listener;
constinit std::mutex lock;
constinit unsigned users = 0;  // under `lock`

auto sum() noexcept -> counts {
  counts all{};
  for (std::size_t which = 0; which < how_many; ++which) {
    all[which] = spare.all[which].load(std::memory_order_acquire);
    for (auto* each = shards.load(std::memory_order_acquire); each != nullptr; each = each->next)
      all[which] += each->all[which].load(std::memory_order_acquire);  // count
  }
  return all;
}

auto difference(counts const& later, counts const& earlier) noexcept -> counts {
  counts between{};
  std::ranges::transform(later, earlier, between.begin(), std::minus<>{});
  return between;
}

/// "1.5": whole nanoseconds in seconds.
auto seconds(duration span) -> std::string {
  auto const ns = static_cast<std::uint64_t>(span.count());
  auto digits = std::to_string(1'000'000'000 + ns % 1'000'000'000).substr(1);
  digits.erase(digits.find_last_not_of('0') + 1);
  return std::to_string(ns / 1'000'000'000) + (digits.empty() ? "" : "." + digits);
}

void line(std::string& into, std::string_view name, bool counter, std::string_view help,
          std::string_view value) {
  for (auto const part : {std::string_view{"# HELP sluice_"}, name, std::string_view{" "}, help,
                          std::string_view{"\n# TYPE sluice_"}, name,
                          std::string_view{counter ? " counter\nsluice_" : " gauge\nsluice_"}, name,
                          std::string_view{" "}, value, std::string_view{"\n"}})
    into += part;
}

}  // namespace

metrics::metrics() {
  if (probe::observed) {
    std::lock_guard const hold{lock};
    if (users == 0) probe::attach(listener, true);
    ++users;
  }
  before_ = sum();
  began_ = monotonic_ns();
}

metrics::~metrics() {
  if (probe::observed) {
    std::lock_guard const hold{lock};
    if (--users == 0) probe::detach(listener);
  }
}

auto metrics::read() const noexcept -> metrics_snapshot {
  return {difference(sum(), before_), duration{monotonic_ns() - began_}, probe::observed};
}

auto metrics_of(std::span<probe::record const> trace) noexcept -> metrics_snapshot {
  counts all{};
  for (auto const& each : trace)
    detail::count_event(each.what, each.a, [&](counted which, std::uint64_t by) {
      all[static_cast<std::size_t>(which)] += by;
    });
  auto const span = trace.empty() ? 0 : trace.back().time - trace.front().time;
  return {all, duration{static_cast<std::int64_t>(span)}, true};
}

auto operator-(metrics_snapshot const& later, metrics_snapshot const& earlier) noexcept
    -> metrics_snapshot {
  return {difference(later.all_, earlier.all_), later.uptime_ - earlier.uptime_, later.observed_};
}

auto metrics_snapshot::text() const -> std::string {
  std::string all;
  if (!observed_) all += "# nothing is counted: link the target with probes, Sluice::observed\n";
  auto const counter = [&](std::string_view name, std::string_view help, std::uint64_t value) {
    line(all, name, true, help, std::to_string(value));
  };
  auto const gauge = [&](std::string_view name, std::string_view help, std::int64_t value) {
    line(all, name, false, help, std::to_string(value));
  };
  counter("tasks_created_total", "Tasks spawned.", tasks_created());
  counter("tasks_ended_total", "Tasks that have ended.", tasks_ended());
  gauge("tasks_alive", "Tasks created less tasks ended.", tasks_alive());
  counter("tasks_resumed_total", "Times a worker took a task up.", tasks_resumed());
  counter("steals_total", "Times a worker took tasks from another.", steals());
  counter("parks_total", "Times a worker fell asleep.", parks());
  counter("unparks_total", "Times a worker woke up.", unparks());
  counter("channels_created_total", "Channels made.", channels_created());
  counter("channels_destroyed_total", "Channels that are gone.", channels_destroyed());
  gauge("channels_alive", "Channels created less channels destroyed.", channels_alive());
  counter("locks_taken_total", "Times a mutex was taken.", locks_taken());
  counter("locks_contended_total", "Times a mutex was taken after a wait.", locks_contended());
  counter("waits_total", "Waits of tasks and threads that are over.", waits());
  line(all, "wait_seconds_total", true, "Time spent in those waits.", seconds(time_waited()));
  line(all, "uptime_seconds", false, "How long has been counted.", seconds(uptime_));
  return all;
}

}  // namespace sluice
