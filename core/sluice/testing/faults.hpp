// faults — what is to go wrong in a run, and the guards that make memory and threads run out.
#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>

#include <sluice/base/clock.hpp>
#include <sluice/task/frame_pool.hpp>

namespace sluice::testing {

/// What a planted fault throws.
class planted_fault : public std::runtime_error {
 public:
  planted_fault() : std::runtime_error("a planted fault") {}
};

/// Holds back the wake-up number `wake_up` until `slices` slices of other tasks have run, or until no
/// other task is runnable. Whatever makes a task runnable counts, its spawn and its own yield too.
struct late_wake_up {
  std::uint64_t wake_up = 0;
  std::uint64_t slices = 0;
};

/// Moves the clock forward by `by` before the step number `step`: all that is due meanwhile is late.
struct clock_jump {
  std::uint64_t step = 0;
  duration by{0};
};

/// What is to go wrong in one run, each thing once. Counted from 1; 0: it does not happen.
///
///     testing::trial_options const rough{.plant = {.cancel_at_suspension = 3}};
struct faults {
  /// Right after the so-manyth suspension of whatever task, the context `deterministic_runtime::ctx()`
  /// ends. What the program does under it is what is cancelled; the rest of it goes on.
  std::uint64_t cancel_at_suspension = 0;
  /// The task that suspends for the so-manyth time, of all tasks, is destroyed where it waits: its frames
  /// are unwound, and whoever joins it gets `planted_fault`.
  std::uint64_t destroy_at_suspension = 0;
  /// The task that would be resumed in the so-manyth slice ends there with `planted_fault`: its frames
  /// are unwound as by a throw that nothing in the task catches, and the exception comes out of the
  /// `co_await` of whoever joins it. For a throw that the task itself may catch see `fault_point`.
  std::uint64_t throw_at_resumption = 0;
  /// The so-manyth call of `fault_point` throws `planted_fault`.
  std::uint64_t throw_at_point = 0;
  /// The so-manyth allocation fails, where `operator new` asks `may_allocate`.
  std::uint64_t fail_allocation = 0;
  /// The so-manyth start of a thread fails.
  std::uint32_t fail_thread_start = 0;
  late_wake_up delay{};
  clock_jump jump{};
};

/// A place in a job, or in a step of it, at which a run may plant a throw; elsewhere it does nothing.
/// Throws    `planted_fault`, where a trial has planted it here.
void fault_point();

/// For an `operator new` of the test program: false when this allocation is to fail.
///
///     void* operator new(std::size_t bytes) {
///       if (sluice::testing::may_allocate())
///         if (void* const room = std::malloc(bytes)) return room;
///       throw std::bad_alloc();
///     }
///
/// Threads   any; what is planted on a thread concerns that thread alone.
[[nodiscard]] auto may_allocate() noexcept -> bool;

/// While it lives, the allocation number `which` of this thread fails; 0: none does, all are counted. Frames of
/// coroutines are allocated one by one meanwhile.
/// Lifetime  ends on the thread that made it; may be nested, the innermost counts.
class [[nodiscard]] failing_allocation {
 public:
  explicit failing_allocation(std::uint64_t which) noexcept;
  failing_allocation(failing_allocation const&) = delete;
  auto operator=(failing_allocation const&) -> failing_allocation& = delete;
  ~failing_allocation();

  /// How many allocations there were so far, the failed one included.
  [[nodiscard]] auto count() const noexcept -> std::uint64_t { return count_; }
  /// True once it has happened.
  [[nodiscard]] auto failed() const noexcept -> bool { return which_ != 0 && count_ >= which_; }

 private:
  friend auto may_allocate() noexcept -> bool;
  std::uint64_t which_;
  std::uint64_t count_ = 0;
  failing_allocation* outer_;
  fresh_frames fresh_;
};

/// While it lives, allocations of this thread neither fail nor count: for what checks, between what is
/// checked.
class [[nodiscard]] spared_allocations {
 public:
  spared_allocations() noexcept;
  spared_allocations(spared_allocations const&) = delete;
  auto operator=(spared_allocations const&) -> spared_allocations& = delete;
  ~spared_allocations();
};

/// Calls `operation` again and again: its first allocation fails, then its second, until one call needs
/// fewer. `operation` must begin in the same state each time. `std::bad_alloc` is caught here; `after`
/// hears, without faults, whether this call has failed, and looks at what must hold.
/// Returns how many allocations the operation makes.
/// Throws    whatever else `operation` throws; `misuse` when `operator new` never asks `may_allocate`.
auto for_each_allocation(std::function<void()> const& operation,
                         std::function<void(bool failed)> const& after = {}) -> std::uint64_t;

/// While it lives, the start of a thread number `which` fails, in the whole process; 0: none does.
class [[nodiscard]] failing_thread_start {
 public:
  explicit failing_thread_start(std::uint32_t which) noexcept;
  failing_thread_start(failing_thread_start const&) = delete;
  auto operator=(failing_thread_start const&) -> failing_thread_start& = delete;
  ~failing_thread_start();

  /// True once it has happened.
  [[nodiscard]] auto failed() const noexcept -> bool;

 private:
  bool planted_;
  std::uint32_t before_;
};

}  // namespace sluice::testing
