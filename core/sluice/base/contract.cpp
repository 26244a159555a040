#include <sluice/base/contract.hpp>

#include <cstdio>
#include <cstdlib>

namespace sluice {

void terminate_misuse(std::string_view primitive, std::string_view mistake) noexcept {
  std::fprintf(stderr, "sluice: misuse of %.*s: %.*s\n", static_cast<int>(primitive.size()),
               primitive.data(), static_cast<int>(mistake.size()), mistake.data());
  std::fflush(stderr);
  std::abort();
}

void detail::assertion_failed(char const* condition, std::source_location where) noexcept {
  std::fprintf(stderr, "sluice: broken invariant %s at %s:%u\n", condition, where.file_name(),
               static_cast<unsigned>(where.line()));
  std::fflush(stderr);
  std::abort();
}

}  // namespace sluice
