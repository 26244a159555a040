// pages — memory straight from the system, for whoever deals it out in small pieces.
#pragma once

#include <cstddef>

namespace sluice::platform {

/// Addresses that nobody else gets: memory comes behind each page when it is touched first. Null where the
/// system has no such thing, or refuses.
[[nodiscard]] auto reserve_pages(std::size_t bytes) noexcept -> void*;

/// Puts memory behind reserved pages that will be touched soon, all at once: it is cheaper than one by one.
void want_pages(void* first, std::size_t bytes) noexcept;

/// Takes the memory behind reserved pages away; they read as zero afterwards.
void release_pages(void* first, std::size_t bytes) noexcept;

}  // namespace sluice::platform
