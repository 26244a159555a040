#include <catch2/catch_test_macros.hpp>

#include <sluice/lockfree/ref_count.hpp>
#include <sluice/model/explore.hpp>
#include <tests/support/explored.hpp>

using namespace sluice;
using model::atomics;

namespace {

struct object {
  basic_ref_count<atomics> owners{2};
  model::cell<int> value{std::in_place, 0};
};

}  // namespace

TEST_CASE("the last owner destroys after everything that the others did", "[lockfree][model][everyday]") {
  support::explored("ref_count").all([](model::execution& run) {
    auto* const shared = atomics::allocate<object>();
    auto const own = [=](bool writes) {
      if (writes) shared->value.write([](int& v) { v = 1; });
      if (shared->owners.release()) atomics::deallocate(shared);
    };
    run.thread([=] { own(true); });
    run.thread([=] {
      shared->owners.acquire();
      if (shared->owners.release()) atomics::deallocate(shared);
      own(false);
    });
    run.join();
  });
}

TEST_CASE("an owner is either had or too late, never both", "[lockfree][model][everyday]") {
  support::explored("ref_count").all([](model::execution& run) {
    basic_ref_count<atomics> owners;
    bool had = false, last = false, last_again = false;
    run.thread([&] { last = owners.release(); });
    run.thread([&] {
      had = owners.try_acquire();
      if (had) last_again = owners.release();
    });
    run.join();
    run.check(last != last_again, "exactly one is the last");
    run.check(had || last, "who came too late found it gone");
  });
}
