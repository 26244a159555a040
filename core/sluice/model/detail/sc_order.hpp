// sc_order — the order that all seq_cst operations of an execution must agree on.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace sluice::model::detail {

/// The most seq_cst operations and fences in one execution.
inline constexpr std::size_t max_sc = 256;

/// What S has to say about an event. One side of a pair of asymmetric fences is light, and the other one heavy: between
/// two of which one at least is heavy they are as two seq_cst fences; a light one means nothing to anybody else.
enum class sc_kind : std::uint8_t { seq_cst, heavy, light };

/// A set of seq_cst events, by number.
class sc_set {
 public:
  void add(std::size_t event) noexcept { words_[event / 64] |= std::uint64_t{1} << (event % 64); }
  [[nodiscard]] auto has(std::size_t event) const noexcept -> bool {
    return (words_[event / 64] >> (event % 64) & 1) != 0;
  }
  [[nodiscard]] auto empty(std::size_t words) const noexcept -> bool {
    for (std::size_t i = 0; i < words; ++i)
      if (words_[i] != 0) return false;
    return true;
  }
  void join(sc_set const& other, std::size_t words) noexcept {
    for (std::size_t i = 0; i < words; ++i) words_[i] |= other.words_[i];
  }
  void keep(sc_set const& other, std::size_t words) noexcept {
    for (std::size_t i = 0; i < words; ++i) words_[i] &= other.words_[i];
  }
  void drop(sc_set const& other, std::size_t words) noexcept {
    for (std::size_t i = 0; i < words; ++i) words_[i] &= ~other.words_[i];
  }
  [[nodiscard]] auto includes(sc_set const& other, std::size_t words) const noexcept -> bool {
    for (std::size_t i = 0; i < words; ++i)
      if ((other.words_[i] & ~words_[i]) != 0) return false;
    return true;
  }
  [[nodiscard]] auto meets(sc_set const& other, std::size_t words) const noexcept -> bool {
    for (std::size_t i = 0; i < words; ++i)
      if ((other.words_[i] & words_[i]) != 0) return true;
    return false;
  }
  void each(std::size_t words, auto&& use) const {
    for (std::size_t i = 0; i < words; ++i)
      for (auto left = words_[i]; left != 0; left &= left - 1)
        use(i * 64 + static_cast<std::size_t>(std::countr_zero(left)));
  }

 private:
  std::array<std::uint64_t, max_sc / 64> words_{};
};

/// A relation over the seq_cst events, kept transitively closed, that tells when it has a cycle: then
/// no total order S exists, and the execution is none.
class sc_order {
 public:
  void clear() noexcept {
    count_ = 0;
    heavy_ = light_ = {};
    any_light_ = any_asymmetric_ = false;
  }
  [[nodiscard]] auto count() const noexcept -> std::size_t { return count_; }
  [[nodiscard]] auto words() const noexcept -> std::size_t { return (count_ + 63) / 64; }
  [[nodiscard]] auto full() const noexcept -> bool { return count_ == max_sc; }

  /// Whether what orders something with that event of a thread orders it with the thread's earlier ones, too.
  [[nodiscard]] auto stands_for_earlier(std::size_t event) const noexcept -> bool {
    return !any_asymmetric_ || heavy_.has(event);
  }

  /// A new event, ordered with nothing yet.
  auto add(sc_kind kind) noexcept -> std::size_t {
    before_[count_] = {};
    if (kind == sc_kind::heavy) heavy_.add(count_);
    if (kind == sc_kind::light) light_.add(count_), any_light_ = true;
    if (kind != sc_kind::seq_cst) any_asymmetric_ = true;
    return count_++;
  }

  /// Whether something can be put behind all of `earlier` and before all of `later`.
  [[nodiscard]] auto may_order(sc_set const& earlier, sc_set const& later) const noexcept -> bool {
    auto const words = this->words();
    if (later.empty(words)) return true;
    if (!any_light_) return !with_predecessors(earlier).meets(later, words);
    bool possible = true;
    later.each(words, [&](std::size_t event) {
      if (possible && with_predecessors(ordered_with(event, earlier)).has(event)) possible = false;
    });
    return possible;
  }

  /// Every event of `earlier` comes before `later`. Returns false when that closes a cycle.
  [[nodiscard]] auto order(sc_set const& earlier, std::size_t later) noexcept -> bool {
    auto const words = this->words();
    auto const all = with_predecessors(any_light_ ? ordered_with(later, earlier) : earlier);
    if (all.has(later)) return false;
    if (before_[later].includes(all, words)) return true;
    before_[later].join(all, words);
    for (std::size_t event = 0; event < count_; ++event)
      if (before_[event].has(later)) before_[event].join(all, words);
    return true;
  }

 private:
  [[nodiscard]] auto with_predecessors(sc_set const& events) const noexcept -> sc_set {
    sc_set all = events;
    events.each(words(), [&](std::size_t event) { all.join(before_[event], words()); });
    return all;
  }
  // Those of `events` that the kind of `event` is ordered with.
  [[nodiscard]] auto ordered_with(std::size_t event, sc_set events) const noexcept -> sc_set {
    if (light_.has(event)) events.keep(heavy_, words());
    else if (!heavy_.has(event)) events.drop(light_, words());
    return events;
  }

  std::size_t count_ = 0;
  std::array<sc_set, max_sc> before_;
  sc_set heavy_;
  sc_set light_;
  bool any_light_ = false;
  bool any_asymmetric_ = false;
};

}  // namespace sluice::model::detail
