// interleave — A B C A B C …: every contender meets the same weather.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <vector>

namespace sluice::bench {

/// One number, and whether others were loud while it was taken.
struct turn {
  double ns = 0;
  bool disturbed = false;
  double bytes = 0;  // where memory is part of the question
};

/// What one contender has shown. A failure says why it has no number at all.
struct series {
  std::vector<double> ns;
  std::vector<double> bytes;
  std::size_t disturbed = 0;
  std::string failure;
};

/// Takes `rounds` samples of each contender in turn; `sample(contender, round)` yields a turn or says what is wrong.
/// A disturbed sample is taken once more while any of the `patience` is left; then it stays, and is counted.
/// A contender that fails once is left out from then on, and its earlier numbers are forgotten.
template <class Sample>
auto interleave(std::size_t contenders, unsigned rounds, unsigned patience, Sample const& sample)
    -> std::vector<series> {
  std::vector<series> all(contenders);
  for (unsigned round = 0; round < rounds; ++round) {
    for (std::size_t who = 0; who < contenders; ++who) {
      auto& mine = all[who];
      if (!mine.failure.empty()) continue;
      std::expected<turn, std::string> taken = sample(who, round);
      if (taken && taken->disturbed && patience > 0) {
        --patience;
        taken = sample(who, round);
      }
      if (taken) {
        mine.ns.push_back(taken->ns);
        mine.bytes.push_back(taken->bytes);
        mine.disturbed += taken->disturbed ? 1 : 0;
      } else {
        mine.failure = taken.error();
        mine.ns.clear();
        mine.bytes.clear();
      }
    }
  }
  return all;
}

}  // namespace sluice::bench
