#include <sluice/observe/profile.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <tuple>
#include <utility>

#include <sluice/base/cache_line.hpp>
#include <sluice/base/contract.hpp>
#include <sluice/base/random.hpp>

namespace sluice {
namespace {

/// One place where somebody waits. The texts are those of the program itself, so the place is known by
/// their addresses.
struct place_key {
  char const* what = nullptr;
  char const* file = nullptr;
  char const* function = nullptr;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  auto operator<=>(place_key const&) const = default;
};

struct figures {
  std::uint64_t count = 0;
  std::int64_t total = 0;
  std::int64_t longest = 0;
};

struct alignas(cache_line) stripe {
  std::mutex lock;
  std::map<place_key, figures> places;
};

/// Threads start from different numbers; which, does not matter.
auto random_below(std::uint64_t bound) noexcept -> std::uint64_t {
  thread_local char here = 0;
  thread_local random_source source{static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(&here))};
  return source.below(bound);
}

/// Lives as long as the process: a thread may still be in `on` when the profile that listened is gone.
class keeper final : public probe::sink {
 public:
  void on(probe::verb what, probe::place, std::uint64_t a, std::uint64_t) noexcept override {
    if (what != probe::verb::waited) return;
    auto const rate = rate_.load(std::memory_order_relaxed);
    if (rate == 0) return;
    auto const said = probe::said();
    auto const took = static_cast<std::int64_t>(a);
    std::uint64_t times = 1;
    auto const sampled = rate > 1 && took < rate;
    if (sampled) {
      // Kept with the probability took / rate, and then it stands for rate / took of its kind.
      if (random_below(static_cast<std::uint64_t>(rate)) >= a) return;
      times = static_cast<std::uint64_t>(rate) / a;
      if (random_below(a) < static_cast<std::uint64_t>(rate) % a) ++times;
    }
    place_key const key{said.text, said.where.file_name(), said.where.function_name(), said.where.line(),
                        said.where.column()};
    auto& of = stripe_of(key);
    std::lock_guard const hold{of.lock};
    try {
      auto& place = of.places[key];
      place.count += times;
      place.total += sampled ? rate : took;
      place.longest = std::max(place.longest, took);
    } catch (...) {
      lost_.fetch_add(1, std::memory_order_relaxed);
    }
  }

  void begin(duration rate) noexcept {
    for (auto& each : stripes_) {
      std::lock_guard const hold{each.lock};
      each.places.clear();
    }
    lost_.store(0, std::memory_order_relaxed);
    rate_.store(rate.count(), std::memory_order_relaxed);
  }
  void end() noexcept { rate_.store(0, std::memory_order_relaxed); }

  [[nodiscard]] auto read() -> std::vector<std::pair<place_key, figures>> {
    std::vector<std::pair<place_key, figures>> all;
    for (auto& each : stripes_) {
      std::lock_guard const hold{each.lock};
      all.insert(all.end(), each.places.begin(), each.places.end());
    }
    return all;
  }
  [[nodiscard]] auto lost() const noexcept -> std::uint64_t {
    return lost_.load(std::memory_order_relaxed);
  }

 private:
  auto stripe_of(place_key const& key) noexcept -> stripe& {
    auto mixed = (static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(key.what)) ^ key.line) *
                 0x9e3779b97f4a7c15ULL;
    return stripes_[mixed >> 60];
  }

  std::atomic<std::int64_t> rate_{0};  // 0: nobody wants to know
  std::atomic<std::uint64_t> lost_{0};
  std::array<stripe, 16> stripes_;
};

auto kept() noexcept -> keeper& {
  static auto& only = *new keeper;  // never destroyed
  return only;
}

constinit std::atomic<bool> one_lives{false};

auto is_mutex(char const* what) noexcept -> bool {
  std::string_view const text = what == nullptr ? "" : what;
  return text.starts_with("a mutex") || text.starts_with("a shared mutex");
}

/// "1.2 s": two or three digits of it.
auto about(duration span) -> std::string {
  auto const ns = span.count();
  constexpr std::array<std::pair<char const*, std::int64_t>, 3> units{
      {{" s", 1'000'000'000}, {" ms", 1'000'000}, {" µs", 1'000}}};
  for (auto const& [unit, size] : units)
    if (ns >= size) {
      auto text = std::to_string(ns / size);
      if (ns / size < 10) text += "." + std::to_string(ns % size * 10 / size);
      return text + unit;
    }
  return std::to_string(ns) + " ns";
}

auto place_of(std::source_location const& where) -> std::string {
  return std::string{detail::last_part(where.file_name())} + ":" + std::to_string(where.line());
}

}  // namespace

auto detail::last_part(std::string_view path) noexcept -> std::string_view {
  if (auto const slash = path.find_last_of("/\\"); slash != path.npos) path.remove_prefix(slash + 1);
  return path;
}

auto profile_entry::place() const -> std::string {
  return line == 0 ? "a thread" : std::string{detail::last_part(file)} + ":" + std::to_string(line);
}

