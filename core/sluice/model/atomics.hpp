// atomics — the checker's answer to what a lock-free template asks of memory.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

#include <sluice/atomics/policy.hpp>
#include <sluice/model/atomic.hpp>
#include <sluice/model/cell.hpp>
#include <sluice/model/sync.hpp>

namespace sluice::model {

/// The policy under which `explore` runs the source that ships. See `atomics_policy`.
struct atomics {
  template <class T>
  using atomic = model::atomic<T>;
  template <class T>
  using cell = model::cell<T>;
  using mutex = model::mutex;
  using parker = model::parker;
  using where = code_location;

  static void fence(std::memory_order order, where at = where::current()) noexcept {
    if (auto* const engine = detail::engine::current()) engine->fence(order, at);
  }

  static void light_fence(where at = where::current()) noexcept {
    if (auto* const engine = detail::engine::current()) engine->asymmetric_fence(detail::sc_kind::light, at);
  }
  static void heavy_fence(where at = where::current()) noexcept {
    if (auto* const engine = detail::engine::current()) engine->asymmetric_fence(detail::sc_kind::heavy, at);
  }
  static auto has_light_fence() noexcept -> bool { return true; }

  /// The thread waits until there is a store it has not seen in what it has looked at since the last
  /// time. Where none comes, and nobody else can move, it is let through some hundred times, in case it
  /// has a limit of its own; then it is a livelock.
  static void spin_hint(where at = where::current()) noexcept {
    if (auto* const engine = detail::engine::current()) engine->spin(at);
  }
  static void yield(where at = where::current()) noexcept { spin_hint(at); }

  static auto thread_id() noexcept -> std::uintptr_t {
    auto* const engine = detail::engine::current();
    return engine == nullptr ? 0 : engine->thread() + 1;
  }

  /// The thread's own `T`, destroyed when the modelled thread ends.
  template <class T>
  static auto per_thread() -> T& {
    return *static_cast<T*>(engine().of_thread(&tag<T>, &make_owned<T>, &destroy_owned<T>));
  }
  /// The one `T` of an execution: it is there before the execution begins, and destroyed after its end.
  template <class T>
  static auto per_program() -> T& {
    return *static_cast<T*>(engine().of_program(&tag<T>, &make_owned<T>, &destroy_owned<T>));
  }

  template <class T, class... Args>
  [[nodiscard]] static auto allocate(Args&&... args) -> T* {
    auto* const room = get(sizeof(T), alignof(T));
    try {
      return ::new (room) T(std::forward<Args>(args)...);
    } catch (...) {
      put(room);
      throw;
    }
  }
  template <class T>
  static void deallocate(T* object) noexcept {
    if (object == nullptr || !may_free(object)) return;
    object->~T();
    put(object);
  }

  template <class T>
  [[nodiscard]] static auto allocate_array(std::size_t count) -> T* {
    if (count > PTRDIFF_MAX / sizeof(T)) throw std::bad_array_new_length();
    auto* const room = get(count * sizeof(T), alignof(T));
    try {
      auto* const first = static_cast<T*>(room);
      std::uninitialized_value_construct_n(first, count);
      return first;
    } catch (...) {
      put(room);
      throw;
    }
  }
  template <class T>
  static void deallocate_array(T* first, std::size_t count) noexcept {
    if (first == nullptr || !may_free(first)) return;
    std::destroy_n(first, count);
    put(first);
  }

  template <class T>
  static void retiring(T* object) noexcept {
    if (auto* const engine = detail::engine::current()) engine->retiring(object);
  }

 private:
  template <class T>
  static inline char tag = 0;

  static auto engine() -> detail::engine&;
  static auto get(std::size_t size, std::size_t alignment) -> void*;
  static auto may_free(void const* address) noexcept -> bool;
  static void put(void* room) noexcept;

  template <class T>
  static auto make_owned(detail::engine& by) -> void* {
    return ::new (by.allocate(sizeof(T), alignof(T), false)) T{};
  }
  template <class T>
  static void destroy_owned(void* object) {
    static_cast<T*>(object)->~T();
  }
};

static_assert(atomics_policy<atomics>);

}  // namespace sluice::model
