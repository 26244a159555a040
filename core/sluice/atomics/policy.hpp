// policy — what a lock-free template asks of memory, and the answer used in production.
#pragma once

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <thread>
#include <utility>

#include <sluice/atomics/parker.hpp>
#include <sluice/base/cpu.hpp>
#include <sluice/base/process_fence.hpp>

namespace sluice {

/// Everything through which two threads can meet. A lock-free or reclaiming template ends its
/// parameters with `atomics_policy Atomics = std_atomics` and touches shared memory, the allocator,
/// threads and sleep through it alone; so the source that ships is the source that a checker runs.
template <class A>
concept atomics_policy = requires(std::memory_order order, int* object, std::size_t count) {
  typename A::template atomic<std::size_t>;
  typename A::template cell<int>;
  typename A::mutex;
  typename A::parker;
  A::fence(order);
  A::light_fence();
  A::heavy_fence();
  { A::has_light_fence() } -> std::same_as<bool>;
  A::spin_hint();
  A::yield();
  { A::thread_id() } -> std::same_as<std::uintptr_t>;
  { A::template per_thread<int>() } -> std::same_as<int&>;
  { A::template per_program<int>() } -> std::same_as<int&>;
  { A::template allocate<int>(1) } -> std::same_as<int*>;
  A::deallocate(object);
  { A::template allocate_array<int>(count) } -> std::same_as<int*>;
  A::deallocate_array(object, count);
  A::retiring(object);
};

/// Plain memory whose turn-taking is arranged by the atomics around it. The closure marks where
/// an access begins and ends, so a checker can tell when two of them overlap.
template <class T>
class plain_cell {
 public:
  plain_cell() = default;
  template <class... Args>
  explicit plain_cell(std::in_place_t, Args&&... args) : value_(std::forward<Args>(args)...) {}

  decltype(auto) read(auto&& look) const { return look(value_); }
  decltype(auto) write(auto&& change) { return change(value_); }

 private:
  T value_{};
};

/// The machine itself: compiles to what hand-written std::atomic code would.
struct std_atomics {
  template <class T>
  using atomic = std::atomic<T>;
  template <class T>
  using cell = plain_cell<T>;
  using mutex = std::mutex;
  using parker = sluice::parker;

  static void fence(std::memory_order order) noexcept { std::atomic_thread_fence(order); }

  /// Two fences of which one does the work of both: what precedes a `light_fence` in one thread and what follows a
  /// `heavy_fence` in another one, and the other way round, are as between two seq_cst fences. Two light ones are
  /// nothing to each other. A light one is one only once `has_light_fence()`, which then stays so; before that it takes
  /// a seq_cst fence, which a heavy one is a partner for, too.
  /// Cost      light: no instruction. Heavy: some hundred nanoseconds where no other thread of the process runs, else some
  ///           microseconds, and an interrupt for each that does.
  /// Source    Goldblatt, "Asymmetric Fences", ISO C++ committee, P1202, 2018; membarrier(2).
  static void light_fence() noexcept { std::atomic_signal_fence(std::memory_order_seq_cst); }
  static void heavy_fence() noexcept { process_fence(); }
  static auto has_light_fence() noexcept -> bool { return process_fence_prepared(); }

  /// Called where a thread can do nothing until another one has written something.
  static void spin_hint() noexcept { cpu_pause(); }
  /// The same, where that other thread may need this one's processor.
  static void yield() noexcept {
#if defined(__EMSCRIPTEN_PTHREADS__)
    std::this_thread::sleep_for(std::chrono::microseconds{1});  // there, yielding does nothing at all
#else
    std::this_thread::yield();
#endif
  }

  /// A number that no other living thread has.
  static auto thread_id() noexcept -> std::uintptr_t {
    static thread_local char here;
    return reinterpret_cast<std::uintptr_t>(&here);
  }

  /// The calling thread's own `T`: made at its first use, destroyed when the thread ends.
  template <class T>
  static auto per_thread() -> T& {
    static thread_local T instance{};
    return instance;
  }

  /// The one `T` of the program. Never destroyed: threads may still use it while the program ends.
  template <class T>
  static auto per_program() -> T& {
    alignas(T) static std::byte room[sizeof(T)];
    static T& instance = *::new (static_cast<void*>(room)) T{};
    return instance;
  }

  template <class T, class... Args>
  [[nodiscard]] static auto allocate(Args&&... args) -> T* {
    return new T(std::forward<Args>(args)...);
  }
  template <class T>
  static void deallocate(T* object) noexcept {
    delete object;
  }

  template <class T>
  [[nodiscard]] static auto allocate_array(std::size_t count) -> T* {
    return new T[count]{};
  }
  template <class T>
  static void deallocate_array(T* first, std::size_t) noexcept {
    delete[] first;
  }

  /// `object` has left its structure and will be deallocated once no thread can still read it.
  /// A checker hears of it here and catches whoever retires an object twice.
  template <class T>
  static void retiring(T*) noexcept {}
};

static_assert(atomics_policy<std_atomics>);

}  // namespace sluice
