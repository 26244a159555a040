// workload — one question with a checked answer, asked of one contender.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <vector>

namespace sluice::bench {

/// How long `items` items took, or what was wrong with the result: then there is no number.
using timing = std::expected<std::chrono::nanoseconds, std::string>;

struct workload {
  std::string id;         // the question and its shape: "ping-pong/2w", "hand-off/1p1c"
  std::string contender;  // who answers: "sluice", "mpmc_ring", "moodycamel"
  bool ours = true;       // a part of Sluice; others are what it is measured against
  std::string item;       // what is counted, in the singular: "round trip"
  std::string help;       // the shape in words
  std::uint64_t items = 0;
  std::string question;   // what the Go program calls it; empty: it is not asked of Go
  unsigned workers = 0;   // worker threads, or plain threads
  std::function<timing(std::uint64_t items)> time;  // after a warm-up of a tenth, in the same runtime or crew

  [[nodiscard]] auto name() const -> std::string { return id + "/" + contender; }
};

/// A tenth of the work without a clock, then the work. `work` says how long it took, or what was wrong.
template <class Work>
auto warmed_up(std::uint64_t items, Work const& work) -> timing {
  if (auto const warm = work(items / 10 + 1); !warm) return warm;
  return work(items);
}

using workload_list = std::vector<workload>;

/// Every workload that was built in: ours first, then the plainest things that work, then the peers found.
auto all_workloads() -> workload_list;

void add_channel_workloads(workload_list& to);
void add_spawn_workloads(workload_list& to);
void add_queue_workloads(workload_list& to);
void add_peer_workloads(workload_list& to);

}  // namespace sluice::bench
