// one_family — the catalogue of a module that a page loads: one family of scenarios.
#include <sluice/scenarios/catalogue.hpp>
#include <sluice/scenarios/families/families.hpp>

namespace sluice::scenarios {

auto catalogue() noexcept -> std::span<scenario const* const> { return families::SLUICE_FAMILY(); }

}  // namespace sluice::scenarios
