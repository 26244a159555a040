// strict_atomics — the production policy over an allocator that is as unkind as allowed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include <sluice/atomics/policy.hpp>

namespace support {

/// Gives out the address that was freed last, at once, after filling it with nonsense: what only works
/// because an address stays unused for a while fails here. Counts what is alive, and can fail.
struct strict_atomics : sluice::std_atomics {
  template <class T, class... Args>
  static auto allocate(Args&&... args) -> T* {
    void* const room = heap().get(sizeof(T), alignof(T));
    try {
      return ::new (room) T(std::forward<Args>(args)...);
    } catch (...) {
      heap().put(room, sizeof(T), alignof(T));
      throw;
    }
  }
  template <class T>
  static void deallocate(T* object) noexcept {
    object->~T();
    heap().put(object, sizeof(T), alignof(T));
  }
  template <class T>
  static auto allocate_array(std::size_t count) -> T* {
    auto* const first = static_cast<T*>(heap().get(count * sizeof(T), alignof(T)));
    for (std::size_t at = 0; at < count; ++at) ::new (static_cast<void*>(first + at)) T{};
    return first;
  }
  template <class T>
  static void deallocate_array(T* first, std::size_t count) noexcept {
    for (std::size_t at = 0; at < count; ++at) first[at].~T();
    heap().put(first, count * sizeof(T), alignof(T));
  }

  /// Allocations that have not been given back.
  static auto alive() -> std::int64_t { return heap().alive(); }
  /// Lets this many further allocations succeed, then one fail; negative: all succeed.
  static void fail_after(std::int64_t successes) { heap().fail_after(successes); }

 private:
  class store {
   public:
    auto get(std::size_t size, std::size_t alignment) -> void* {
      std::lock_guard const lock(mutex_);
      if (successes_left_ == 0) {
        successes_left_ = -1;
        throw std::bad_alloc();
      }
      if (successes_left_ > 0) --successes_left_;
      ++alive_;
      auto& free = free_[{size, alignment}];
      if (free.empty()) return ::operator new(size, std::align_val_t{alignment});
      auto* const last = free.back();
      free.pop_back();
      return last;
    }
    void put(void* room, std::size_t size, std::size_t alignment) {
      std::lock_guard const lock(mutex_);
      std::memset(room, 0xa5, size);
      --alive_;
      free_[{size, alignment}].push_back(room);
    }
    auto alive() -> std::int64_t {
      std::lock_guard const lock(mutex_);
      return alive_;
    }
    void fail_after(std::int64_t successes) {
      std::lock_guard const lock(mutex_);
      successes_left_ = successes;
    }

   private:
    std::mutex mutex_;
    std::map<std::pair<std::size_t, std::size_t>, std::vector<void*>> free_;
    std::int64_t alive_ = 0;
    std::int64_t successes_left_ = -1;
  };

  static auto heap() -> store& { return per_program<store>(); }
};

static_assert(sluice::atomics_policy<strict_atomics>);

}  // namespace support
