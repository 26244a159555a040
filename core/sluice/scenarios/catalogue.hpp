// catalogue — every scenario there is, in the order of the shelves.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <sluice/base/result.hpp>
#include <sluice/scenarios/scenario.hpp>

namespace sluice::scenarios {

/// Defined twice: by the library, with all there is, and by the page's module of one family, with that one.
[[nodiscard]] auto catalogue() noexcept -> std::span<scenario const* const>;

/// Fails     `not_found`, naming the scenarios that are most alike.
[[nodiscard]] auto find(std::string_view id) -> result<scenario const*>;

}  // namespace sluice::scenarios
