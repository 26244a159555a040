// fault — what can be wrong with an execution.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::model {

enum class fault : std::uint8_t {
  none,
  data_race,
  use_after_free,
  double_free,
  leak,
  uninitialised_read,
  deadlock,
  lost_wake_up,
  livelock,
  failed_assertion,
  not_linearizable,
  not_repeatable,  ///< the program did something else than the last time: it draws on what is not its own
};

[[nodiscard]] constexpr auto name(fault kind) noexcept -> std::string_view {
  switch (kind) {
    case fault::none: return "none";
    case fault::data_race: return "data race";
    case fault::use_after_free: return "use after free";
    case fault::double_free: return "double free";
    case fault::leak: return "leak";
    case fault::uninitialised_read: return "uninitialised read";
    case fault::deadlock: return "deadlock";
    case fault::lost_wake_up: return "lost wake-up";
    case fault::livelock: return "livelock";
    case fault::failed_assertion: return "failed assertion";
    case fault::not_linearizable: return "not linearizable";
    case fault::not_repeatable: return "not repeatable";
  }
  return "unknown";
}

}  // namespace sluice::model
