// probe — the door through which instruments learn what happens, and its empty twin.
//
// A room that does something worth knowing calls one verb. In a program built with
// SLUICE_OBSERVED=1 (the target `sluice_observed`) that costs one branch, and a call when somebody
// listens; in any other it is nothing at all.
#pragma once

#include <cstddef>
#include <source_location>

#include <sluice/probe/sink.hpp>

// Whether waits are told, with the place and the length of each. Not in WebAssembly: a page has no use
// for them, and its modules would carry the name of every function that awaits something.
#if defined(SLUICE_OBSERVED) && SLUICE_OBSERVED && !defined(__EMSCRIPTEN__)
#define SLUICE_TELLS_WAITS 1
#else
#define SLUICE_TELLS_WAITS 0
#endif

#if defined(SLUICE_OBSERVED) && SLUICE_OBSERVED
#include <atomic>
#endif

namespace sluice::probe {

/// Whether waits are told; if not, no `waited` and no `woken` comes.
inline constexpr bool tells_waits = SLUICE_TELLS_WAITS != 0;

/// How many sinks can listen at once, beside the one of `listen`.
inline constexpr std::size_t most_attached = 7;

#if defined(SLUICE_OBSERVED) && SLUICE_OBSERVED

inline constexpr bool observed = true;

namespace detail {
inline std::atomic<sink*> installed{nullptr};
inline std::atomic<int> timing{0};  // how many of the sinks want to know how long waits are
inline thread_local constinit place here{};
inline thread_local constinit remark said{};
inline thread_local constinit std::source_location awaiting{};
}  // namespace detail

/// Says on which worker, and in which task, this thread now is.
inline void at(place where) noexcept { detail::here = where; }
/// What was said last.
[[nodiscard]] inline auto here() noexcept -> place { return detail::here; }

inline void emit(verb what, std::uint64_t a = 0, std::uint64_t b = 0) noexcept {
  if (auto* listener = detail::installed.load(std::memory_order_acquire))
    listener->on(what, detail::here, a, b);
}
/// The same, with something that is no part of the record.
inline void emit(verb what, std::uint64_t a, std::uint64_t b, remark more) noexcept {
  if (auto* listener = detail::installed.load(std::memory_order_acquire)) {
    detail::said = more;
    listener->on(what, detail::here, a, b);
    detail::said = {};
  }
}
/// For a sink, while it is told of an event: what belongs to it.
[[nodiscard]] inline auto said() noexcept -> remark const& { return detail::said; }

/// Installs the one listener of a run, for the whole process; null for none.
void listen(sink* listener) noexcept;

/// Installs one more. With `times_waits` each wait reads the clock twice, and `waited` is told.
/// Throws    `misuse` when `most_attached` listen already.
/// Lifetime  A thread that was inside `on` when the sink was detached may still be: a sink lives as
///           long as the process, or is detached while nothing runs.
void attach(sink& listener, bool times_waits = false);
/// Takes it away again; harmless when it is not there.
void detach(sink& listener) noexcept;

/// Somebody wants to know how long waits are.
[[nodiscard]] inline auto times_waits() noexcept -> bool {
  return detail::timing.load(std::memory_order_relaxed) != 0;
}

/// The coroutine that runs on this thread is about to await something, there.
inline void awaits(std::source_location where) noexcept { detail::awaiting = where; }
/// Where that was.
[[nodiscard]] inline auto awaiting() noexcept -> std::source_location { return detail::awaiting; }

#else

inline constexpr bool observed = false;

inline void at(place) noexcept {}
[[nodiscard]] inline auto here() noexcept -> place { return {}; }
inline void emit(verb, std::uint64_t = 0, std::uint64_t = 0) noexcept {}
inline void emit(verb, std::uint64_t, std::uint64_t, remark) noexcept {}
[[nodiscard]] inline auto said() noexcept -> remark { return {}; }
inline void listen(sink*) noexcept {}
inline void attach(sink&, bool = false) {}
inline void detach(sink&) noexcept {}
[[nodiscard]] inline auto times_waits() noexcept -> bool { return false; }
inline void awaits(std::source_location) noexcept {}
[[nodiscard]] inline auto awaiting() noexcept -> std::source_location { return {}; }

#endif

inline void spawned() noexcept { emit(verb::spawned); }
/// With its number, and where it was spawned.
inline void spawned(std::uint32_t task, std::source_location where) noexcept {
  if constexpr (observed) emit(verb::spawned, task, 0, {nullptr, where});
}
inline void ended() noexcept { emit(verb::ended); }
inline void resumed() noexcept { emit(verb::resumed); }
inline void suspended() noexcept { emit(verb::suspended); }
inline void parked() noexcept { emit(verb::parked); }
inline void unparked() noexcept { emit(verb::unparked); }
inline void stole(std::uint64_t victim) noexcept { emit(verb::stole, victim); }
inline void work_begun(std::uint64_t job, std::uint64_t stage) noexcept {
  emit(verb::work_begun, job, stage);
}
inline void work_ended(std::uint64_t job, std::uint64_t stage) noexcept {
  emit(verb::work_ended, job, stage);
}
inline void retried(std::uint64_t times) noexcept { emit(verb::retried, times); }

/// A channel that belongs to no series (0) stays silent; series are numbered from 1.
inline void sent(std::uint32_t series, std::uint64_t depth) noexcept {
  if (observed && series != 0) emit(verb::sent, series, depth);
}
inline void received(std::uint32_t series, std::uint64_t depth) noexcept {
  if (observed && series != 0) emit(verb::received, series, depth);
}
inline void dropped(std::uint32_t series) noexcept {
  if (observed && series != 0) emit(verb::dropped, series);
}

inline void channel_made(std::uint64_t capacity) noexcept { emit(verb::channel_made, capacity); }
inline void channel_gone() noexcept { emit(verb::channel_gone); }

/// A mutex was taken, after a wait or at once.
inline void locked(bool after_a_wait) noexcept { emit(verb::locked, after_a_wait ? 1 : 0); }

}  // namespace sluice::probe
