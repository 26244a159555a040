#include <sluice/task/detail/frame_sheets.hpp>

#include <algorithm>
#include <mutex>
#include <new>
#include <utility>

#include <sluice/platform/pages.hpp>

namespace sluice::detail {

frame_sheets::frame_sheets() noexcept {
  if constexpr (count == 0) return;
  constexpr auto of_all = count * sheet_bytes;
  auto* const range = platform::reserve_pages(of_all + sheet_bytes + count * sizeof(frame_sheet));
  if (range == nullptr) return;
  auto const begin = reinterpret_cast<std::uintptr_t>(range);
  first_ = (begin + sheet_bytes - 1) / sheet_bytes * sheet_bytes;
  sheets_ = reinterpret_cast<frame_sheet*>(first_ + of_all);
  extent_ = of_all;
}

auto frame_sheets::fresh_sheet() noexcept -> frame_sheet* {
  std::lock_guard const hold{lock_};
  if (auto* const spare = spare_.pop_front()) {
    --spares_;
    return spare;
  }
  if (auto* const empty = empty_.pop_front()) return empty;
  if (extent_ == 0 || used_ == count) return nullptr;
  return ::new (static_cast<void*>(&sheets_[used_++])) frame_sheet;
}

void frame_sheets::retire(frame_sheet& whole) noexcept {
  whole.free = nullptr;
  whole.cut = 0;
  {
    std::lock_guard const hold{lock_};
    if (spares_ < most_spare) {
      ++spares_;
      spare_.push_front(whole);
      return;
    }
  }
  platform::release_pages(address_of(whole), sheet_bytes);
  whole.ready = 0;
  std::lock_guard const hold{lock_};
  empty_.push_front(whole);
}

auto frame_sheets::take(frame_sheets_of_size& size, unsigned most, unsigned& taken) noexcept -> unused_frame* {
  if (size.with_room.empty()) {
    auto* const fresh = fresh_sheet();
    if (fresh == nullptr) return nullptr;
    size.with_room.push_front(*fresh);
  }
  auto& sheet = size.with_room.front();
  auto const whole = static_cast<std::uint32_t>(sheet_bytes / size.bytes);
  unused_frame* chain = nullptr;
  for (taken = 0; taken < most && sheet.free != nullptr; ++taken) {
    auto* const next = std::exchange(sheet.free, sheet.free->next);
    next->next = chain;
    chain = next;
  }
  // Backwards, so that they are handed out in the order in which they lie.
  auto const more = std::min<std::uint32_t>(most - taken, whole - sheet.cut);
  if (size.many && (sheet.cut + more) * size.bytes > sheet.ready) {
    platform::want_pages(address_of(sheet) + sheet.ready, piece);
    sheet.ready += piece;
  }
  auto* const at = address_of(sheet) + sheet.cut * size.bytes;
  for (auto i = more; i-- > 0;) chain = ::new (static_cast<void*>(at + i * size.bytes)) unused_frame{chain, nullptr};
  sheet.cut += more;
  taken += more;
  sheet.out += taken;
  if (sheet.free == nullptr && sheet.cut == whole) {
    size.with_room.remove(sheet);
    size.many = true;
  }
  return chain;
}

void frame_sheets::give_back(frame_sheets_of_size& size, void* frame, intrusive_list<frame_sheet>& whole) noexcept {
  auto& sheet = sheets_[(reinterpret_cast<std::uintptr_t>(frame) - first_) / sheet_bytes];
  auto const was_full = sheet.free == nullptr && sheet.cut == sheet_bytes / size.bytes;
  sheet.free = ::new (frame) unused_frame{sheet.free, nullptr};
  if (was_full) size.with_room.push_back(sheet);
  if (--sheet.out != 0) return;
  size.with_room.remove(sheet);
  whole.push_back(sheet);
}

}  // namespace sluice::detail
