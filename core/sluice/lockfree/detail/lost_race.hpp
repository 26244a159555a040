// lost_race — what a thread does after another one was quicker.
#pragma once

#include <sluice/atomics/backoff.hpp>
#include <sluice/atomics/policy.hpp>

namespace sluice::detail {

/// Called after an exchange that failed because somebody else's succeeded. The thread may try again at
/// once; to wait a little first leaves the line to the winner. That is a matter of time and not of
/// meaning: nothing need ever happen for the next try to succeed. Where there is no time, as in a
/// checker whose `spin_hint` waits until something is written, the policy says so by a `lost_race` of
/// its own.
/// Threads   an object per operation.
template <atomics_policy Atomics>
class lost_race {
 public:
  void operator()() noexcept {
    if constexpr (requires { Atomics::lost_race(); }) Atomics::lost_race();
    else wait_();
  }

 private:
  basic_backoff<Atomics> wait_;
};

}  // namespace sluice::detail
