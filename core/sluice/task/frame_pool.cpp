#include <sluice/task/frame_pool.hpp>

#include <mutex>
#include <new>
#include <utility>

#include <sluice/atomics/spin_lock.hpp>

namespace sluice {
namespace {

using detail::frame_cabinet;
using detail::frame_drawer;
using detail::frame_granule;
using detail::frame_sheet;
using detail::frame_sheets;
using detail::frame_sheets_of_size;
using detail::frame_sizes;
using detail::unused_frame;

constexpr unsigned batch = 32;
constexpr unsigned most_of_a_thread = 2 * batch;
constexpr unsigned most_of_all = 256;  // batches of a size

auto bytes_of(std::size_t size) noexcept -> std::size_t { return (size + 1) * frame_granule; }

/// What the threads share of one size: whole batches, and the sheets that can give more.
struct shelf {
  spin_lock lock;
  unused_frame* batches = nullptr;
  unsigned count = 0;
  frame_sheets_of_size sheets;

  auto put(unused_frame* first) noexcept -> bool {
    std::lock_guard const hold{lock};
    if (count == most_of_all) return false;
    first->next_batch = std::exchange(batches, first);
    ++count;
    return true;
  }
  auto take(frame_sheets& from, unsigned& taken) noexcept -> unused_frame* {
    std::lock_guard const hold{lock};
    if (batches == nullptr) return from.take(sheets, batch, taken);
    --count;
    taken = batch;
    return std::exchange(batches, batches->next_batch);
  }
};

/// All there is, never destroyed: frames may still be freed while the program ends.
struct frame_store {
  frame_store() noexcept {
    for (std::size_t size = 0; size < frame_sizes; ++size) shelves[size].sheets.bytes = bytes_of(size);
  }

  frame_sheets sheets;
  std::array<shelf, frame_sizes> shelves;

  spin_lock lock;
  intrusive_list<frame_cabinet> threads;  // under lock
  frame_count of_no_thread;               // under lock

  /// Frames of one size that nobody is to keep.
  void discard(unused_frame* first, std::size_t size) noexcept {
    auto& from = shelves[size];
    unused_frame* elsewhere = nullptr;
    intrusive_list<frame_sheet> whole;
    {
      std::lock_guard const hold{from.lock};
      while (first != nullptr) {
        auto* const frame = std::exchange(first, first->next);
        if (sheets.holds(frame)) sheets.give_back(from.sheets, frame, whole);
        else frame->next = std::exchange(elsewhere, frame);
      }
    }
    while (auto* const each = whole.pop_front()) sheets.retire(*each);
    while (elsewhere != nullptr) ::operator delete(std::exchange(elsewhere, elsewhere->next));
  }
};

auto store() noexcept -> frame_store& {
  alignas(frame_store) static std::byte room[sizeof(frame_store)];
  static frame_store& only = *::new (static_cast<void*>(room)) frame_store;
  return only;
}

/// Makes the cabinet of a thread known for as long as the thread lives. A thread that is ending may free
/// frames after that: it has no cabinet any more.
class membership {
 public:
  membership() noexcept {
    std::lock_guard const hold{store().lock};
    store().threads.push_back(detail::frames_of_thread);
    for (auto& each : detail::frames_of_thread.drawers) each.room = most_of_a_thread;
    detail::frames_of_thread.known = true;
  }
  membership(membership const&) = delete;
  auto operator=(membership const&) -> membership& = delete;
  ~membership() {
    auto& mine = detail::frames_of_thread;
    for (std::size_t size = 0; size < frame_sizes; ++size) {
      store().discard(std::exchange(mine.drawers[size].first, nullptr), size);
      mine.drawers[size].room = 0;
    }
    std::lock_guard const hold{store().lock};
    store().threads.remove(mine);
    store().of_no_thread.made += mine.made.load(relaxed);
    store().of_no_thread.freed += mine.freed.load(relaxed);
    mine.known = false;
    gone = true;
  }

  static inline thread_local constinit bool gone = false;
};

auto cabinet() noexcept -> frame_cabinet* {
  if (membership::gone) return nullptr;
  thread_local membership const known;
  return &detail::frames_of_thread;
}

auto kept(frame_cabinet const* here, std::size_t size) noexcept -> bool {
  return here != nullptr && size < frame_sizes && detail::fresh_frames_wanted.load(relaxed) == 0;
}

void refill(frame_drawer& mine, std::size_t size) noexcept {
  unsigned taken = 0;
  mine.first = store().shelves[size].take(store().sheets, taken);
  mine.room -= taken;
}

void empty_half(frame_drawer& mine, std::size_t size) noexcept {
  auto* const first = mine.first;
  auto* last = first;
  for (unsigned left = batch - 1; left > 0; --left) last = last->next;
  mine.first = std::exchange(last->next, nullptr);
  mine.room += batch;
  if (!store().shelves[size].put(first)) store().discard(first, size);
}

}  // namespace

auto count_frames() noexcept -> frame_count {
  auto& all = store();
  std::lock_guard const hold{all.lock};
  auto total = all.of_no_thread;
  all.threads.for_each([&](frame_cabinet& each) {
    total.freed += each.freed.load(acquire);
    total.made += each.made.load(acquire);
  });
  return total;
}

fresh_frames::fresh_frames() noexcept { detail::fresh_frames_wanted.fetch_add(1, relaxed); }
fresh_frames::~fresh_frames() { detail::fresh_frames_wanted.fetch_sub(1, relaxed); }

auto detail::allocate_block_slowly(std::size_t bytes) -> void* {
  auto const size = frame_size_of(bytes);
  if (auto* const here = cabinet(); kept(here, size)) {
    auto& mine = here->drawers[size];
    if (mine.first == nullptr) refill(mine, size);
    if (mine.first != nullptr) {
      ++mine.room;
      return std::exchange(mine.first, mine.first->next);
    }
  }
  return ::operator new(size < frame_sizes ? bytes_of(size) : bytes);
}

void detail::free_block_slowly(void* block, std::size_t bytes) noexcept {
  auto const size = frame_size_of(bytes);
  if (size >= frame_sizes) return ::operator delete(block);
  auto* const unused = ::new (block) unused_frame{nullptr, nullptr};
  auto* const here = cabinet();
  if (!kept(here, size)) return store().discard(unused, size);
  auto& mine = here->drawers[size];
  if (mine.room == 0) empty_half(mine, size);
  unused->next = std::exchange(mine.first, unused);
  --mine.room;
}

void detail::count_frame_made_slowly() noexcept {
  if (auto* const here = cabinet()) return here->made.store(here->made.load(relaxed) + 1, relaxed);
  std::lock_guard const hold{store().lock};
  ++store().of_no_thread.made;
}

void detail::count_frame_freed_slowly() noexcept {
  if (auto* const here = cabinet()) return here->freed.store(here->freed.load(relaxed) + 1, release);
  std::lock_guard const hold{store().lock};
  ++store().of_no_thread.freed;
}

}  // namespace sluice
