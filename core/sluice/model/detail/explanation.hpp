// explanation — in words, why no order of a history's calls fits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <sluice/model/history.hpp>

namespace sluice::model::detail {

/// The calls of a history, taken up one after the other by a fresh model, and what stands in the way.
template <class Spec>
class explanation {
 public:
  using operation = typename Spec::operation;

  explanation(history<operation> const& calls, Spec const& initial)
      : calls_(calls), model_(initial) {}

  /// Follows `order`, which fits; says its last calls and then of each thread why it cannot go on.
  [[nodiscard]] auto after(std::span<unsigned const> order) -> std::string {
    constexpr std::size_t told = 16;
    std::string text = "the longest beginning that fits has " + std::to_string(order.size()) + " of " +
                       std::to_string(calls_.size()) + " calls:\n";
    if (order.size() > told) text += "  ...\n";
    for (std::size_t at = 0; at < order.size(); ++at) {
      auto const placed = place(order[at]);
      if (at + told >= order.size()) text += "  " + named(order[at], placed) + "\n";
    }
    text += "and then\n";
    for (unsigned thread = 0; thread < calls_.threads(); ++thread)
      if (frontier_[thread] < calls_.calls(thread)) text += "  " + obstacle(thread) + "\n";
    return text;
  }

 private:
  static auto named(unsigned thread, operation const& call) -> std::string {
    return "T" + std::to_string(thread) + " " + Spec::describe(call);
  }

  [[nodiscard]] auto next(unsigned thread) const -> operation const& {
    return calls_.call(thread, frontier_[thread]);
  }
  [[nodiscard]] auto never_returned(unsigned thread) const -> bool {
    return frontier_[thread] == calls_.completed(thread);
  }

  auto place(unsigned thread) -> operation {
    auto const call = never_returned(thread) ? model_.answered(next(thread)) : next(thread);
    (void)model_.apply(call);
    ++frontier_[thread];
    return call;
  }

  auto obstacle(unsigned thread) -> std::string {
    auto const& call = next(thread);
    if (never_returned(thread))
      return "T" + std::to_string(thread) + " never returned from its last call: it may be left out";
    auto const before = calls_.before(thread, frontier_[thread]);
    for (unsigned other = 0; other < calls_.threads(); ++other)
      if (frontier_[other] < before[other])
        return named(thread, call) + " began after T" + std::to_string(other) + " had returned from " +
               Spec::describe(next(other));
    if (!model_.apply(call))
      return named(thread, call) + " cannot follow: the answer would be " +
             Spec::describe(model_.answered(call));
    model_.undo(call);
    return named(thread, call) + " fits, but no order of the others does then";
  }

  history<operation> const& calls_;
  Spec model_;
  std::array<std::uint32_t, most_threads> frontier_{};
};

}  // namespace sluice::model::detail
