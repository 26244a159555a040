#include <limits>
#include <string>

#include <boundary/playground.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using sluice::scenarios::run_state;
using sluice::wasm::playground;

namespace {

constexpr auto for_ever = std::numeric_limits<double>::infinity();

auto has(std::string const& text, std::string_view part) -> bool {
  return text.find(part) != text.npos;
}

}  // namespace

TEST_CASE("the boundary runs a scenario in slices and then tells its outcome", "[wasm]") {
  playground page;
  CHECK(page.state() == run_state::idle);
  CHECK(page.outcome_json().empty());
  REQUIRE(page.start("sim", "worker-pool", "jobs=200&workers=2", "c0ffee") == R"({"ok":true})");
  CHECK(page.state() == run_state::running);
  CHECK(page.slice(1e6, 100) == run_state::running);
  CHECK(page.slice(for_ever, 0) == run_state::finished);
  auto const outcome = page.outcome_json();
  CHECK(has(outcome, R"("state":"finished")"));
  CHECK(has(outcome, R"("seed":"c0ffee")"));
  CHECK(has(outcome, R"("workers":2)"));
  CHECK(page.telemetry().state.load() == static_cast<std::uint32_t>(run_state::finished));
}

TEST_CASE("what cannot be started is answered with a code and a sentence", "[wasm]") {
  playground page;
  CHECK(has(page.start("sim", "no-such", "", "7"), R"("code":"E_SCENARIO")"));
  CHECK(has(page.start("sim", "worker-pool", "workers=0", "7"), "workers = 0 is out of range (1 to 64)"));
  CHECK(has(page.start("sim", "worker-pool", "", "xyz"), R"("code":"E_PARAM")"));
  CHECK(has(page.start("both", "worker-pool", "", "7"), R"("code":"E_PARAM")"));
  CHECK(page.state() == run_state::idle);
}

TEST_CASE("a second run is refused while one is alive, and welcome afterwards", "[wasm]") {
  playground page;
  REQUIRE(page.start("sim", "pipeline", "items=50", "7") == R"({"ok":true})");
  CHECK(has(page.start("sim", "pipeline", "items=50", "7"), R"("code":"E_BUSY")"));
  page.stop();
  CHECK(page.state() == run_state::cancelled);
  auto const first = page.telemetry().run.load();
  REQUIRE(page.start("sim", "pipeline", "items=50", "7") == R"({"ok":true})");
  CHECK(page.telemetry().run.load() == first + 1);
  CHECK(page.slice(for_ever, 0) == run_state::finished);
}

TEST_CASE("threads needed are the workers and their supervisor", "[wasm]") {
  playground page;
  CHECK(page.threads_needed("worker-pool", "workers=4") == 5);
  CHECK(page.threads_needed("lock-free-queue", "producers=3&consumers=2") == 6);
  CHECK(page.threads_needed("worker-pool", "workers=0") == -1);
  CHECK(page.threads_needed("no-such", "") == -1);
}

TEST_CASE("a paused simulation takes single steps", "[wasm]") {
  playground page;
  REQUIRE(page.start("sim", "worker-pool", "jobs=100", "7") == R"({"ok":true})");
  page.pause();
  CHECK(page.slice(for_ever, 0) == run_state::paused);
  auto const before = page.telemetry().trace_count.load();
  CHECK(page.step(50) == run_state::paused);
  CHECK(page.telemetry().trace_count.load() > before);
  page.resume();
  CHECK(page.slice(for_ever, 0) == run_state::finished);
}

TEST_CASE("a live parameter is set through the boundary, with the same answers", "[wasm]") {
  playground page;
  CHECK(has(page.set_live("rate", "100"), R"("ok":false)"));
  REQUIRE(page.start("sim", "worker-pool", "", "7") == R"({"ok":true})");
  CHECK(page.set_live("rate", "100") == R"({"ok":true})");
  CHECK(has(page.set_live("rate", "1"), "out of range"));
  CHECK(has(page.set_live("workers", "3"), "cannot change"));
}

TEST_CASE("the layout names fields inside the block, and the block does not move", "[wasm]") {
  playground page;
  auto const layout = page.layout_json();
  CHECK(has(layout, "\"bytes\":" + std::to_string(sizeof(sluice::telemetry_block))));
  auto const address = page.telemetry_address();
  REQUIRE(page.start("sim", "lock-free-queue", "operations=1000", "7") == R"({"ok":true})");
  CHECK(page.slice(for_ever, 0) == run_state::finished);
  CHECK(page.telemetry_address() == address);
  CHECK(page.telemetry().magic.load() == sluice::telemetry_block::expected_magic);
}

TEST_CASE("starting and stopping on threads fifty times leaves nothing behind", "[wasm][threads]") {
  playground page;
  for (int i = 0; i < 50; ++i) {
    REQUIRE(page.start("threads", "worker-pool", "jobs=1000000&work=50&workers=2", "7") ==
            R"({"ok":true})");
    while (page.telemetry().read(sluice::counter::items_in) == 0) std::this_thread::yield();
    page.stop();
    while (!is_final(page.state())) std::this_thread::yield();
    REQUIRE(page.state() == run_state::cancelled);
    REQUIRE(has(page.outcome_json(), R"("failure":"")"));
  }
}
