// wait_note — what a task, or a thread, notes of its present wait. Empty unless waits are told.
#pragma once

#include <cstdint>
#include <limits>
#include <source_location>
#include <type_traits>
#include <utility>

#include <sluice/base/clock.hpp>
#include <sluice/probe/probe.hpp>

namespace sluice::probe {

#if SLUICE_TELLS_WAITS

/// When the present wait began, at which `co_await`, and how long it lasted once it is over. A wait is
/// over when somebody makes the task runnable, not when a worker takes it up.
///
/// Order     relaxed: `begin`, `over` and `end` are called one after the other by whoever has the task
///           in hand; a dump on another thread sees each word whole.
/// Units     nanoseconds of the clock that is passed in, which is asked only while somebody wants to know.
class wait_note {
 public:
  /// The task is about to suspend. It may find that it need not: then the next `begin` replaces this one.
  void begin(auto const& now) noexcept {
    at_.store(awaiting(), std::memory_order_relaxed);
    took_.store(not_over, std::memory_order_relaxed);
    began_.store(times_waits() ? count_of(now()) : none, std::memory_order_relaxed);
  }

  /// The task, number `task`, becomes runnable because somebody wakes it.
  void over(std::uint32_t task, auto const& now) noexcept {
    if (auto const began = began_.load(std::memory_order_relaxed); began != none)
      took_.store(count_of(now()) - began, std::memory_order_relaxed);
    emit(verb::woken, task);
  }

  /// A worker takes it up; `why` is what it waited for. One that nobody woke, because it only let
  /// others go first, has not waited.
  void end(char const* why) noexcept {
    auto const at = at_.load(std::memory_order_relaxed);
    awaits(at);  // it may wait again in the middle of the same `co_await`
    auto const began = began_.load(std::memory_order_relaxed);
    auto const took = took_.load(std::memory_order_relaxed);
    if (began == none) return;
    began_.store(none, std::memory_order_relaxed);
    if (took != not_over)
      emit(verb::waited, static_cast<std::uint64_t>(took < 0 ? 0 : took),
           static_cast<std::uint64_t>(began), {why, at});
  }

  /// For a dump: the instant, or `never` when it is not known.
  [[nodiscard]] auto since() const noexcept -> instant {
    auto const began = began_.load(std::memory_order_relaxed);
    return began == none ? never : instant{duration{began}};
  }
  /// For a dump: the `co_await` that the task reached last; a line of 0 before the first.
  [[nodiscard]] auto where() const noexcept -> std::source_location {
    return at_.load(std::memory_order_relaxed);
  }

 private:
  static constexpr auto none = std::numeric_limits<std::int64_t>::min();
  static constexpr std::int64_t not_over = -1;
  static auto count_of(instant now) noexcept -> std::int64_t { return now.time_since_epoch().count(); }

  std::atomic<std::int64_t> began_{none};
  std::atomic<std::int64_t> took_{not_over};
  std::atomic<std::source_location> at_{std::source_location{}};
};

/// The wait of a plain thread, from `begin` to `end` or the end of its scope.
class thread_wait {
 public:
  thread_wait() = default;
  thread_wait(thread_wait const&) = delete;
  auto operator=(thread_wait const&) -> thread_wait& = delete;
  ~thread_wait() { end(); }
  /// The thread goes to sleep, and `why`. `woken` may be called at any time from here on.
  void begin(char const* why) noexcept {
    if (!times_waits()) return;
    why_ = why;
    began_ = monotonic_ns();
  }
  /// It goes on. Harmless when it has not slept, or has ended this before.
  void end() noexcept {
    if (why_ != nullptr)
      emit(verb::waited, static_cast<std::uint64_t>(monotonic_ns() - began_),
           static_cast<std::uint64_t>(began_), {std::exchange(why_, nullptr), {}});
  }

 private:
  char const* why_ = nullptr;
  std::int64_t began_ = 0;
};

#else

class wait_note {
 public:
  void begin(auto const&) noexcept {}
  void over(std::uint32_t, auto const&) noexcept {}
  void end(char const*) noexcept {}
  [[nodiscard]] auto since() const noexcept -> instant { return never; }
  [[nodiscard]] auto where() const noexcept -> std::source_location { return {}; }
};

class thread_wait {
 public:
  void begin(char const*) noexcept {}
  void end() noexcept {}
};

static_assert(std::is_empty_v<wait_note> && std::is_empty_v<thread_wait>);

#endif

/// A fact that only instruments want to know; always false, and empty, where there are none.
template <bool Kept>
struct fact {
  bool is = false;
  void set(bool value) noexcept { is = value; }
};
template <>
struct fact<false> {
  static constexpr bool is = false;
  void set(bool) noexcept {}
};
using flag = fact<observed>;

}  // namespace sluice::probe
