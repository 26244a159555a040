// After every test case: no coroutine frame and no counted value may be left alive.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include <catch2/catch_all.hpp>

#include <sluice/task/frame_pool.hpp>
#include <tests/support/tracked.hpp>

namespace {

struct alive_now {
  std::int64_t frames = static_cast<std::int64_t>(sluice::count_frames().alive());
  std::int64_t values = support::tracked::alive + support::explosive::alive;
};

/// A listener cannot fail a test case, and a leak taints everything after it: it ends the program.
class leak_listener final : public Catch::EventListenerBase {
 public:
  using EventListenerBase::EventListenerBase;

  void testCasePartialStarting(Catch::TestCaseInfo const&, std::uint64_t) override { before_ = {}; }

  void testCasePartialEnded(Catch::TestCaseStats const& ended, std::uint64_t) override {
    alive_now const after;
    if (after.frames == before_.frames && after.values == before_.values) return;
    std::fprintf(stderr, "leak: \"%s\" left %lld coroutine frames and %lld values alive\n",
                 ended.testInfo->name.c_str(), static_cast<long long>(after.frames - before_.frames),
                 static_cast<long long>(after.values - before_.values));
    std::abort();
  }

 private:
  alive_now before_;
};

}  // namespace

CATCH_REGISTER_LISTENER(leak_listener)
