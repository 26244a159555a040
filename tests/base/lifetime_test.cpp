#include <sluice/base/manual_lifetime.hpp>
#include <sluice/base/scope_exit.hpp>

#include <stdexcept>

#include <catch2/catch_test_macros.hpp>

#include <tests/support/tracked.hpp>

using namespace sluice;
using support::tracked;

TEST_CASE("room for a value makes and destroys none by itself", "[base]") {
  {
    manual_lifetime<tracked> room;
    CHECK(tracked::alive == 0);
    CHECK(room.construct(3).value() == 3);
    CHECK(tracked::alive == 1);
    CHECK(room.get().value() == 3);
    room.destroy();
    CHECK(tracked::alive == 0);
  }
  CHECK(tracked::alive == 0);
}

TEST_CASE("what is to be done at the end of a scope is done on every way out", "[base]") {
  int done = 0;
  {
    scope_exit const at_end{[&] { ++done; }};
    CHECK(done == 0);
  }
  CHECK(done == 1);
  try {
    scope_exit const at_end{[&] { ++done; }};
    throw std::runtime_error("out");
  } catch (std::runtime_error const&) {
    CHECK(done == 2);
  }
}
