#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/platform/fiber.hpp>
#include <sluice/platform/thread.hpp>
#include <sluice/scenarios/run.hpp>

using namespace sluice;
using namespace sluice::scenarios;

namespace {

auto explored(std::string_view scenario, std::string_view params, engine_kind engine) -> outcome {
  auto const found = find(scenario);
  REQUIRE(found);
  auto v = values::defaults(**found);
  REQUIRE(v.set_all(params));
  auto const ended = run_to_end({.what = *found, .params = std::move(v), .seed = 7, .engine = engine});
  REQUIRE(ended);
  return *ended;
}

auto engines() -> std::vector<engine_kind> {
  std::vector all{engine_kind::sim};
  if (platform::has_threads) all.push_back(engine_kind::threads);
  return all;
}

auto finding_of(outcome const& of, std::string_view name) -> std::string {
  auto const at = std::ranges::find(of.findings, name, &finding::name);
  return at == of.findings.end() ? "" : at->value;
}

void check_whole(outcome const& of) {
  INFO(of.failure);
  CHECK(of.state == run_state::finished);
  for (auto const& each : of.invariants) {
    CAPTURE(each.name, each.expected, each.actual);
    CHECK(each.held);
  }
  CHECK(of.items_out > 0);
  CHECK(of.items_in == of.items_out);
}

struct known_outcome {
  char const* params;
  char const* outcome;
  bool seen;
  std::uint64_t executions;
};

// Rows 1 to 3, 11, 14, 15, 27 to 29 of the litmus table, as the scenario spells them.
constexpr known_outcome known[] = {
    {"test=store-buffering&order=relaxed", "left 0, right 0", true, 4},
    {"test=store-buffering&order=release-acquire", "left 0, right 0", true, 4},
    {"test=store-buffering&order=sequential", "left 0, right 0", false, 3},
    {"test=message-passing&order=relaxed", "flag 1, data 0", true, 4},
    {"test=message-passing&order=release-acquire", "flag 1, data 0", false, 3},
    {"test=message-passing&order=sequential", "flag 1, data 0", false, 3},
    {"test=two-readers&order=relaxed", "x 1 y 0, y 1 x 0", true, 16},
    {"test=two-readers&order=release-acquire", "x 1 y 0, y 1 x 0", true, 16},
    {"test=two-readers&order=sequential", "x 1 y 0, y 1 x 0", false, 15},
};

}  // namespace

TEST_CASE("memory orders come to exactly the outcomes that C++ allows", "[scenarios][model]") {
  if (!platform::has_fibers) SKIP("no stacks for modelled threads");
  auto const& each = GENERATE(from_range(std::begin(known), std::end(known)));
  auto const engine = GENERATE(from_range(engines()));
  CAPTURE(each.params, engine);
  auto const ended = explored("memory-orders", each.params, engine);
  check_whole(ended);
  CHECK(ended.items_out == each.executions);
  CHECK(finding_of(ended, "visited") == "every one there is");
  auto const once = "1 of " + std::to_string(each.executions) + " executions";
  CHECK((finding_of(ended, each.outcome) == once) == each.seen);
}

TEST_CASE("what is wrong with the naive stack is found, and that is the end the run is to come to",
          "[scenarios][model][D5]") {
  if (!platform::has_fibers) SKIP("no stacks for modelled threads");
  auto const engine = GENERATE(from_range(engines()));
  auto const twice = explored("aba", "stack=recycled", engine);
  check_whole(twice);
  CHECK(finding_of(twice, "found") == "failed assertion");
  CHECK(finding_of(twice, "how it came about").find("every node is in one place") != std::string::npos);
  CHECK(finding_of(twice, "visited") == "those before the end");
  auto const gone = explored("aba", "stack=freed", engine);
  check_whole(gone);
  CHECK(finding_of(gone, "found") == "use after free");
}

TEST_CASE("the stack that ships is visited whole by the same program, and nothing is wrong",
          "[scenarios][model][D5]") {
  if (!platform::has_fibers) SKIP("no stacks for modelled threads");
  auto const* const params = GENERATE("stack=hazard", "stack=epochs");
  CAPTURE(params);
  auto const ended = explored("aba", params, engine_kind::sim);
  check_whole(ended);
  CHECK(ended.items_out > 100);
  CHECK(finding_of(ended, "found").empty());
  CHECK(finding_of(ended, "visited") == "every one there is");
}

TEST_CASE("an exploration that is told how far to go does not claim to have seen all", "[scenarios][model]") {
  if (!platform::has_fibers) SKIP("no stacks for modelled threads");
  auto const ended = explored("aba", "stack=hazard&executions=20", engine_kind::sim);
  check_whole(ended);
  CHECK(ended.items_out == 20);
  CHECK(finding_of(ended, "visited") == "those before the end");
}

TEST_CASE("a build that cannot explore says so at once", "[scenarios][model]") {
  if (platform::has_fibers) SKIP("this build explores");
  auto const* const scenario = GENERATE("aba", "memory-orders");
  auto const ended = explored(scenario, "", engine_kind::sim);
  CHECK(ended.state == run_state::failed);
  CHECK(ended.failure.find("cannot explore") != std::string::npos);
  CHECK(ended.elapsed_ns == 0);
}
