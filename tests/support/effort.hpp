// effort — how much of a test is worth its time in the build at hand.
#pragma once

namespace support {

/// A sanitizer looks at every access.
inline constexpr bool sanitized =
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    true;
#else
    false;
#endif
#else
    false;
#endif

/// `times`, or fewer where every atomic access is dear and threads that spin are many.
constexpr auto effort(auto times) {
#if defined(__EMSCRIPTEN__)
  return times / 10;
#else
  return times;
#endif
}

/// `times`, or a hundredth under a sanitizer.
constexpr auto full_size(auto times) { return sanitized ? times / 100 : times; }

}  // namespace support
