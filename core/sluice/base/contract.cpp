#include <sluice/base/contract.hpp>

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace sluice {

namespace {

thread_local constinit misuse_handler handler = nullptr;

}  // namespace

auto exchange_misuse_handler(misuse_handler next) noexcept -> misuse_handler {
  return std::exchange(handler, next);
}

void terminate_misuse(std::string_view primitive, std::string_view mistake) noexcept {
  if (handler != nullptr) handler(primitive, mistake);
  std::fprintf(stderr, "sluice: misuse of %.*s: %.*s\n", static_cast<int>(primitive.size()),
               primitive.data(), static_cast<int>(mistake.size()), mistake.data());
  std::fflush(stderr);
  std::abort();
}

void detail::assertion_failed(char const* condition, std::source_location where) noexcept {
  if (handler != nullptr) handler("an invariant of Sluice", condition);
  std::fprintf(stderr, "sluice: broken invariant %s at %s:%u\n", condition, where.file_name(),
               static_cast<unsigned>(where.line()));
  std::fflush(stderr);
  std::abort();
}

}  // namespace sluice
