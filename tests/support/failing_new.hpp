// failing_new — whether allocations of this test program can be made to fail.
#pragma once

#include <new>

#include <catch2/catch_test_macros.hpp>

#include <sluice/testing/faults.hpp>

namespace support {

/// ThreadSanitizer brings an `operator new` of its own, which asks nobody.
inline void skip_unless_allocations_fail() {
  sluice::testing::failing_allocation const counts{0};
  ::operator delete(::operator new(1));
  if (counts.count() == 0) SKIP("no allocation can be made to fail in this build");
}

}  // namespace support
