// contract — what happens when a caller breaks a promise.
#pragma once

#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>

namespace sluice {

/// A programming error of the caller: the primitive was used in a way its documentation rules out.
/// Thrown where the caller can receive an exception; see `terminate_misuse` for where it cannot.
class misuse : public std::logic_error {
 public:
  /// `primitive` is what was misused, `mistake` what was wrong, with the offending value in it.
  misuse(std::string_view primitive, std::string_view mistake)
      : std::logic_error(std::string(primitive) + ": " + std::string(mistake)) {}
};

/// Ends the program with a message naming the primitive and the mistake. For destructors and other
/// places from which no exception can reach the one who made it.
[[noreturn]] void terminate_misuse(std::string_view primitive, std::string_view mistake) noexcept;

/// Called by the calling thread's `terminate_misuse` before it ends the program. May leave for another
/// stack instead of returning: for whoever runs code on stacks of its own, and reports what it finds.
using misuse_handler = void (*)(std::string_view primitive, std::string_view mistake);

/// Sets the calling thread's handler, null for none. Returns the one before.
auto exchange_misuse_handler(misuse_handler handler) noexcept -> misuse_handler;

namespace detail {
[[noreturn]] void assertion_failed(char const* condition, std::source_location where) noexcept;
}  // namespace detail

/// Checks an invariant of Sluice itself, or a promise of the caller that costs too much to check on
/// the hot path of a release build, where this is off.
#if defined(NDEBUG) && !defined(SLUICE_ASSERTIONS)
#define SLUICE_ASSERT(condition) ((void)0)
#else
#define SLUICE_ASSERT(condition) \
  ((condition) ? (void)0         \
               : ::sluice::detail::assertion_failed(#condition, std::source_location::current()))
#endif

}  // namespace sluice
