#include <sluice/scenarios/rig.hpp>

#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <sluice/scenarios/run.hpp>
#include <sluice/sync/event.hpp>

using namespace sluice;
using namespace sluice::scenarios;

namespace {

/// Waits for what never comes, in two tasks; answers how many gave up.
task<int> wait_in_vain(rig& r, context const& ctx) {
  event never;
  auto waits = [](context until, event& what) -> task<bool> {
    co_return !(co_await what.wait(until)).has_value();
  };
  auto other = spawn(r.home(), waits(ctx, never));
  auto const mine = co_await waits(ctx, never);
  co_return (mine ? 1 : 0) + (co_await std::move(other) ? 1 : 0);
}

task<void> expecting(rig& r, values const&) {
  auto rest = with_cancel(r.ctx());
  int met = 0;
  r.expect_deadlock([&] {
    ++met;
    r.found("seen", "yes");
    rest.cancel();
  });
  auto const gave_up = co_await wait_in_vain(r, rest.ctx());
  r.check("deadlocks", 1, static_cast<std::uint64_t>(met));
  r.check("gave up", 2, static_cast<std::uint64_t>(gave_up));
}

task<void> unaware(rig& r, values const&) {
  event never;
  (void)co_await never.wait(r.ctx());
}

/// Expects one, and comes to another.
task<void> expecting_one(rig& r, values const&) {
  event never;
  auto rest = with_cancel(r.ctx());
  r.expect_deadlock([&] { rest.cancel(); });
  (void)co_await never.wait(rest.ctx());
  (void)co_await never.wait(r.ctx());
}

auto run_of(task<void> (*body)(rig&, values const&), engine_kind engine) -> outcome {
  scenario const what{
      .id = "vain", .family = family_kind::tasks, .title = "", .promise = "", .question = "",
      .group = "", .group_note = "", .source = "", .item_name = "", .sim_note = "",
      .parameters = {}, .pictures = {}, .notice = {}, .hero = {},
      .workers = [](values const&) { return 2U; }, .run = body};
  auto const ended = run_to_end(
      {.what = &what, .params = values::defaults(what), .seed = 7, .engine = engine});
  REQUIRE(ended);
  return *ended;
}

}  // namespace

TEST_CASE("a deadlock that a scenario expects is told to it, and the run goes on", "[scenarios][threads][G4]") {
  auto const ended = run_of(expecting, GENERATE(engine_kind::sim, engine_kind::threads));
  INFO(ended.failure);
  CHECK(ended.state == run_state::finished);
  REQUIRE(ended.findings.size() == 1);
  CHECK(ended.findings[0].name == "seen");
}

TEST_CASE("a deadlock that nobody expects fails the run with the words of the runtime",
          "[scenarios][threads][G4]") {
  auto const body = GENERATE(unaware, expecting_one);
  auto const ended = run_of(body, GENERATE(engine_kind::sim, engine_kind::threads));
  CHECK(ended.state == run_state::failed);
  CHECK(ended.failure.starts_with("every task waits and nothing can wake one"));
  CHECK(ended.failure.find("waits for an event") != std::string::npos);
}
