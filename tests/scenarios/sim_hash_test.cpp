#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <sluice/scenarios/run.hpp>

using namespace sluice;
using namespace sluice::scenarios;

namespace {

struct golden_run {
  std::string scenario, params, seed, hash;
};

// The file is one run to a line; the page's tests read the same file as JSON.
auto read_golden() -> std::vector<golden_run> {
  std::ifstream file{SLUICE_GOLDEN "/sim-hashes.json"};
  std::vector<golden_run> runs;
  auto const text_of = [](std::string const& line, std::string const& key) {
    auto const mark = "\"" + key + "\": \"";
    auto const from = line.find(mark) + mark.size();
    return line.substr(from, line.find('"', from) - from);
  };
  for (std::string line; std::getline(file, line);)
    if (line.find("\"hash\"") != line.npos)
      runs.push_back({text_of(line, "scenario"), text_of(line, "params"), text_of(line, "seed"),
                      text_of(line, "hash")});
  return runs;
}

auto hex16(std::uint64_t bits) -> std::string {
  auto const digits = format_seed(bits);
  return std::string(16 - digits.size(), '0') + digits;
}

auto simulate(golden_run const& golden) -> outcome {
  auto const what = find(golden.scenario);
  REQUIRE(what);
  auto params = values::defaults(**what);
  REQUIRE(params.set_all(golden.params));
  auto const ended = run_to_end({.what = *what,
                                 .params = params,
                                 .seed = *parse_seed(golden.seed),
                                 .engine = engine_kind::sim});
  REQUIRE(ended);
  return *ended;
}

}  // namespace

TEST_CASE("one seed leaves one trace, natively and in WebAssembly", "[scenarios][sim][Z1]") {
  auto const runs = read_golden();
  REQUIRE(runs.size() >= 9);
  for (auto const& golden : runs) {
    CAPTURE(golden.scenario, golden.params, golden.seed);
    auto const ended = simulate(golden);
    CHECK(ended.state == run_state::finished);
    CHECK(hex16(ended.trace_hash) == golden.hash);
  }
}

TEST_CASE("another seed leaves another trace", "[scenarios][sim][Z1]") {
  auto const one = simulate({"worker-pool", "jobs=200", "1", ""});
  auto const two = simulate({"worker-pool", "jobs=200", "2", ""});
  CHECK(one.trace_hash != two.trace_hash);
  CHECK(one.trace_count > 0);
}
