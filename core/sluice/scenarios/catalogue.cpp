#include <sluice/scenarios/catalogue.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <sluice/scenarios/words.hpp>

namespace sluice::scenarios {

namespace {

// How many letters must be added, taken or changed to make one word of the other.
auto distance(std::string_view a, std::string_view b) -> std::size_t {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      auto const changed = diagonal + (a[i - 1] == b[j - 1] ? 0u : 1u);
      diagonal = row[j];
      row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

auto find(std::string_view id) -> result<scenario const*> {
  for (auto const* each : catalogue())
    if (each->id == id) return each;
  std::string names;
  auto const given = id.substr(0, 64);
  std::vector<scenario const*> nearest{catalogue().begin(), catalogue().end()};
  auto const named = nearest.begin() + std::min(std::ssize(nearest), std::ptrdiff_t{3});
  for (auto at = nearest.begin(); at != named; ++at) {  // of a few: no need to sort them all
    auto const best = std::ranges::min_element(
        at, nearest.end(), {}, [&](auto* each) { return std::pair(distance(given, each->id), each->id); });
    std::swap(*at, *best);
    (names += names.empty() ? "" : ", ") += (*at)->id;
  }
  return failure({errc::not_found, words({"no scenario is called ", given, "; the nearest are ", names})});
}

}  // namespace sluice::scenarios
