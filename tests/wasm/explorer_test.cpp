#include <catch2/catch_test_macros.hpp>

#include <string>

#include <boundary/explorer.hpp>
#include <sluice/platform/fiber.hpp>
#include <tests/support/effort.hpp>

using namespace sluice;

namespace {

auto explored(wasm::explorer& explorer) -> std::string {
  for (int most = 10'000; most > 0; --most) {
    explorer.advance(20);
    if (auto far = explorer.progress(); far.find(R"("state":"exploring")") == std::string::npos) return far;
  }
  return "never ended";
}

auto contains(std::string const& text, std::string_view part) -> bool { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("every preset of a healthy subject is explored without a fault, and of a wrong one with", "[wasm][explorer]") {
  if (!platform::has_fibers) SKIP("this build has no fibers");
  for (auto const* subject : scenarios::subjects())
    for (auto const& preset : subject->presets) {
      auto const program = scenarios::program_of(*subject, preset);
      REQUIRE(scenarios::check_program(*subject, program));
      std::uint64_t outcomes = 0;
      auto how = scenarios::options_of(program);
      how.executions = support::sanitized ? 300 : 3'000;
      auto const report = model::explore(subject->make(program, [&](model::execution&, std::string, bool) { ++outcomes; }), how);
      INFO(subject->id << " " << preset.id << "\n" << report.first_failure);
      CHECK((report.failures == 0) == subject->healthy);
      if (subject->healthy) CHECK(outcomes == report.executions);
    }
}

TEST_CASE("the explorer counts executions and outcomes, and keeps one execution of each", "[wasm][explorer]") {
  if (!platform::has_fibers) SKIP("this build has no fibers");
  wasm::explorer explorer;
  REQUIRE(explorer.start("subject message-passing\nchoice orders relaxed\nstop never") == R"({"ok":true})");
  auto const far = explored(explorer);
  CHECK(contains(far, R"("state":"complete","executions":4)"));
  CHECK(contains(far, R"("text":"a=1, b=0, x=1, y=1","count":1)"));
  CHECK(contains(far, R"("weak":true)"));
  auto const at = far.find("a=1, b=0");
  auto const choices = far.substr(far.find(R"("choices":")", at) + 11);
  explorer.replay(choices.substr(0, choices.find('"')));
  auto const seen = explorer.interleaving();
  CHECK(contains(seen, "x.load(relaxed) = 0, not the newest"));
  CHECK(contains(seen, R"("file":"litmus.cpp")"));
  CHECK(contains(explorer.progress(), R"("executions":4)"));  // a replay counts nothing
}

TEST_CASE("a violation carries the choices that show it again", "[wasm][explorer]") {
  if (!platform::has_fibers) SKIP("this build has no fibers");
  wasm::explorer explorer;
  REQUIRE(explorer.start("subject naive-stack\nchoice memory kept\nsetup push 1\nthread pop\nthread pop") == R"({"ok":true})");
  auto const far = explored(explorer);
  CHECK(contains(far, R"("state":"violated")"));
  CHECK(contains(far, R"("kind":"use after free")"));
  auto const choices = far.substr(far.rfind(R"("choices":")") + 11);
  explorer.replay(choices.substr(0, choices.find('"')));
  CHECK(contains(explorer.interleaving(), R"("kind":"fault","text":"use after free)"));
}

TEST_CASE("a program that cannot be run is refused with what is allowed", "[wasm][explorer]") {
  wasm::explorer explorer;
  auto const refused = [&](std::string_view program) { return explorer.start(program); };
  CHECK(contains(refused("subject no-such-thing"), "E_SCENARIO"));
  CHECK(contains(refused(""), "names its subject"));
  CHECK(contains(refused("subject treiber-stack\nthread dance"), R"(calls \"dance\")"));
  CHECK(contains(refused("subject treiber-stack\nthread push"), "without a value"));
  CHECK(contains(refused("subject treiber-stack\nthread push 100"), "from 0 to 99"));
  CHECK(contains(refused("subject treiber-stack\nthread pop\nthread pop\nthread pop\nthread pop\nthread pop"), "5 threads are outside 1 to 4"));
  CHECK(contains(refused("subject treiber-stack\nthread pop, pop, pop, pop, pop, pop"), "outside 0 to 5"));
  CHECK(contains(refused("subject spsc-ring\nthread pop\nthread pop"), "for the consumer only"));
  CHECK(contains(refused("subject message-passing\nchoice orders sideways"), "no option of orders"));
  CHECK(contains(refused("subject message-passing\nthread pop"), "brings its own threads"));
  CHECK(contains(refused("subject treiber-stack\nthread pop\nseed xyz"), "hexadecimal"));
  CHECK(contains(explorer.progress(), R"("state":"stopped","executions":0)"));
}
