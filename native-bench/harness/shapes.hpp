// shapes — who produces, who consumes, and what must have arrived in the end.
#pragma once

#include <algorithm>
#include <cstdint>
#include <ranges>
#include <string>

namespace sluice::bench {

/// How many give and how many take.
struct shape {
  unsigned producers = 1;
  unsigned consumers = 1;

  [[nodiscard]] auto name() const -> std::string {
    return std::to_string(producers) + "p" + std::to_string(consumers) + "c";
  }
};

/// The whole numbers below `items` that belong to member `who` of `members`: shares differ by one at most.
constexpr auto share(unsigned who, unsigned members, std::uint64_t items) {
  auto const begin = [&](std::uint64_t member) {
    return items / members * member + std::min<std::uint64_t>(member, items % members);
  };
  return std::views::iota(begin(who), begin(who + 1));
}

/// The sum of the whole numbers below `items`: what all consumers together must have added up.
constexpr auto checksum(std::uint64_t items) -> std::uint64_t { return items < 2 ? 0 : items * (items - 1) / 2; }

}  // namespace sluice::bench
