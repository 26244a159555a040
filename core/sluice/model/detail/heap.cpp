#include <sluice/model/detail/heap.hpp>

#include <cstring>
#include <new>

namespace sluice::model::detail {

namespace {
constexpr std::size_t heap_alignment = 128;
}

heap::heap(std::size_t bytes)
    : room_(static_cast<char*>(operator new(bytes, std::align_val_t{heap_alignment}))), bytes_(bytes) {}

void heap::page_free::operator()(char* room) const noexcept {
  operator delete(room, std::align_val_t{heap_alignment});
}

auto heap::add(std::size_t size, std::size_t alignment, bool reuse, vector_time const& now)
    -> std::size_t {
  block fresh;
  fresh.size = size;
  bool found = false;
  if (reuse) {
    // Only one that was freed before, as the program itself can tell: whether another thread's free
    // comes first must not depend on who happens to run.
    std::size_t best = none;
    for (std::size_t number = 0; number < blocks_.size(); ++number) {
      auto const& old = blocks_[number];
      if (!old.freed || old.reused || old.size != size || !now.covers(old.thread, old.event)) continue;
      if (best == none || old.thread > blocks_[best].thread ||
          (old.thread == blocks_[best].thread && old.event > blocks_[best].event))
        best = number;
    }
    if (best != none) {
      blocks_[best].reused = true;
      fresh.begin = blocks_[best].begin;
      found = true;
    }
  }
  if (!found) {
    auto const begin = (used_ + alignment - 1) / alignment * alignment;
    if (begin > bytes_ || size > bytes_ - begin) return none;
    fresh.begin = begin;
    used_ = begin + size + 16;  // a gap, so that one past the end is nobody's
  }
  blocks_.push_back(fresh);
  std::memset(room_.get() + fresh.begin, 0xa5, size);
  return blocks_.size() - 1;
}

auto heap::find(void const* address) const noexcept -> std::size_t {
  auto const* const at = static_cast<char const*>(address);
  if (at < room_.get() || at >= room_.get() + bytes_) return none;
  auto const offset = static_cast<std::size_t>(at - room_.get());
  for (auto number = blocks_.size(); number-- > 0;) {
    auto const& each = blocks_[number];
    if (offset >= each.begin && offset < each.begin + each.size) return number;
  }
  return none;
}

}  // namespace sluice::model::detail
