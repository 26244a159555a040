// shared_mutex — one writer or many readers, for tasks that wait without holding a thread.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <sluice/atomics/spin_lock.hpp>
#include <sluice/base/result.hpp>
#include <sluice/sync/detail/wait_operation.hpp>

namespace sluice {

class shared_mutex;

/// Holds a `shared_mutex` for writing and lets it go.
class [[nodiscard]] write_guard {
 public:
  explicit write_guard(shared_mutex& held) noexcept : held_(&held) {}
  write_guard(write_guard&& other) noexcept : held_(other.release()) {}
  auto operator=(write_guard&& other) noexcept -> write_guard&;
  ~write_guard() { unlock(); }
  /// Lets go before the end of the scope; harmless when repeated.
  void unlock() noexcept;
  /// Leaves it locked, for somebody else to unlock. Null when nothing was held.
  auto release() noexcept -> shared_mutex* { return std::exchange(held_, nullptr); }
  [[nodiscard]] auto owns_lock() const noexcept -> bool { return held_ != nullptr; }

 private:
  shared_mutex* held_;
};

/// Holds a `shared_mutex` for reading and lets it go.
class [[nodiscard]] read_guard {
 public:
  explicit read_guard(shared_mutex& held, void const* reader = nullptr) noexcept
      : held_(&held), reader_(reader) {}
  read_guard(read_guard&& other) noexcept
      : held_(std::exchange(other.held_, nullptr)), reader_(other.reader_) {}
  auto operator=(read_guard&& other) noexcept -> read_guard&;
  ~read_guard() { unlock(); }
  /// Lets go before the end of the scope; harmless when repeated.
  void unlock() noexcept;
  /// Leaves it locked, for somebody else to unlock. Null when nothing was held.
  auto release() noexcept -> shared_mutex*;
  [[nodiscard]] auto owns_lock() const noexcept -> bool { return held_ != nullptr; }

 private:
  shared_mutex* held_;
  void const* reader_;  // who it is, where recursion is looked for
};

namespace detail {

struct wait_to_write {
  static constexpr char const* what = "a shared mutex, to write";
  static constexpr char const* primitive = "shared_mutex";
  struct place : cancellable_waiter {
    ~place() { abandon(); }
    shared_mutex* owner = nullptr;
  };
  auto enter(place& me, context const& ctx) const noexcept -> bool;
  auto granted(place&) const noexcept -> write_guard { return write_guard{*wanted}; }
  void give_back(place&) const noexcept;

  shared_mutex* wanted;
};

struct wait_to_read {
  static constexpr char const* what = "a shared mutex, to read";
  static constexpr char const* primitive = "shared_mutex";
  struct place : plain_place {
    void const* reader = nullptr;
  };
  auto enter(place& me, context const& ctx) const -> bool;
  auto granted(place& me) const noexcept -> read_guard { return read_guard{*wanted, me.reader}; }
  void give_back(place& me) const noexcept;

  shared_mutex* wanted;
};

}  // namespace detail

/// What `shared_mutex::lock` returns; await it, once.
using write_operation = detail::wait_operation<detail::wait_to_write>;
/// What `shared_mutex::lock_shared` returns; await it, once.
using read_operation = detail::wait_operation<detail::wait_to_read>;

/// Any number of readers, or one writer.
///
///     auto reading = co_await table.lock_shared(ctx);
///     if (!reading) co_return failure(reading.error());
///     use(rows);                                        // until `reading` goes
///
/// A task that reads must not ask to read again: a writer that has come in between waits for the
/// first, and the second waits for the writer. Builds with assertions report it as `misuse`; there
/// a guard counts for the task that locked it, wherever it has been moved.
///
/// Order     Always handed over. A writer that waits holds back readers that come later; when it
///           lets go, all readers that wait at that moment enter, and after them the next writer.
///           Writers get it in the order in which they came.
/// Edges     What precedes the end of a write happens-before what follows the next lock of either
///           kind; what precedes the end of a read, before what follows the next write.
/// Threads   Any task or thread; the one that unlocks may be another than the one that locked.
/// Lifetime  outlives its guards and every wait.
class shared_mutex {
 public:
  shared_mutex() = default;
  shared_mutex(shared_mutex const&) = delete;
  auto operator=(shared_mutex const&) -> shared_mutex& = delete;
  ~shared_mutex();

  /// To write, alone.
  /// Suspends  while anybody holds it; the worker goes on with other tasks.
  /// Fails     `cancelled` or `deadline_exceeded`, without the lock.
  /// Cost      O(1), no allocation.
  [[nodiscard]] auto lock(context const& ctx) noexcept -> write_operation {
    return {{this}, ctx};
  }

  /// To read, beside others who do.
  /// Suspends  while a writer holds it or waits for it.
  /// Fails     `cancelled` or `deadline_exceeded`, without the lock.
  /// Throws    `misuse` when this task reads already, in builds with assertions.
  /// Cost      O(1), no allocation.
  [[nodiscard]] auto lock_shared(context const& ctx) noexcept -> read_operation {
    return {{this}, ctx};
  }

  /// To write, if nobody holds it.
  /// Fails     `would_block`.
  [[nodiscard]] auto try_lock() noexcept -> result<write_guard>;
  /// To read, if no writer holds it or waits for it.
  /// Fails     `would_block`.
  [[nodiscard]] auto try_lock_shared() noexcept -> result<read_guard>;

  /// The same as `lock` and `lock_shared` for a plain thread, which they block.
  /// Throws    also `misuse` on a worker of a runtime.
  [[nodiscard]] auto lock_blocking(context const& ctx) -> result<write_guard>;
  [[nodiscard]] auto lock_shared_blocking(context const& ctx) -> result<read_guard>;

  /// Ends a write without its guard.
  /// Throws    `misuse` when nobody writes.
  void unlock();
  /// Ends a read without its guard.
  /// Throws    `misuse` when nobody reads.
  void unlock_shared();

 private:
  friend read_guard;
  friend detail::wait_to_write;
  friend detail::wait_to_read;

  [[nodiscard]] auto write_now() noexcept -> bool;
  [[nodiscard]] auto read_now(void const* reader) noexcept -> bool;
  void end_read(void const* reader);
  void admit(wait_list& woken, bool readers_first) noexcept;
  void admit_readers(wait_list& woken) noexcept;
  void note(void const* reader) noexcept;
  void forget(void const* reader) noexcept;
  static void writer_gave_up(detail::cancellable_waiter& gone) noexcept;

  // Invariant  under `lock_`: `writing_` excludes `reading_ > 0`; a writer waits only while it is
  //            held, a reader only while a writer holds it or waits.
  spin_lock lock_;
  bool writing_ = false;
  std::size_t reading_ = 0;
  wait_list writers_;
  wait_list readers_;
  std::vector<void const*> known_readers_;  // in builds with assertions: who holds it to read
};

}  // namespace sluice
