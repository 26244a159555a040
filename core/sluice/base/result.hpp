// result — a value, or the error that came instead.
#pragma once

#include <expected>

#include <sluice/base/error.hpp>

namespace sluice {

/// What an operation that may ordinarily fail returns.
template <class T>
using result = std::expected<T, error>;

/// `return failure(errc::closed);`
[[nodiscard]] inline auto failure(error why) -> std::unexpected<error> {
  return std::unexpected<error>(std::move(why));
}

}  // namespace sluice
