# revision — writes revision.hpp when the revision of SOURCE is another than the one in it.
execute_process(COMMAND git describe --always --dirty=+changes --abbrev=12 --match "v[0-9]*"
  WORKING_DIRECTORY "${SOURCE}" OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT revision)
  set(revision "unknown")
endif()
file(CONFIGURE OUTPUT "${OUT}" CONTENT [[// revision — of what the program was built.
#pragma once

namespace sluice::bench {

constexpr char const* revision = "@revision@";

}  // namespace sluice::bench
]] @ONLY)
