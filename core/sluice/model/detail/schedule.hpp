// schedule — the choices of one execution, and which execution comes next.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/base/random.hpp>
#include <sluice/model/detail/graph.hpp>

namespace sluice::model::detail {

/// A step that a waiting thread could take next: the thread, and the store it would read.
struct next_step {
  std::uint32_t thread = 0;
  store_id from = no_store;  ///< `no_store`: it gives up waiting
  friend auto operator==(next_step const&, next_step const&) -> bool = default;
};

/// The most ways to go on from one point.
inline constexpr std::size_t max_alternatives = 256;

/// Where an execution could have gone on differently, and what has been tried there.
struct branch {
  std::uint16_t alternatives = 0;
  std::uint16_t chosen = 0;
  sc_set awake;  ///< those that lead to something new
};

/// Depth first through the tree of choices, by running the program again from the start.
///
/// A step of a thread that was tried at a branch sleeps in the branches beside it: taken later it gives
/// the same execution, as a load or read-modify-write of one thread does not change what another one's
/// may read; but the newest store, once it exists, is another step. A step wakes when its thread moves.
class schedule {
 public:
  enum class mode : std::uint8_t { all, random, replay };

  explicit schedule(mode how, std::uint64_t seed) : mode_(how), random_(seed) {}

  /// Before each run of the program.
  void rewind() noexcept {
    depth_ = 0;
    asleep_.clear();
    if (mode_ == mode::random) path_.clear();
  }
  /// Sets the choices of a replay.
  /// Fails     returns false for text that is no choice string.
  [[nodiscard]] auto set_choices(std::string_view text) -> bool;

  /// After a run: moves on to the next path. Returns false when there is none.
  [[nodiscard]] auto advance() noexcept -> bool {
    if (mode_ != mode::all) return mode_ == mode::random;
    for (; !path_.empty(); path_.pop_back()) {
      auto& last = path_.back();
      for (std::size_t next = last.chosen + std::size_t{1}; next < last.alternatives; ++next)
        if (last.awake.has(next)) {
          last.chosen = static_cast<std::uint16_t>(next);
          return true;
        }
    }
    return false;
  }

  static constexpr std::size_t nothing_new = ~std::size_t{0};
  static constexpr std::size_t not_the_same_program = nothing_new - 1;

  /// Chooses among places for a store, all of which differ.
  [[nodiscard]] auto choose_place(std::size_t alternatives) -> std::size_t {
    if (alternatives == 1) return 0;
    if (depth_ < path_.size()) return follow(alternatives);
    auto& fresh = path_.emplace_back();
    fresh.alternatives = static_cast<std::uint16_t>(alternatives);
    for (std::size_t at = 0; at < alternatives; ++at) fresh.awake.add(at);
    return begin(fresh);
  }

  /// Chooses among steps. Returns `nothing_new` when each of them sleeps.
  [[nodiscard]] auto choose_step(std::vector<next_step> const& steps) -> std::size_t {
    auto const alternatives = steps.size();
    if (mode_ != mode::all) return alternatives == 1 ? 0 : choose_place(alternatives);
    std::size_t chosen = 0;
    if (alternatives == 1) {
      if (sleeps(steps[0])) return nothing_new;
    } else if (depth_ < path_.size()) {
      chosen = follow(alternatives);
      if (chosen >= alternatives) return chosen;
    } else {
      branch fresh;
      fresh.alternatives = static_cast<std::uint16_t>(alternatives);
      bool any = false;
      for (auto at = alternatives; at-- > 0;) {
        if (sleeps(steps[at])) continue;
        fresh.awake.add(at);
        fresh.chosen = static_cast<std::uint16_t>(at);
        any = true;
      }
      if (!any) return nothing_new;
      path_.push_back(fresh);
      ++depth_;
      chosen = fresh.chosen;
    }
    auto const mover = steps[chosen].thread;
    for (std::size_t at = 0; at < chosen; ++at)
      if (steps[at].thread != mover && !sleeps(steps[at])) asleep_.push_back(steps[at]);
    std::erase_if(asleep_, [&](next_step const& each) { return each.thread == mover; });
    return chosen;
  }

  /// The choices made so far, for a replay.
  [[nodiscard]] auto choices() const -> std::string;

 private:
  auto follow(std::size_t alternatives) -> std::size_t {
    auto& known = path_[depth_++];
    if (mode_ == mode::replay) {
      known.alternatives = static_cast<std::uint16_t>(alternatives);
      return known.chosen < alternatives ? known.chosen : not_the_same_program;
    }
    return known.alternatives == alternatives ? known.chosen : not_the_same_program;
  }
  auto begin(branch& fresh) -> std::size_t {
    ++depth_;
    if (mode_ == mode::random)
      fresh.chosen = static_cast<std::uint16_t>(random_.below(fresh.alternatives));
    return fresh.chosen;
  }
  [[nodiscard]] auto sleeps(next_step const& step) const noexcept -> bool {
    for (auto const& each : asleep_)
      if (each == step) return true;
    return false;
  }

  mode mode_;
  random_source random_;
  std::vector<branch> path_;
  std::size_t depth_ = 0;
  std::vector<next_step> asleep_;
};

}  // namespace sluice::model::detail
