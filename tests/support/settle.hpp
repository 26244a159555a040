// settle — a simulation up to where nothing happens any more before time passes.
#pragma once

#include <sluice/testing/deterministic_runtime.hpp>

namespace support {

/// Runs everything that is runnable now, and what that makes runnable.
inline void settle(sluice::testing::deterministic_runtime& rt) { (void)rt.run_until(rt.now()); }

}  // namespace support
