#include <sluice/task/frame_pool.hpp>

#include <array>
#include <atomic>
#include <mutex>
#include <new>
#include <utility>

#include <sluice/atomics/orders.hpp>
#include <sluice/atomics/spin_lock.hpp>
#include <sluice/base/intrusive_list.hpp>

// A sanitizer sees the use of a freed frame only if it has really been freed.
#if defined(__SANITIZE_ADDRESS__)
#define SLUICE_KEEPS_FRAMES 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SLUICE_KEEPS_FRAMES 0
#endif
#endif
#ifndef SLUICE_KEEPS_FRAMES
#define SLUICE_KEEPS_FRAMES 1
#endif

namespace sluice {
namespace {

constexpr std::size_t granule = 32;
constexpr std::size_t sizes = 32;  // frames of up to 1 KiB
constexpr unsigned batch = 32;
constexpr unsigned most_of_a_thread = 2 * batch;
constexpr unsigned most_of_all = 256;  // batches of a size

/// The first bytes of a frame that nobody uses. A batch hangs by its first frame.
struct unused {
  unused* next;
  unused* next_batch;
};

/// What the threads share: whole batches of one size.
struct shelf {
  spin_lock lock;
  unused* batches = nullptr;
  unsigned count = 0;

  auto put(unused* first) noexcept -> bool {
    std::lock_guard const hold{lock};
    if (count == most_of_all) return false;
    first->next_batch = std::exchange(batches, first);
    ++count;
    return true;
  }
  auto take() noexcept -> unused* {
    std::lock_guard const hold{lock};
    if (batches == nullptr) return nullptr;
    --count;
    return std::exchange(batches, batches->next_batch);
  }
};

struct drawer {
  unused* first = nullptr;
  unsigned count = 0;
};

void free_all(unused* first) noexcept {
  while (first != nullptr) ::operator delete(std::exchange(first, first->next));
}

class thread_frames;

/// All there is, never destroyed: frames may still be freed while the program ends.
struct frame_store {
  std::array<shelf, sizes> shelves;
  std::atomic<unsigned> fresh{SLUICE_KEEPS_FRAMES ? 0 : 1};  // why none is kept

  spin_lock lock;
  intrusive_list<thread_frames> threads;  // under lock
  frame_count of_threads_gone;            // under lock
};

auto store() noexcept -> frame_store& {
  alignas(frame_store) static std::byte room[sizeof(frame_store)];
  static frame_store& only = *::new (static_cast<void*>(room)) frame_store;
  return only;
}

/// One thread's frames, and its counts, which it alone writes.
class thread_frames : public list_node<> {
 public:
  thread_frames() noexcept {
    std::lock_guard const hold{store().lock};
    store().threads.push_back(*this);
  }
  thread_frames(thread_frames const&) = delete;
  auto operator=(thread_frames const&) -> thread_frames& = delete;
  ~thread_frames() {
    for (auto& each : drawers_) free_all(std::exchange(each.first, nullptr));
    std::lock_guard const hold{store().lock};
    store().threads.remove(*this);
    store().of_threads_gone.made += made.load(relaxed);
    store().of_threads_gone.freed += freed.load(relaxed);
    gone = true;
  }

  auto take(std::size_t size) noexcept -> void* {
    auto& mine = drawers_[size];
    if (mine.first == nullptr && !refill(mine, size)) return nullptr;
    --mine.count;
    return std::exchange(mine.first, mine.first->next);
  }
  void put(void* frame, std::size_t size) noexcept {
    auto& mine = drawers_[size];
    mine.first = ::new (frame) unused{mine.first, nullptr};
    if (++mine.count == most_of_a_thread) empty_half(mine, size);
  }

  void count_made() noexcept { made.store(made.load(relaxed) + 1, relaxed); }
  void count_freed() noexcept { freed.store(freed.load(relaxed) + 1, release); }

  std::atomic<std::uint64_t> made{0};
  std::atomic<std::uint64_t> freed{0};

  /// A thread that is ending may free frames after its own store has gone.
  static inline thread_local constinit bool gone = false;

 private:
  [[gnu::noinline]] static auto refill(drawer& mine, std::size_t size) noexcept -> bool {
    mine.first = store().shelves[size].take();
    mine.count = mine.first == nullptr ? 0 : batch;
    return mine.first != nullptr;
  }
  [[gnu::noinline]] static void empty_half(drawer& mine, std::size_t size) noexcept {
    auto* const first = mine.first;
    auto* last = first;
    for (unsigned left = batch - 1; left > 0; --left) last = last->next;
    mine.first = std::exchange(last->next, nullptr);
    mine.count -= batch;
    if (!store().shelves[size].put(first)) free_all(first);
  }

  std::array<drawer, sizes> drawers_;
};

auto mine() noexcept -> thread_frames* {
  if (thread_frames::gone) return nullptr;
  thread_local thread_frames frames;
  return &frames;
}

// A frame of `bytes` comes from, and goes back to, the drawer of this number; beyond the last there is none.
auto size_of(std::size_t bytes) noexcept -> std::size_t { return (bytes - 1) / granule; }
auto kept(thread_frames const* here, std::size_t size) noexcept -> bool {
  return here != nullptr && size < sizes && store().fresh.load(relaxed) == 0;
}

}  // namespace

auto count_frames() noexcept -> frame_count {
  auto& all = store();
  std::lock_guard const hold{all.lock};
  auto total = all.of_threads_gone;
  all.threads.for_each([&](thread_frames& each) {
    total.freed += each.freed.load(acquire);
    total.made += each.made.load(acquire);
  });
  return total;
}

fresh_frames::fresh_frames() noexcept { store().fresh.fetch_add(1, relaxed); }
fresh_frames::~fresh_frames() { store().fresh.fetch_sub(1, relaxed); }

auto detail::allocate_frame(std::size_t bytes) -> void* {
  auto const size = size_of(bytes);
  auto* const here = mine();
  void* frame = kept(here, size) ? here->take(size) : nullptr;
  if (frame == nullptr) frame = ::operator new(size < sizes ? (size + 1) * granule : bytes);
  if (here != nullptr) {
    here->count_made();
  } else {
    std::lock_guard const hold{store().lock};
    ++store().of_threads_gone.made;
  }
  return frame;
}

void detail::free_frame(void* frame, std::size_t bytes) noexcept {
  auto const size = size_of(bytes);
  auto* const here = mine();
  if (here != nullptr) {
    here->count_freed();
  } else {
    std::lock_guard const hold{store().lock};
    ++store().of_threads_gone.freed;
  }
  if (kept(here, size)) {
    here->put(frame, size);
  } else {
    ::operator delete(frame);
  }
}

}  // namespace sluice
