// probe — the door through which instruments learn what happens, and its empty twin.
//
// A room that does something worth knowing calls one verb. In a program built with
// SLUICE_OBSERVED=1 (the target `sluice_observed`) that costs one branch, and a call when somebody
// listens; in any other it is nothing at all.
#pragma once

#include <sluice/probe/sink.hpp>

#if defined(SLUICE_OBSERVED) && SLUICE_OBSERVED
#include <atomic>
#endif

namespace sluice::probe {

#if defined(SLUICE_OBSERVED) && SLUICE_OBSERVED

inline constexpr bool observed = true;

namespace detail {
inline std::atomic<sink*> installed{nullptr};
inline thread_local constinit place here{};
}  // namespace detail

/// Says on which worker, and in which task, this thread now is.
inline void at(place where) noexcept { detail::here = where; }
/// What was said last.
[[nodiscard]] inline auto here() noexcept -> place { return detail::here; }

inline void emit(verb what, std::uint64_t a = 0, std::uint64_t b = 0) noexcept {
  if (auto* listener = detail::installed.load(std::memory_order_acquire))
    listener->on(what, detail::here, a, b);
}

/// Installs a listener for the whole process; null for none.
inline void listen(sink* listener) noexcept {
  detail::installed.store(listener, std::memory_order_release);
}

#else

inline constexpr bool observed = false;

inline void at(place) noexcept {}
[[nodiscard]] inline auto here() noexcept -> place { return {}; }
inline void emit(verb, std::uint64_t = 0, std::uint64_t = 0) noexcept {}
inline void listen(sink*) noexcept {}

#endif

inline void spawned() noexcept { emit(verb::spawned); }
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

}  // namespace sluice::probe
