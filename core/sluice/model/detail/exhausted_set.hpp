// exhausted_set — the configurations of a search from which no way leads on.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sluice::model::detail {

/// A set of pairs (how far each thread is, state of the model), kept word for word: a hash decides
/// where to look, never whether two are equal.
/// Cost      O(words) an operation; the memory is kept from one search to the next.
class exhausted_set {
 public:
  [[nodiscard]] auto empty() const noexcept -> bool { return entries_.empty(); }
  /// Words that are remembered.
  [[nodiscard]] auto words() const noexcept -> std::size_t { return words_.size(); }

  void clear() noexcept {
    for (auto const& one : entries_) slots_[one.slot] = 0;
    entries_.clear();
    words_.clear();
  }

  [[nodiscard]] auto contains(std::span<std::uint32_t const> frontier,
                              std::span<std::int64_t const> state) const noexcept -> bool {
    if (empty()) return false;
    auto const hash = hash_of(frontier, state);
    for (auto at = hash & mask();; at = (at + 1) & mask()) {
      if (slots_[at] == 0) return false;
      auto const& one = entries_[slots_[at] - 1];
      if (one.hash == hash && one.size == frontier.size() + state.size() &&
          equal(words_.data() + one.first, frontier, state))
        return true;
    }
  }

  /// Throws    `std::bad_alloc`.
  void insert(std::span<std::uint32_t const> frontier, std::span<std::int64_t const> state) {
    if (entries_.size() * 2 >= slots_.size()) grow();
    entry const fresh{hash_of(frontier, state), words_.size(), frontier.size() + state.size(), 0};
    words_.insert(words_.end(), frontier.begin(), frontier.end());
    words_.insert(words_.end(), state.begin(), state.end());
    entries_.push_back(fresh);
    place(entries_.size());
  }

 private:
  struct entry {
    std::uint64_t hash;
    std::size_t first;
    std::size_t size;
    std::size_t slot;
  };

  [[nodiscard]] auto mask() const noexcept -> std::size_t { return slots_.size() - 1; }

  static auto hash_of(std::span<std::uint32_t const> frontier,
                      std::span<std::int64_t const> state) noexcept -> std::uint64_t {
    std::uint64_t hash = state.size();
    auto const mix = [&](std::uint64_t word) {
      hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL;
      hash ^= hash >> 32;
    };
    for (auto word : frontier) mix(word);
    for (auto word : state) mix(static_cast<std::uint64_t>(word));
    return hash;
  }

  static auto equal(std::int64_t const* kept, std::span<std::uint32_t const> frontier,
                    std::span<std::int64_t const> state) noexcept -> bool {
    return std::equal(frontier.begin(), frontier.end(), kept) &&
           std::equal(state.begin(), state.end(), kept + frontier.size());
  }

  void place(std::size_t number) noexcept {
    auto at = entries_[number - 1].hash & mask();
    while (slots_[at] != 0) at = (at + 1) & mask();
    slots_[at] = static_cast<std::uint32_t>(number);
    entries_[number - 1].slot = at;
  }

  void grow() {
    slots_.assign(std::max<std::size_t>(64, slots_.size() * 2), 0);
    for (std::size_t number = 1; number <= entries_.size(); ++number) place(number);
  }

  std::vector<std::uint32_t> slots_;  // number of an entry, from 1; 0: none
  std::vector<entry> entries_;
  std::vector<std::int64_t> words_;
};

}  // namespace sluice::model::detail
