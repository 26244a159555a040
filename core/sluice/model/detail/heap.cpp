#include <sluice/model/detail/heap.hpp>

#include <algorithm>
#include <cstring>
#include <new>

namespace sluice::model::detail {

heap::heap(std::size_t bytes)
    : room_(static_cast<char*>(operator new(bytes, std::align_val_t{most_alignment}))),
      bytes_(bytes) {}

void heap::page_free::operator()(char* room) const noexcept {
  operator delete(room, std::align_val_t{most_alignment});
}

void heap::reusable(std::size_t size, std::size_t alignment, vector_time const& now,
                    std::vector<std::size_t>& into) const {
  into.clear();
  for (std::size_t number = 0; number < blocks_.size(); ++number) {
    auto const& old = blocks_[number];
    if (old.freed && !old.reused && old.size == size && old.begin % alignment == 0 &&
        now.covers(old.thread, old.event))
      into.push_back(number);
  }
  std::ranges::sort(into, [&](std::size_t a, std::size_t b) {
    auto const& one = blocks_[a];
    auto const& other = blocks_[b];
    return one.thread != other.thread ? one.thread > other.thread : one.event > other.event;
  });
}

auto heap::add(std::size_t size, std::size_t alignment, std::size_t again) -> std::size_t {
  block fresh;
  fresh.size = size;
  if (again != none) {
    blocks_[again].reused = true;
    fresh.begin = blocks_[again].begin;
  } else {
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
