// whole_catalogue — every family, one after the other. A program that links a catalogue() of its own, as the
// page's module of one family does, leaves this file out and with it all that it names.
#include <algorithm>
#include <vector>

#include <sluice/scenarios/catalogue.hpp>
#include <sluice/scenarios/families/families.hpp>

namespace sluice::scenarios {
namespace {

auto joined() -> std::vector<scenario const*> {
  std::vector<scenario const*> all;
  for (auto const list : {families::pools(), families::flow(), families::tasks(), families::lock_free(),
                          families::sync(), families::resilience()})
    all.insert(all.end(), list.begin(), list.end());
  return all;
}

}  // namespace

auto catalogue() noexcept -> std::span<scenario const* const> {
  static auto const all = joined();
  return all;
}

}  // namespace sluice::scenarios