profile::profile(profile_options options) : rate_(options.rate) {
  if (options.rate < duration{1})
    throw misuse("profile", "rate = " + std::to_string(options.rate.count()) + " ns is below 1 ns");
  if (one_lives.exchange(true, std::memory_order_acq_rel))
    throw misuse("profile", "another profile is being kept; there is one at a time");
  if (probe::observed) {
    kept().begin(options.rate);
    try {
      probe::attach(kept(), true);
    } catch (...) {
      kept().end();
      one_lives.store(false, std::memory_order_release);
      throw;
    }
  }
}

profile::~profile() {
  if (probe::observed) {
    probe::detach(kept());
    kept().end();
  }
  one_lives.store(false, std::memory_order_release);
}

auto profile::read(profile_kind kind) const -> std::vector<profile_entry> {
  std::vector<profile_entry> all;
  if (!probe::observed) return all;
  for (auto const& [key, figures] : kept().read()) {
    if (kind == profile_kind::mutex && !is_mutex(key.what)) continue;
    all.push_back({key.what == nullptr ? "" : key.what, key.line == 0 ? "" : key.file, key.line,
                   key.line == 0 ? "" : key.function, figures.count, duration{figures.total},
                   duration{figures.longest}, is_mutex(key.what)});
  }
  std::ranges::sort(all, [](profile_entry const& a, profile_entry const& b) {
    return std::tie(b.total, b.count, a.waited_for, a.file, a.line) <
           std::tie(a.total, a.count, b.waited_for, b.file, b.line);
  });
  return all;
}

auto profile::text(profile_kind kind) const -> std::string {
  std::string all = kind == profile_kind::block ? "--- contention:\n" : "--- mutex:\n";
  all += "cycles/second=1000000000\nsampling period=" + std::to_string(rate_.count()) + "\n";
  if (!probe::observed) all += "# nothing is kept: link the target with probes, Sluice::observed\n";
  for (auto const& each : read(kind)) {
    all += std::to_string(each.total.count()) + " " + std::to_string(each.count) + " @ " + each.place() +
           "\n#\t" + each.waited_for + ", the longest for " + about(each.longest) + "\n";
    if (each.line != 0)
      all += "#\t" + each.function + "\t" + each.file + ":" + std::to_string(each.line) + "\n";
  }
  if (auto const missing = lost(); missing != 0)
    all += "# " + std::to_string(missing) + " waits are missing: there was no memory\n";
  return all;
}

auto profile::lost() const noexcept -> std::uint64_t {
  if (probe::observed) return kept().lost();
  return 0;
}

auto detail::task_dump(std::vector<standing_task> all, instant now) -> std::string {
  struct crowd {
    std::vector<standing_task const*> who;
    instant longest = never;
  };
  using key = std::tuple<std::string_view, std::string, std::string_view>;
  std::ranges::sort(all, {}, &standing_task::id);
  std::map<key, crowd> crowds;
  for (auto const& each : all) {
    auto& mine = crowds[{each.waiting_for,
                         each.suspended_at.line() == 0 ? std::string{} : place_of(each.suspended_at),
                         each.spawned_at}];
    mine.who.push_back(&each);
    mine.longest = std::min(mine.longest, each.waiting_since);
  }
  std::vector<std::pair<key const, crowd> const*> sorted;
  for (auto const& each : crowds) sorted.push_back(&each);
  std::ranges::sort(sorted, [](auto const* a, auto const* b) {
    return a->second.who.size() != b->second.who.size() ? a->second.who.size() > b->second.who.size()
                                                        : a->first < b->first;
  });

  auto text = "tasks: " + std::to_string(all.size()) + " alive\n";
  for (auto const* const each : sorted) {
    auto const& [stands, mine] = *each;
    auto const& [why, at, spawned] = stands;
    text += std::to_string(mine.who.size());
    if (why.empty()) {
      text += mine.who.size() == 1 ? " is runnable\n" : " are runnable\n";
    } else {
      text.append(mine.who.size() == 1 ? " waits for " : " wait for ").append(why);
      if (mine.longest != never)
        text.append(mine.who.size() == 1 ? ", for " : ", the longest for ")
            .append(about(now > mine.longest ? now - mine.longest : duration{0}));
      text += "\n";
    }
    if (!at.empty()) {
      text.append("#\tsuspended at\t").append(at).append("\t");
      text.append(mine.who.front()->suspended_at.function_name()).append("\n");
    }
    text.append("#\tspawned at\t").append(spawned);
    text.append(mine.who.size() == 1 ? "\n#\ttask\t" : "\n#\ttasks\t");
    constexpr std::size_t most_named = 16;
    for (std::size_t i = 0; i < std::min(mine.who.size(), most_named); ++i)
      text += (i == 0 ? "" : ", ") + std::to_string(mine.who[i]->id);
    if (mine.who.size() > most_named)
      text += " and " + std::to_string(mine.who.size() - most_named) + " more";
    text += "\n";
  }
  return text;
}

}  // namespace sluice
