#include <catch2/catch_test_macros.hpp>

#include "native-bench/harness/results_file.hpp"

using namespace sluice::bench;

TEST_CASE("a results file has the members of version 1, in their order", "[bench]") {
  results const from{.scenario = "worker-pool",
                     .params = json::object({{"workers", 2}, {"spread", "constant"}}),
                     .seed = "00000000000000ff",
                     .engine = "native-threads",
                     .machine = json::object({{"cores", 2}}),
                     .build = json::object({{"version", "0.1.0"}}),
                     .samples = {{1'000'000'000, 10'000}, {1'100'000'000, 10'000}},
                     .histogram = "AAAA"};
  CHECK(to_json(from).dump() ==
        R"({"format":"sluice-results","version":1,"scenario":"worker-pool",)"
        R"("params":{"workers":2,"spread":"constant"},"seed":"00000000000000ff","engine":"native-threads",)"
        R"("machine":{"cores":2},"build":{"version":"0.1.0"},)"
        R"("samples":[{"ns":1000000000,"items":10000},{"ns":1100000000,"items":10000}],)"
        R"("histogram":{"encoding":"hdr-v2","data":"AAAA"}})");
}

TEST_CASE("without latencies there is no histogram", "[bench]") {
  CHECK(to_json(results{}).find("histogram") == nullptr);
}
