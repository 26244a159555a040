// workers — how many workers a runtime of a test has.
#pragma once

#include <cstdlib>
#include <string>
#include <vector>

namespace support {

/// Those of the whole run, where SLUICE_TEST_WORKERS says how many; 0 where it does not. So all tests that run
/// on threads can be run with one, two, four and eight.
inline auto workers_of_the_run() -> unsigned {
  static auto const told = [] {
    auto const* const text = std::getenv("SLUICE_TEST_WORKERS");
    return text == nullptr ? 0U : static_cast<unsigned>(std::stoul(text));
  }();
  return told;
}

/// `usual`, unless the run has its own; for tests that need no particular number.
inline auto workers(unsigned usual) -> unsigned {
  return workers_of_the_run() != 0 ? workers_of_the_run() : usual;
}

/// One after the other, unless the run has its own.
inline auto each_number_of_workers() -> std::vector<unsigned> {
  if (workers_of_the_run() != 0) return {workers_of_the_run()};
#if defined(__EMSCRIPTEN__)
  return {1, 2, 4};  // threads are dear
#else
  return {1, 2, 4, 8};
#endif
}

}  // namespace support
