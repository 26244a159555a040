#include <catch2/catch_test_macros.hpp>

#include "native-bench/harness/targets.hpp"

#include <string>

using namespace sluice::bench;

namespace {

auto table_of(std::string const& targets) -> std::string {
  return R"({"format":"sluice-targets","version":1,"targets":[)" + targets + "]}";
}

}  // namespace

TEST_CASE("a table of targets is read whole", "[bench]") {
  auto const read = read_targets(
      table_of(R"({"workload":"ping-pong/1w","against":"go","atLeast":8,"kind":"gate"},
                  {"workload":"ping-pong/1w","against":"go","atLeast":9,"kind":"aim"},
                  {"workload":"spawn/2w","against":"go","atLeast":2.5,"kind":"aim"})"));
  REQUIRE(read);
  REQUIRE(read->size() == 3);
  auto const both = find_targets(*read, "ping-pong/1w", "go");
  REQUIRE(both.size() == 2);
  CHECK(both[0].kind == target_kind::gate);
  CHECK(both[1].at_least == 9);
  CHECK(find_targets(*read, "spawn/2w", "go").front().at_least == 2.5);
  CHECK(find_targets(*read, "spawn/2w", "tbb").empty());
}

TEST_CASE("a table of targets that is only half understood is refused", "[bench]") {
  CHECK_FALSE(read_targets("[]"));
  CHECK_FALSE(read_targets(R"({"format":"sluice-results","version":1,"targets":[]})"));
  CHECK_FALSE(read_targets(R"({"format":"sluice-targets","version":2,"targets":[]})"));
  CHECK_FALSE(read_targets(table_of(R"({"workload":"spawn/2w","atLeast":5,"kind":"gate"})")));
  CHECK_FALSE(read_targets(table_of(R"({"workload":"spawn/2w","against":"go","atLeast":0,"kind":"gate"})")));
  CHECK_FALSE(read_targets(table_of(R"({"workload":"spawn/2w","against":"go","atLeast":"5","kind":"gate"})")));
  CHECK(read_targets(table_of(R"({"workload":"spawn/2w","against":"go","atLeast":5,"kind":"hope"})")).error() ==
        "target 1 (spawn/2w) is neither a gate nor an aim");
}

TEST_CASE("a promise is broken only when the whole interval lies below it", "[bench]") {
  CHECK(judge({5.2, 4.0, 6.0}, 5) == verdict::held);
  CHECK(judge({4.8, 4.0, 5.1}, 5) == verdict::undecided);
  CHECK(judge({4.0, 3.5, 4.9}, 5) == verdict::missed);
}
