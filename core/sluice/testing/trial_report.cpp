#include <sluice/testing/trial_report.hpp>

#include <array>
#include <charconv>
#include <limits>

#include <sluice/base/contract.hpp>

namespace sluice::testing {
namespace {

constexpr std::string_view magic = "sluice-replay-1";
constexpr std::uint64_t most_choices = 100'000'000;

constexpr std::array strategies{schedule_strategy::uniform, schedule_strategy::round_robin,
                                schedule_strategy::priorities};

[[noreturn]] void refuse(std::string_view part, std::string_view why) {
  throw misuse("replay", "\"" + std::string(part) + "\": " + std::string(why));
}

auto number(std::string_view text, std::uint64_t least, std::uint64_t most, std::string_view part)
    -> std::uint64_t {
  std::uint64_t value = 0;
  auto const* const end = text.data() + text.size();
  auto const read = std::from_chars(text.data(), end, value);
  if (text.empty() || read.ec != std::errc{} || read.ptr != end || value < least || value > most)
    refuse(part, "that is no number from " + std::to_string(least) + " to " + std::to_string(most));
  return value;
}

/// Cuts what comes before the first `at` off `rest`, or all of it.
auto cut(std::string_view& rest, char at) -> std::string_view {
  auto const end = rest.find(at);
  auto const head = rest.substr(0, end);
  rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  return head;
}

auto read_script(std::string_view text) -> std::vector<std::uint64_t> {
  constexpr auto any = std::numeric_limits<std::uint64_t>::max();
  std::vector<std::uint64_t> script;
  while (!text.empty()) {
    auto part = cut(text, ',');
    auto const whole = part;
    auto const value = number(cut(part, '*'), 0, any, whole);
    auto const times = whole.find('*') == whole.npos ? 1 : number(part, 1, most_choices, whole);
    if (script.size() + times > most_choices) refuse(whole, "more than 100000000 choices");
    script.insert(script.end(), static_cast<std::size_t>(times), value);
  }
  return script;
}

auto script_text(std::vector<std::uint64_t> const& script) -> std::string {
  std::string text;
  for (std::size_t at = 0; at < script.size();) {
    auto same = at + 1;
    while (same < script.size() && script[same] == script[at]) ++same;
    if (at != 0) text += ',';
    text += std::to_string(script[at]);
    if (same - at > 1) text += '*' + std::to_string(same - at);
    at = same;
  }
  return text;
}

/// Every part of a line but its script, in order: how it is spelled, where it lies, and its range.
template <class Setup, class Visit>
void each_number(Setup& setup, Visit visit) {
  constexpr std::uint64_t any = std::numeric_limits<std::uint64_t>::max();
  constexpr std::uint64_t time = std::numeric_limits<std::int64_t>::max();
  visit("seed", setup.seed, std::uint64_t{0}, any);
  visit("workers", setup.workers, std::uint64_t{1}, std::uint64_t{1024});
  visit("slice-cost", setup.slice_cost, std::uint64_t{0}, time);
  visit("bug-depth", setup.bug_depth, std::uint64_t{1}, std::uint64_t{64});
  visit("expected-slices", setup.expected_slices, std::uint64_t{1}, any);
  visit("most-steps", setup.most_steps, std::uint64_t{0}, any);
  visit("time-limit", setup.time_limit, std::uint64_t{0}, time);
  visit("count-frames", setup.count_frames, std::uint64_t{0}, std::uint64_t{1});
  visit("cancel", setup.plant.cancel_at_suspension, std::uint64_t{0}, any);
  visit("destroy", setup.plant.destroy_at_suspension, std::uint64_t{0}, any);
  visit("throw", setup.plant.throw_at_resumption, std::uint64_t{0}, any);
  visit("throw-at-point", setup.plant.throw_at_point, std::uint64_t{0}, any);
  visit("allocation", setup.plant.fail_allocation, std::uint64_t{0}, any);
  visit("thread", setup.plant.fail_thread_start, std::uint64_t{0}, std::uint64_t{0xffffffff});
  visit("late-wake-up", setup.plant.delay.wake_up, std::uint64_t{0}, any);
  visit("late-by", setup.plant.delay.slices, std::uint64_t{0}, any);
  visit("jump-at", setup.plant.jump.step, std::uint64_t{0}, any);
  visit("jump-by", setup.plant.jump.by, std::uint64_t{0}, time);
}

auto as_number(duration span) -> std::uint64_t { return static_cast<std::uint64_t>(span.count()); }
auto as_number(instant at) -> std::uint64_t { return as_number(at.time_since_epoch()); }
auto as_number(std::uint64_t value) -> std::uint64_t { return value; }

void assign(duration& into, std::uint64_t value) { into = duration{static_cast<std::int64_t>(value)}; }
void assign(instant& into, std::uint64_t value) {
  into = instant{duration{static_cast<std::int64_t>(value)}};
}
void assign(bool& into, std::uint64_t value) { into = value != 0; }
void assign(std::uint32_t& into, std::uint64_t value) { into = static_cast<std::uint32_t>(value); }
void assign(std::uint64_t& into, std::uint64_t value) { into = value; }

}  // namespace

auto name(schedule_strategy strategy) noexcept -> std::string_view {
  switch (strategy) {
    case schedule_strategy::uniform: return "uniform";
    case schedule_strategy::round_robin: return "round-robin";
    case schedule_strategy::priorities: return "priorities";
  }
  return "unknown";
}

auto replay_line(trial_setup const& setup) -> std::string {
  std::string line{magic};
  line += " strategy=" + std::string(name(setup.strategy));
  std::vector<std::uint64_t> plain;
  trial_setup const usual;
  each_number(usual, [&](auto, auto const& value, auto, auto) { plain.push_back(as_number(value)); });
  std::size_t at = 0;
  each_number(setup, [&](std::string_view what, auto const& value, auto, auto) {
    auto const said = as_number(value);
    if (said != plain[at++] || what == "seed" || what == "workers")
      line += " " + std::string(what) + "=" + std::to_string(said);
  });
  if (setup.scripted) line += " choices=" + script_text(setup.script);
  return line;
}

auto read_replay_line(std::string_view line) -> trial_setup {
  trial_setup setup;
  if (cut(line, ' ') != magic) refuse(line.substr(0, 40), "a replay begins with sluice-replay-1");
  while (!line.empty()) {
    auto value = cut(line, ' ');
    if (value.empty()) continue;
    auto const part = value;
    auto const key = cut(value, '=');
    bool known = false;
    if (key == "strategy") {
      for (auto const each : strategies)
        if (value == name(each)) setup.strategy = each, known = true;
      if (!known) refuse(part, "a strategy is uniform, round-robin or priorities");
    }
    if (key == "choices") {
      setup.scripted = known = true;
      setup.script = read_script(value);
    }
    each_number(setup, [&](std::string_view what, auto& into, auto least, auto most) {
      if (what != key) return;
      assign(into, number(value, least, most, part));
      known = true;
    });
    if (!known) refuse(part, "no replay says that");
  }
  return setup;
}

}  // namespace sluice::testing
