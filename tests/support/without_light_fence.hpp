// without_light_fence — the checker's atomics, as on a system that has no fence for all threads.
#pragma once

#include <sluice/model/atomics.hpp>

namespace support {

struct without_light_fence : sluice::model::atomics {
  static auto has_light_fence() noexcept -> bool { return false; }
};

}  // namespace support
