// semaphore — so many at a time, in turn.
#pragma once

#include <cstddef>
#include <mutex>
#include <utility>

#include <sluice/atomics/spin_lock.hpp>
#include <sluice/base/result.hpp>
#include <sluice/sync/detail/wait_operation.hpp>

namespace sluice {

class semaphore;

/// Holds permits of a `semaphore` and gives them back.
class [[nodiscard]] permits {
 public:
  permits(semaphore& from, std::size_t held) noexcept : from_(&from), held_(held) {}
  permits(permits&& other) noexcept
      : from_(std::exchange(other.from_, nullptr)), held_(std::exchange(other.held_, 0)) {}
  auto operator=(permits&& other) noexcept -> permits&;
  ~permits() { release(); }
  /// Gives them back before the end of the scope; harmless when repeated.
  void release() noexcept;
  /// Keeps them taken, for somebody else to give back: how many.
  auto forget() noexcept -> std::size_t {
    from_ = nullptr;
    return std::exchange(held_, 0);
  }
  [[nodiscard]] auto count() const noexcept -> std::size_t { return held_; }

 private:
  semaphore* from_;
  std::size_t held_;
};

namespace detail {

struct wait_for_permits {
  static constexpr char const* what = "permits of a semaphore";
  static constexpr char const* primitive = "semaphore";
  struct place : cancellable_waiter {
    ~place() { abandon(); }
    semaphore* owner = nullptr;
    std::size_t wanted = 0;
  };
  auto enter(place& me, context const& ctx) const noexcept -> bool;
  auto granted(place&) const noexcept -> permits { return {*from, wanted}; }
  void give_back(place& me) const noexcept;

  semaphore* from;
  std::size_t wanted;
};

}  // namespace detail

/// What `semaphore::acquire` returns; await it, once.
using semaphore_operation = detail::wait_operation<detail::wait_for_permits>;

/// A number of permits, taken by one or by many at once.
///
///     semaphore slots{8};
///     auto mine = co_await slots.acquire(ctx, 2);
///     if (!mine) co_return failure(mine.error());
///
/// Order     First come, first served: nobody overtakes one that waits, so a large request holds
///           back the small ones behind it.
/// Edges     What precedes a release happens-before what follows an acquire that needed it.
/// Bound     Free and held permits add up to `capacity()`.
/// Threads   Every member may be called by any task or thread at any time.
/// Lifetime  outlives its permits and every wait.
class semaphore {
 public:
  explicit semaphore(std::size_t capacity) noexcept : capacity_(capacity), free_(capacity) {}
  semaphore(semaphore const&) = delete;
  auto operator=(semaphore const&) -> semaphore& = delete;
  ~semaphore();

  /// Takes `wanted` permits. More than there are come never: it waits for the end of `ctx` then,
  /// and holds up nobody.
  /// Suspends  until they are free and everybody who came before has been served.
  /// Fails     `cancelled` or `deadline_exceeded`, without permits.
  /// Throws    `misuse` for more than there are under a context that never ends.
  /// Cost      O(1), no allocation.
  [[nodiscard]] auto acquire(context const& ctx, std::size_t wanted = 1) -> semaphore_operation {
    refuse_hopeless(ctx, wanted);
    return {{this, wanted}, ctx};
  }

  /// `wanted` permits if they are free and nobody waits.
  /// Fails     `would_block`.
  [[nodiscard]] auto try_acquire(std::size_t wanted = 1) noexcept -> result<permits>;

  /// The same as `acquire` for a plain thread, which it blocks.
  /// Throws    also `misuse` on a worker of a runtime.
  [[nodiscard]] auto acquire_blocking(context const& ctx, std::size_t wanted = 1)
      -> result<permits>;

  /// Gives `count` permits back, without their guard.
  /// Throws    `misuse` for more than are held; nothing has changed then.
  /// Cost      O(1) for each waiter that is served.
  void release(std::size_t count = 1);

  [[nodiscard]] auto capacity() const noexcept -> std::size_t { return capacity_; }
  /// How many were free at some instant during the call.
  [[nodiscard]] auto available() const noexcept -> std::size_t {
    std::lock_guard const hold{lock_};
    return free_;
  }

 private:
  friend detail::wait_for_permits;
  using place = detail::wait_for_permits::place;

  void refuse_hopeless(context const& ctx, std::size_t wanted) const;
  [[nodiscard]] auto take(std::size_t wanted) noexcept -> bool;
  void serve_front(wait_list& woken) noexcept;
  static void gave_up(detail::cancellable_waiter& gone) noexcept;

  // Invariant  under `lock_`: who stands first in `waiting_` wants more than is free; those in
  //            `hopeless_` want more than there is.
  mutable spin_lock lock_;
  std::size_t const capacity_;
  std::size_t free_;
  wait_list waiting_;
  wait_list hopeless_;
};

}  // namespace sluice
