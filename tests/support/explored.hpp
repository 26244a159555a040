// explored — explores the programs of one structure, expects no fault, and counts what was visited.
#pragma once

#include <cstdint>
#include <string_view>

#include <sluice/model/explore.hpp>

namespace support {

/// The explorations of one structure. A fault in any execution fails the test that asked for it; how
/// many executions there were is told when the program ends: a line a structure, and their sums.
class explored {
 public:
  using where = sluice::model::code_location;

  explicit explored(std::string_view structure) : structure_(structure) {}

  /// Visits every execution of `body`, and expects that none was left out.
  void all(sluice::model::program const& body, sluice::model::options const& how = {},
           where at = where::current()) const;

  /// The same twice over: freed addresses are used again at once, and not at all.
  void all_ways(sluice::model::program const& body, sluice::model::options how = {},
                where at = where::current()) const;

  /// `runs` executions drawn from `seed`, for programs too big to visit whole.
  void some(sluice::model::program const& body, std::uint64_t seed, std::uint64_t runs,
            sluice::model::options const& how = {}, where at = where::current()) const;

 private:
  void count(sluice::model::report const& seen, where at) const;

  std::string_view structure_;
};

}  // namespace support
