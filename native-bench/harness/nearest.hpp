// nearest — "did you mean …?"
#pragma once

#include <algorithm>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::bench {

/// How many insertions, removals and replacements of one character lead from `a` to `b`.
inline auto edit_distance(std::string_view a, std::string_view b) -> std::size_t {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      auto const replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

/// The known word closest to `word`, or an empty text when none is close enough to be meant.
inline auto nearest(std::string_view word, std::span<std::string const> known) -> std::string {
  std::string best;
  auto least = std::max<std::size_t>(2, word.size() / 2) + 1;
  for (auto const& each : known) {
    auto const distance = edit_distance(word, each);
    if (distance < least) least = distance, best = each;
  }
  return best;
}

}  // namespace sluice::bench
