// results_file — the file that carries a run from here to the playground and back.
#pragma once

#include "interval.hpp"
#include "json.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sluice::bench {

/// One run: how long it took and how many items came out of it.
struct result_sample {
  std::int64_t ns = 0;
  std::uint64_t items = 0;
};

/// What is kept of a scenario's runs. The layout is the one of `results-file.schema.json`, version 1.
struct results {
  std::string scenario;
  json params = json::object();
  std::string seed;    // hex digits: a JSON number would lose bits
  std::string engine;  // "native-threads" or "native-sim"
  json machine = json::object();
  json build = json::object();
  std::vector<result_sample> samples;
  std::string histogram;  // HDR V2, base64; empty: none
};

inline auto to_json(interval const& from) -> json {
  return json::object({{"median", from.mid}, {"low", from.low}, {"high", from.high}});
}

inline auto to_json(results const& from) -> json {
  auto samples = json::array();
  for (auto const& each : from.samples)
    samples.push(json::object({{"ns", each.ns}, {"items", static_cast<std::int64_t>(each.items)}}));
  auto file = json::object({
      {"format", "sluice-results"},
      {"version", 1},
      {"scenario", from.scenario},
      {"params", from.params},
      {"seed", from.seed},
      {"engine", from.engine},
      {"machine", from.machine},
      {"build", from.build},
      {"samples", std::move(samples)},
  });
  if (!from.histogram.empty())
    file.set("histogram", json::object({{"encoding", "hdr-v2"}, {"data", from.histogram}}));
  return file;
}

}  // namespace sluice::bench
