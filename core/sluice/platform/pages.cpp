#include <sluice/platform/pages.hpp>

#if defined(__linux__) && !defined(__EMSCRIPTEN__)
#include <sys/mman.h>
#endif

namespace sluice::platform {

#if defined(__linux__) && !defined(__EMSCRIPTEN__)

auto reserve_pages(std::size_t bytes) noexcept -> void* {
  auto* const first = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return first == MAP_FAILED ? nullptr : first;
}

void want_pages(void* first, std::size_t bytes) noexcept {
#if defined(MADV_POPULATE_WRITE)
  (void)::madvise(first, bytes, MADV_POPULATE_WRITE);  // where the system is too old, each page comes with its first use
#else
  (void)first, (void)bytes;
#endif
}

void release_pages(void* first, std::size_t bytes) noexcept { (void)::madvise(first, bytes, MADV_DONTNEED); }

#else

auto reserve_pages(std::size_t) noexcept -> void* { return nullptr; }
void want_pages(void*, std::size_t) noexcept {}
void release_pages(void*, std::size_t) noexcept {}

#endif

}  // namespace sluice::platform
