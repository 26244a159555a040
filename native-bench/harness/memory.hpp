// memory — how much of this process is in memory.
#pragma once

#include <cstdint>
#include <fstream>
#include <unistd.h>

namespace sluice::bench {

/// The resident bytes of this process; 0 where the system does not tell (no /proc).
inline auto resident_bytes() -> std::int64_t {
  std::ifstream file{"/proc/self/statm"};
  std::int64_t total = 0;
  std::int64_t resident = 0;
  return file >> total >> resident ? resident * ::sysconf(_SC_PAGESIZE) : 0;
}

}  // namespace sluice::bench
