// frame_sheets — where frames of one size lie side by side, and what is left when all of them are gone. Private.
#pragma once

#include <cstddef>
#include <cstdint>

#include <sluice/atomics/spin_lock.hpp>
#include <sluice/base/intrusive_list.hpp>

namespace sluice::detail {

/// The first bytes of a frame that nobody uses. A batch hangs by its first frame.
struct unused_frame {
  unused_frame* next;
  unused_frame* next_batch;
};

/// A stretch of memory cut into frames of one size.
/// Invariant  all members change under the lock of the size it is cut for; a sheet is in that size's list
///            exactly while it has a frame to give.
struct frame_sheet : list_node<> {
  unused_frame* free = nullptr;  // came back
  std::uint32_t cut = 0;         // frames that were handed out at least once
  std::uint32_t out = 0;         // frames that are not here
  std::size_t ready = 0;         // bytes that have memory behind them
};

/// The sheets that are cut for one size, under a lock of their user.
struct frame_sheets_of_size {
  std::size_t bytes = 0;  // of a frame
  intrusive_list<frame_sheet> with_room;
  bool many = false;      // one was not enough: memory comes in larger pieces from then on
};

/// All sheets there are: one long range of addresses, so that a frame tells by its own address whether it
/// came from here.
/// Threads   `take`, `give_back`: one at a time for a size; the rest any.
class frame_sheets {
 public:
  static constexpr std::size_t granule = 16;
  static constexpr std::size_t sheet_bytes = std::size_t{256} << 10;

  frame_sheets() noexcept;

  /// Whether `frame` lies in a sheet.
  [[nodiscard]] auto holds(void const* frame) const noexcept -> bool {
    return reinterpret_cast<std::uintptr_t>(frame) - first_ < extent_;
  }

  /// A chain of up to `most` frames, and in `taken` of how many; null when there are no more addresses.
  [[nodiscard]] auto take(frame_sheets_of_size& size, unsigned most, unsigned& taken) noexcept -> unused_frame*;
  /// One frame comes back to its sheet, which joins `whole` when it was the last: to be retired.
  void give_back(frame_sheets_of_size& size, void* frame, intrusive_list<frame_sheet>& whole) noexcept;
  /// A sheet to which all frames have come back may serve any size. Asks the system: not under a lock.
  void retire(frame_sheet& whole) noexcept;

 private:
  static constexpr std::size_t count = sizeof(void*) < 8 ? 0 : 1 << 17;  // 32 GiB of addresses
  static constexpr unsigned most_spare = 64;              // that keep their memory
  static constexpr std::size_t piece = std::size_t{64} << 10;

  [[nodiscard]] auto address_of(frame_sheet const& sheet) const noexcept -> std::byte* {
    return reinterpret_cast<std::byte*>(first_ + static_cast<std::size_t>(&sheet - sheets_) * sheet_bytes);
  }
  [[nodiscard]] auto fresh_sheet() noexcept -> frame_sheet*;

  std::uintptr_t first_ = 0;
  std::size_t extent_ = 0;         // 0: there are none
  frame_sheet* sheets_ = nullptr;  // as many as could ever be needed; what was never touched takes no memory
  spin_lock lock_;
  std::size_t used_ = 0;                // under lock_: how many have ever been handed out
  intrusive_list<frame_sheet> spare_;   // under lock_
  std::size_t spares_ = 0;              // under lock_: how many
  intrusive_list<frame_sheet> empty_;   // under lock_; without memory
};

}  // namespace sluice::detail
