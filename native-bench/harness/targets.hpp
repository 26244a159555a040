// targets — how much faster than whom we promise to be, and whether a measured ratio keeps that promise.
#pragma once

#include "interval.hpp"
#include "json.hpp"

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::bench {

/// Gates fail a run that misses them. Aims are printed beside the number and fail nothing.
enum class target_kind { gate, aim };

struct target {
  std::string workload;  // "ping-pong/2w"
  std::string against;   // "go"
  double at_least = 0;   // their median time over ours
  target_kind kind = target_kind::aim;
};

/// What an interval says about a target: a promise is broken only when the whole interval lies below it.
enum class verdict { held, undecided, missed };

inline auto judge(interval const& ratio, double at_least) -> verdict {
  if (ratio.mid >= at_least) return verdict::held;
  return ratio.high < at_least ? verdict::missed : verdict::undecided;
}

inline auto to_text(verdict what) -> std::string_view {
  switch (what) {
    case verdict::held: return "held";
    case verdict::undecided: return "undecided";
    case verdict::missed: break;
  }
  return "missed";
}

inline auto to_text(target_kind kind) -> std::string_view { return kind == target_kind::gate ? "gate" : "aim"; }

/// Reads `{"format":"sluice-targets","version":1,"targets":[{"workload","against","atLeast","kind"}]}`.
/// Fails with a sentence; a table that is only half understood would let a broken promise pass.
inline auto read_targets(std::string_view text) -> std::expected<std::vector<target>, std::string> {
  auto const parsed = json::parse(text);
  if (!parsed) return std::unexpected{parsed.error()};
  auto const* const format = parsed->find("format");
  if (format == nullptr || format->text() == nullptr || *format->text() != "sluice-targets")
    return std::unexpected{std::string{"this is no table of targets: \"format\" is not \"sluice-targets\""}};
  auto const* const version = parsed->find("version");
  if (version == nullptr || version->number() != 1)
    return std::unexpected{std::string{"this table of targets has another version than 1"}};
  auto const* const list = parsed->find("targets");
  if (list == nullptr || list->elements() == nullptr)
    return std::unexpected{std::string{"this table of targets has no list \"targets\""}};

  std::vector<target> targets;
  for (auto const& entry : *list->elements()) {
    auto const word = [&](std::string_view name) -> std::string {
      auto const* const member = entry.find(name);
      return member != nullptr && member->text() != nullptr ? *member->text() : std::string{};
    };
    auto const* const least = entry.find("atLeast");
    auto const kind = word("kind");
    auto const number = std::to_string(targets.size() + 1);
    if (word("workload").empty() || word("against").empty())
      return std::unexpected{"target " + number + " lacks its workload or whom it is against"};
    if (least == nullptr || !(least->number() > 0))
      return std::unexpected{"target " + number + " (" + word("workload") + ") has no positive \"atLeast\""};
    if (kind != "gate" && kind != "aim")
      return std::unexpected{"target " + number + " (" + word("workload") + ") is neither a gate nor an aim"};
    targets.push_back({word("workload"), word("against"), least->number(),
                       kind == "gate" ? target_kind::gate : target_kind::aim});
  }
  return targets;
}

/// Everything that is said about one workload against one of theirs: a gate where we stand, an aim where we want to be.
inline auto find_targets(std::vector<target> const& targets, std::string_view workload, std::string_view against)
    -> std::vector<target> {
  std::vector<target> found;
  for (auto const& each : targets)
    if (each.workload == workload && each.against == against) found.push_back(each);
  return found;
}

}  // namespace sluice::bench
