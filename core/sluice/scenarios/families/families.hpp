// families — the scenarios of each family, in the order of their shelf.
#pragma once

#include <span>

#include <sluice/scenarios/scenario.hpp>

namespace sluice::scenarios::families {

/// One list, one file, one module of the page: `lock_free.cpp` becomes `engine-lock-free`. Each lists its
/// scenarios by hand, and links them and nothing of another family.
[[nodiscard]] auto tasks() noexcept -> std::span<scenario const* const>;
[[nodiscard]] auto pools() noexcept -> std::span<scenario const* const>;
[[nodiscard]] auto flow() noexcept -> std::span<scenario const* const>;
[[nodiscard]] auto lock_free() noexcept -> std::span<scenario const* const>;
[[nodiscard]] auto sync() noexcept -> std::span<scenario const* const>;
[[nodiscard]] auto resilience() noexcept -> std::span<scenario const* const>;

}  // namespace sluice::scenarios::families
