// record — what an instrument is told: the verbs, and the thirty-two bytes each one leaves behind.
#pragma once

#include <cstdint>

namespace sluice::probe {

/// What happened. The numbers are part of the trace format: add at the end, never renumber.
enum class verb : std::uint16_t {
  spawned = 1,     ///< a task began its life
  ended = 2,       ///< a task ended
  resumed = 3,     ///< a worker took a task up
  suspended = 4,   ///< a worker laid a task down
  parked = 5,      ///< a worker fell asleep
  unparked = 6,    ///< a worker was woken
  work_begun = 7,  ///< a: job, b: stage
  work_ended = 8,  ///< a: job, b: stage
  sent = 9,        ///< a: series, b: depth afterwards
  received = 10,   ///< a: series, b: depth afterwards
  dropped = 11,    ///< a: series
  retried = 12,    ///< a: how often
  stole = 13,      ///< a: the victim's worker
  cancelled = 14,  ///< a: job
  left = 15,       ///< a: stage whose consumer left
  channel_made = 16,  ///< a: its capacity
  channel_gone = 17,
  locked = 18,        ///< a mutex was taken; a: 1 after a wait, else 0
  waited = 19,        ///< a wait is over; a: how long it was, ns, b: when it began
  woken = 20,         ///< a: the task that is runnable again
  span_begun = 21,    ///< a: its track, see `trace::span`
  span_ended = 22,    ///< a: its track
};

/// The last of the verbs that the trace of a run consists of. Those behind it came later and are for
/// instruments that ask for them: what a run leaves, and its hash, stay what they were.
inline constexpr verb last_of_a_run = verb::left;

/// The worker of a thread that is none.
inline constexpr std::uint16_t outside = 0xffff;

/// Where something happens: which task, on which worker.
struct place {
  std::uint32_t task = 0;
  std::uint16_t worker = outside;
};

/// One event of a trace. Neither pointers nor paths: two runs of one seed leave the same bytes.
/// Units     `time` in nanoseconds since the run began.
struct record {
  std::uint64_t time = 0;
  std::uint32_t task = 0;
  verb what{};
  std::uint16_t worker = 0;
  std::uint64_t a = 0;
  std::uint64_t b = 0;
};
static_assert(sizeof(record) == 32);

}  // namespace sluice::probe
