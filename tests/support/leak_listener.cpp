// After every test case: no coroutine frame and no counted value may be left alive.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include <catch2/catch_all.hpp>

#include <sluice/observe/leak_check.hpp>
#include <tests/support/tracked.hpp>

namespace {

/// What is alive when a test case begins.
struct alive_before {
  sluice::leak_check frames;
  std::int64_t values = values_now();
  static auto values_now() -> std::int64_t { return support::tracked::alive + support::explosive::alive; }
};

/// A listener cannot fail a test case, and a leak taints everything after it: it ends the program.
class leak_listener final : public Catch::EventListenerBase {
 public:
  using EventListenerBase::EventListenerBase;

  void testCasePartialStarting(Catch::TestCaseInfo const&, std::uint64_t) override { before_.emplace(); }

  void testCasePartialEnded(Catch::TestCaseStats const& ended, std::uint64_t) override {
    auto const left = before_->frames.left();
    auto const values = alive_before::values_now() - before_->values;
    if (left.frames == 0 && values == 0) return;  // fewer than before is wrong as well
    std::fprintf(stderr, "leak: \"%s\" left %lld coroutine frames and %lld values alive\n",
                 ended.testInfo->name.c_str(), static_cast<long long>(left.frames),
                 static_cast<long long>(values));
    std::abort();
  }

 private:
  std::optional<alive_before> before_;
};

}  // namespace

CATCH_REGISTER_LISTENER(leak_listener)
