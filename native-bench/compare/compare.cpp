#include "compare/compare.hpp"

#include "compare/go_program.hpp"
#include "harness/interleave.hpp"
#include "harness/process.hpp"
#include "harness/quiet.hpp"
#include "harness/results_file.hpp"
#include "harness/table.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace sluice::bench {
namespace {

/// Somebody who answers one workload: how to ask once, and for what.
struct contender {
  std::string name;
  std::vector<std::string> command;
  bool peer = false;
  bool bounded = false;
  std::string version{};  // as its last sample said, if it did
};

/// The contenders for one workload; the first is ours.
struct contest {
  workload const* about = nullptr;
  std::vector<contender> contenders;
};

auto own_sample(std::string const& self, workload const& what) -> contender {
  return {what.contender, {self, "--sample=" + what.name()}, what.who == standing::peer, what.bounded};
}

bool is_asked_for(workload const& what, std::vector<std::string> const& beginnings) {
  if (beginnings.empty()) return !what.on_request;
  return std::ranges::any_of(beginnings, [&](auto const& beginning) { return what.id.starts_with(beginning); });
}

bool contains(std::vector<std::string> const& list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

auto contests_of(comparison_request const& request, workload_list const& workloads, std::string const& go_program)
    -> std::vector<contest> {
  std::vector<contest> contests;
  for (auto const& mine : workloads) {
    auto const first = std::ranges::none_of(contests, [&](auto const& c) { return c.about->id == mine.id; });
    if (!mine.ours() || !first || !is_asked_for(mine, request.workloads)) continue;
    contest made{&mine, {own_sample(request.self, mine)}};
    if (!go_program.empty())
      for (auto const& [name, question] : mine.go)
        made.contenders.push_back({name, go_sample(go_program, question, mine.workers, mine.items)});
    for (auto const& theirs : workloads) {
      auto const wanted = contains(request.against, theirs.contender) ||
                          (theirs.who == standing::peer && contains(request.against, "peers"));
      if (theirs.id == mine.id && &theirs != &mine && wanted)
        made.contenders.push_back(own_sample(request.self, theirs));
    }
    if (made.contenders.size() > 1) contests.push_back(std::move(made));
  }
  return contests;
}

/// Runs one process for one sample and reads its one line.
auto take_sample(contender& who, workload const& about) -> std::expected<turn, std::string> {
  quiet_meter const meter;
  auto const ended = run_process({.command = who.command});
  if (!ended) return std::unexpected{ended.error()};
  auto const others = meter.others(ended->cpu);
  if (ended->status != 0) {
    auto const said = ended->err.substr(0, ended->err.find('\n'));
    return std::unexpected{said.empty() ? "ended with status " + std::to_string(ended->status) : said};
  }
  auto const line = json::parse(ended->out);
  if (!line) return std::unexpected{"its answer is " + line.error()};
  auto const* const ns = line->find("ns");
  auto const* const items = line->find("items");
  if (ns == nullptr || items == nullptr || !(ns->number() > 0) ||
      items->number() != static_cast<double>(about.items))
    return std::unexpected{std::string{"its answer lacks a time, or is about another number of items"}};
  if (auto const* const version = line->find("version"); version != nullptr && version->text() != nullptr)
    who.version = *version->text();
  auto const* const bytes = line->find("bytes");
  return turn{ns->number() / items->number(), others > disturbing,
              bytes == nullptr ? 0 : bytes->number() / items->number()};
}

auto row_of(contest const& held, series const& ours, series const& theirs, contender const& them) -> comparison_row {
  comparison_row row;
  row.workload = held.about->id;
  row.item = held.about->item;
  row.ours = held.about->contender;
  row.against = them.name;
  row.their_version = them.version;
  if (!ours.failure.empty()) row.failure = row.ours + ": " + ours.failure;
  else if (!theirs.failure.empty()) row.failure = row.against + ": " + theirs.failure;
  row.our_samples = ours.ns;
  row.their_samples = theirs.ns;
  row.our_bytes = ours.bytes.empty() ? 0 : median(ours.bytes);
  row.their_bytes = theirs.bytes.empty() ? 0 : median(theirs.bytes);
  row.our_time = median_interval(ours.ns);
  row.their_time = median_interval(theirs.ns);
  if (row.failure.empty()) row.ratio = ratio_interval(theirs.ns, ours.ns);
  row.disturbed = ours.disturbed + theirs.disturbed;
  return row;
}

/// One more row against the fastest of the peers, or of those that are bounded. None, if there are no such peers.
auto best_row(contest const& held, std::vector<series> const& all, bool only_bounded) -> std::optional<comparison_row> {
  std::optional<std::size_t> best;
  for (std::size_t who = 1; who < all.size(); ++who) {
    auto const& them = held.contenders[who];
    if (!them.peer || (only_bounded && !them.bounded) || !all[who].failure.empty()) continue;
    if (!best || median(all[who].ns) < median(all[*best].ns)) best = who;
  }
  if (!best) return std::nullopt;
  auto row = row_of(held, all[0], all[*best], held.contenders[*best]);
  row.who = std::exchange(row.against, only_bounded ? "best-bounded-peer" : "best-peer");
  return row;
}

/// Every name in `against` must mean somebody.
auto check_names(comparison_request const& request, workload_list const& workloads) -> std::string {
  for (auto const& name : request.against) {
    if (name == "go" || name == "peers") continue;
    if (std::ranges::any_of(workloads, [&](auto const& w) { return w.contender == name; })) continue;
    std::vector<std::string> known{"go", "peers"};
    for (auto const& each : workloads)
      if (!contains(known, each.contender) && each.contender != "sluice") known.push_back(each.contender);
    std::string list;
    for (auto const& each : known) list += (list.empty() ? "" : ", ") + each;
    return "nobody here is called '" + name + "': --against takes " + list;
  }
  return {};
}

auto ratio_text(double ratio) -> std::string { return three_digits(ratio) + std::string{narrow_space} + "×"; }

auto time_text(interval const& time) -> std::string {
  auto const unit = time_unit::fitting(time.mid);
  return format_duration(time.mid) + " [" + three_digits(time.low / unit.ns) + " – " +
         three_digits(time.high / unit.ns) + "]";
}

/// Which of the two is faster, or that the runs do not tell.
auto meaning(interval const& ratio) -> std::string_view {
  if (ratio.low > 1) return "faster";
  if (ratio.high < 1) return "slower";
  return "no significant difference";
}

/// Below the table: what was alive at once, where that was counted on both sides.
auto memory_text(comparison_row const& row) -> std::string {
  if (!(row.our_bytes > 0 && row.their_bytes > 0) || !row.failure.empty()) return {};
  auto const bytes = [](double each) { return three_digits(each) + std::string{narrow_space} + "B"; };
  return "memory of " + row.workload + ": " + bytes(row.our_bytes) + " per " + row.item + ", " + row.against + " " +
         bytes(row.their_bytes) + ", " + ratio_text(row.their_bytes / row.our_bytes) + "\n";
}

auto samples_json(std::vector<double> const& from) -> json {
  auto list = json::array();
  for (auto const each : from) list.push(each);
  return list;
}

}  // namespace

auto compare(comparison_request const& request, workload_list const& workloads, progress& line)
    -> std::expected<std::vector<comparison_row>, comparison_refusal> {
  if (auto why = check_names(request, workloads); !why.empty())
    return std::unexpected{comparison_refusal{comparison_problem::bad_request, std::move(why)}};

  std::string go_program;
  if (contains(request.against, "go")) {
    auto const go = find_on_path("go");
    if (go.empty())
      return std::unexpected{comparison_refusal{
          comparison_problem::no_go,
          "There is no `go` on PATH, so there is nothing to compare with: install Go 1.19 or newer and run this again."}};
    line.say("building the Go programs");
    auto built = build_go_program(go, request.go_sources, request.go_folder);
    if (!built)
      return std::unexpected{comparison_refusal{comparison_problem::no_go, std::move(built.error())}};
    go_program = std::move(*built);
  }

  auto contests = contests_of(request, workloads, go_program);
  if (contests.empty())
    return std::unexpected{comparison_refusal{comparison_problem::bad_request,
                                              "no workload of that name is answered by both sides; --list shows all"}};

  std::vector<comparison_row> rows;
  for (std::size_t at = 0; at < contests.size(); ++at) {
    auto& held = contests[at];
    auto const count = held.contenders.size();
    auto const patience = request.rounds;  // a machine that is never quiet must not double the time
    auto const all = interleave(count, request.rounds, patience, [&](std::size_t who, unsigned round) {
      line.say("workload " + std::to_string(at + 1) + " of " + std::to_string(contests.size()) + ", " +
               held.about->id + ": round " + std::to_string(round + 1) + " of " + std::to_string(request.rounds) + ", " +
               held.contenders[who].name);
      return take_sample(held.contenders[who], *held.about);
    });
    for (std::size_t who = 1; who < count; ++who)
      rows.push_back(row_of(held, all[0], all[who], held.contenders[who]));
    if (!contains(request.against, "peers")) continue;
    for (auto const only_bounded : {false, true})
      if (auto best = best_row(held, all, only_bounded)) rows.push_back(std::move(*best));
  }
  line.clear();
  return rows;
}

auto comparison_table(std::vector<comparison_row> const& rows, std::vector<target> const& targets) -> std::string {
  using enum table::align;
  table made{{{"workload", left}, {"per", left}, {"ours", left}, {"median [95 %]", right}, {"theirs", left},
              {"median [95 %]", right}, {"ratio", right}, {"95 %", right}, {"ours is", left}, {"target", left}}};
  std::string failures;
  for (auto const& row : rows) {
    if (!row.failure.empty()) {
      made.add({row.workload, row.item, row.ours, "–", row.against, "–", "–", "–", "no number", ""});
      failures += "no number for " + row.workload + ": " + row.failure + "\n";
      continue;
    }
    std::string kept;
    for (auto const& each : find_targets(targets, row.workload, row.against))
      kept.append(kept.empty() ? "" : ", ")
          .append(to_text(each.kind))
          .append(" ≥ " + three_digits(each.at_least) + ": ")
          .append(to_text(judge(row.ratio, each.at_least)));
    auto const against = row.who.empty() ? row.against : row.against + ": " + row.who;
    made.add({row.workload, row.item, row.ours, time_text(row.our_time), against, time_text(row.their_time),
              ratio_text(row.ratio.mid), three_digits(row.ratio.low) + " – " + three_digits(row.ratio.high),
              std::string{meaning(row.ratio)}, kept});
  }
  std::string versions;
  for (auto const& row : rows)
    if (!row.their_version.empty() && versions.find(row.their_version) == std::string::npos)
      versions += (versions.empty() ? "theirs: " : ", ") + row.their_version;
  std::size_t disturbed = 0;
  std::size_t samples = 0;
  for (auto const& row : rows) {
    disturbed += row.disturbed;
    samples += row.our_samples.size() + row.their_samples.size();
  }
  auto text = made.render() + failures;
  for (auto const& row : rows) text += memory_text(row);
  if (disturbed != 0)
    text += std::to_string(disturbed) + " of " + std::to_string(samples) +
            " samples were taken while others used more than 8 % of a CPU: a quieter machine gives narrower intervals.\n";
  return versions.empty() ? text : text + versions + "\n";
}

auto comparison_json(comparison_request const& request, std::vector<comparison_row> const& rows,
                     std::vector<target> const& targets) -> json {
  auto list = json::array();
  for (auto const& row : rows) {
    auto one = json::object({{"workload", row.workload}, {"item", row.item}, {"unit", "ns"}, {"ours", row.ours},
                             {"against", row.against}});
    if (!row.failure.empty()) {
      one.set("failure", row.failure);
    } else {
      auto ours = to_json(row.our_time);
      ours.set("samples", samples_json(row.our_samples));
      if (!row.who.empty()) one.set("who", row.who);
      if (!row.their_version.empty()) one.set("theirVersion", row.their_version);
      auto theirs = to_json(row.their_time);
      theirs.set("samples", samples_json(row.their_samples));
      one.set("ourTime", std::move(ours)).set("theirTime", std::move(theirs));
      if (row.our_bytes > 0) one.set("ourBytes", row.our_bytes);
      if (row.their_bytes > 0) one.set("theirBytes", row.their_bytes);
      one.set("ratio", to_json(row.ratio)).set("oursIs", meaning(row.ratio));
      one.set("disturbed", static_cast<std::int64_t>(row.disturbed));
      auto judged = json::array();
      for (auto const& each : find_targets(targets, row.workload, row.against))
        judged.push(json::object({{"atLeast", each.at_least},
                                  {"kind", to_text(each.kind)},
                                  {"verdict", to_text(judge(row.ratio, each.at_least))}}));
      one.set("targets", std::move(judged));
    }
    list.push(std::move(one));
  }
  return json::object({{"format", "sluice-comparison"},
                       {"version", 1},
                       {"rounds", request.rounds},
                       {"rows", std::move(list)}});
}

auto failed_gates(std::vector<comparison_row> const& rows, std::vector<target> const& targets)
    -> std::vector<std::string> {
  std::vector<std::string> failed;
  for (auto const& row : rows) {
    auto const name = row.workload + " against " + row.against;
    for (auto const& each : find_targets(targets, row.workload, row.against)) {
      if (each.kind != target_kind::gate) continue;
      if (!row.failure.empty())
        failed.push_back(name + " has no number");
      else if (judge(row.ratio, each.at_least) == verdict::missed)
        failed.push_back(name + " is " + ratio_text(row.ratio.mid) + ", at most " + ratio_text(row.ratio.high) +
                         ", and was to be at least " + ratio_text(each.at_least));
    }
  }
  return failed;
}

}  // namespace sluice::bench
