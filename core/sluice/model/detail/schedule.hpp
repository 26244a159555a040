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
  std::uint64_t print = 0;  ///< of the steps; the same program has the same ones again
  sc_set awake;     ///< to be tried
  sc_set in_store;  ///< to be tried only if the steps in `awake` turn out to depend on the others
  sc_set done;
};

/// Depth first through the tree of choices, by running the program again from the start.
///
/// A step of a thread that was tried at a branch sleeps in the branches beside it: taken later it gives
/// the same execution, as a load or read-modify-write of one thread does not change what another one's
/// may read; but the newest store, once it exists, is another step. A step wakes when its thread moves.
///
/// For the same reason the steps of one thread are enough at a branch, until another thread turns out to
/// write what they read: then `widen` brings in the others.
///
/// Source    Godefroid, "Partial-order methods for the verification of concurrent systems", 1996, for
///           the sleeping; Flanagan, Godefroid, "Dynamic partial-order reduction", 2005, for the widening.
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
      last.done.add(last.chosen);
      for (std::size_t next = 0; next < last.alternatives; ++next)
        if (last.awake.has(next) && !last.done.has(next)) {
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
    if (depth_ < path_.size()) return follow(alternatives, 0);
    auto& fresh = path_.emplace_back();
    fresh.alternatives = static_cast<std::uint16_t>(alternatives);
    for (std::size_t at = 0; at < alternatives; ++at) fresh.awake.add(at);
    return begin(fresh);
  }

  /// Chooses among steps, those of `preferred` first. Returns `nothing_new` when each of them sleeps.
  [[nodiscard]] auto choose_step(std::vector<next_step> const& steps, std::uint32_t preferred)
      -> std::size_t {
    auto const alternatives = steps.size();
    last_ = no_branch;
    if (mode_ != mode::all) return alternatives == 1 ? 0 : choose_place(alternatives);
    if (alternatives == 1) {
      if (sleeps(steps[0])) return nothing_new;
      std::erase_if(asleep_, [&](next_step const& each) { return each.thread == steps[0].thread; });
      return 0;
    }
    std::size_t chosen = 0;
    auto const print = print_of(steps);
    if (depth_ < path_.size()) {
      chosen = follow(alternatives, print);
      if (chosen >= alternatives) return chosen;
    } else {
      branch fresh;
      fresh.alternatives = static_cast<std::uint16_t>(alternatives);
      fresh.print = print;
      chosen = first_awake(steps, preferred);
      if (chosen == alternatives) return nothing_new;
      fresh.chosen = static_cast<std::uint16_t>(chosen);
      for (std::size_t at = 0; at < alternatives; ++at)
        if (!sleeps(steps[at]))
          (steps[at].thread == steps[chosen].thread ? fresh.awake : fresh.in_store).add(at);
      path_.push_back(fresh);
      ++depth_;
    }
    last_ = depth_ - 1;
    auto const mover = steps[chosen].thread;
    auto const& done = path_[last_].done;
    for (std::size_t at = 0; at < alternatives; ++at)
      if (done.has(at) && steps[at].thread != mover && !sleeps(steps[at])) asleep_.push_back(steps[at]);
    std::erase_if(asleep_, [&](next_step const& each) { return each.thread == mover; });
    return chosen;
  }

  static constexpr std::size_t no_branch = ~std::size_t{0};
  /// The branch at which the last step was chosen, or `no_branch` when there was no choice.
  [[nodiscard]] auto last_branch() const noexcept -> std::size_t { return last_; }
  /// The steps tried at that branch are not independent of the others: these have to be tried, too.
  void widen(std::size_t branch) noexcept {
    if (branch != no_branch) path_[branch].awake.join(path_[branch].in_store, max_alternatives / 64);
  }

  /// Whether the run has ended before all choices were made that it made the last time.
  [[nodiscard]] auto is_cut_short() const noexcept -> bool {
    return mode_ == mode::all && depth_ < path_.size();
  }

  /// The choices made so far, for a replay.
  [[nodiscard]] auto choices() const -> std::string;

 private:
  static auto print_of(std::vector<next_step> const& steps) noexcept -> std::uint64_t {
    std::uint64_t print = 1;
    for (auto const& each : steps)
      print = (print ^ (std::uint64_t{each.thread} << 32 | each.from)) * 0x9e3779b97f4a7c15ULL;
    return print;
  }
  auto follow(std::size_t alternatives, std::uint64_t print) -> std::size_t {
    auto& known = path_[depth_++];
    if (mode_ == mode::replay) {
      known.alternatives = static_cast<std::uint16_t>(alternatives);
      return known.chosen < alternatives ? known.chosen : not_the_same_program;
    }
    return known.alternatives == alternatives && known.print == print ? known.chosen : not_the_same_program;
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

  [[nodiscard]] auto first_awake(std::vector<next_step> const& steps, std::uint32_t preferred) const noexcept
      -> std::size_t {
    auto first = steps.size();
    for (auto at = steps.size(); at-- > 0;) {
      if (sleeps(steps[at])) continue;
      if (first == steps.size() || steps[at].thread == preferred ||
          steps[first].thread != preferred)
        first = at;
    }
    return first;
  }

  mode mode_;
  random_source random_;
  std::vector<branch> path_;
  std::size_t depth_ = 0;
  std::size_t last_ = no_branch;
  std::vector<next_step> asleep_;
};

}  // namespace sluice::model::detail
