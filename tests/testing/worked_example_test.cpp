// The worked example of core/docs/testing.md: what stands between the marks stands there, too.
#include <fstream>
#include <sstream>
#include <string>

#include <catch2/catch_test_macros.hpp>

// [example]
#include <sluice/sync/mutex.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/testing/for_each_seed.hpp>
#include <sluice/time/sleep.hpp>

namespace bank {

struct account {
  sluice::mutex lock;
  int cents = 0;
};

/// Moves money if there is enough; asking the ledger takes a while.
sluice::task<bool> transfer(sluice::context ctx, account& from, account& to, int cents) {
  auto held = co_await from.lock.lock(ctx);
  if (!held || from.cents < cents) co_return false;
  auto const left = from.cents - cents;
  held->unlock();  // "nobody needs to wait for the ledger"
  if (!co_await sluice::sleep_for(ctx, std::chrono::milliseconds{2})) co_return false;
  auto const again = co_await from.lock.lock(ctx);
  auto const other = co_await to.lock.lock(ctx);
  if (!again || !other) co_return false;
  from.cents = left;
  to.cents += cents;
  co_return true;
}

}  // namespace bank

/// One customer, who pays at some moment.
sluice::task<void> pays(sluice::context ctx, bank::account& from, bank::account& to, sluice::duration at) {
  if (co_await sluice::sleep_for(ctx, at)) (void)co_await bank::transfer(ctx, from, to, 30);
}

/// The state first, then the runtime, so that tasks end before what they use.
void two_payments(sluice::testing::trial& t) {
  bank::account mine;
  bank::account yours;
  mine.cents = 100;
  sluice::testing::deterministic_runtime rt{t};
  for (int i = 0; i < 2; ++i) {
    auto const at = std::chrono::milliseconds{t.draw(20)};
    rt.spawn(pays(rt.ctx(), mine, yours, at)).detach();
  }
  (void)rt.run();
  t.check(mine.cents + yours.cents == 100, "no money is made or lost");
}
// [/example]

TEST_CASE("the worked example finds its bug, and says how", "[testing][Z5]") {
  auto const report = sluice::testing::for_each_seed(500, two_payments);
  INFO(report.text);
  REQUIRE(report.failure == sluice::testing::failure_kind::check);
  CHECK(report.text.find("no money is made or lost (worked_example_test.cpp:") != std::string::npos);
  CHECK(report.text.find("had waited for a timer") != std::string::npos);
  CHECK_FALSE(sluice::testing::replay(report.replay, two_payments).passed());
  CHECK(sluice::testing::read_replay_line(report.replay).script.size() <= 2);  // the moments at most
}

TEST_CASE("the worked example bears a cancel anywhere where nobody meets", "[testing][X16][Z4]") {
  auto const apart = [](sluice::testing::trial& t) {
    bank::account mine;
    bank::account yours;
    mine.cents = 100;
    sluice::testing::deterministic_runtime rt{t};
    for (int i = 0; i < 2; ++i)
      rt.spawn(pays(rt.ctx(), mine, yours, std::chrono::milliseconds{10 * i})).detach();
    (void)rt.run();
    t.check(mine.cents + yours.cents == 100, "no money is made or lost");
  };
  auto const report = sluice::testing::for_each_fault(sluice::testing::fault_kind::cancel, apart);
  INFO(report.text);
  CHECK(report.passed());
  CHECK(report.fault_points >= 3);
}

#if !defined(__EMSCRIPTEN__)
TEST_CASE("the worked example of the page is the one that is compiled here", "[testing]") {
  auto const read = [](std::string const& name) {
    std::ifstream file{SLUICE_GOLDEN "/../../" + name};
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  };
  auto const source = read("tests/testing/worked_example_test.cpp");
  std::string const begin = "// [example]\n";
  auto const from = source.find(begin);
  auto const to = source.find("// [/example]");
  REQUIRE(from != std::string::npos);
  REQUIRE(to != std::string::npos);
  auto const example = source.substr(from + begin.size(), to - from - begin.size());
  CHECK(read("core/docs/testing.md").find("```cpp\n" + example + "```\n") != std::string::npos);
}
#endif
