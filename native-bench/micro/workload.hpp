// workload — one question with a checked answer, asked of one contender.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::bench {

/// How long it took, and, where that is part of the question, by how much the memory of the process had grown when
/// everything was alive.
struct measurement {
  measurement(std::chrono::nanoseconds taken, std::int64_t grown = 0) : time(taken), bytes(grown) {}  // NOLINT: mostly only the time
  std::chrono::nanoseconds time;
  std::int64_t bytes;
};

/// How long `items` items took, or what was wrong with the result: then there is no number.
using timing = std::expected<measurement, std::string>;

/// What a contender is to us.
enum class standing {
  ours,   // a part of Sluice
  plain,  // the plainest thing that works
  peer,   // another library, found when this was built
  floor,  // what the machine allows: no use to anybody, and nothing to be faster than
};

inline auto to_text(standing who) -> std::string_view {
  switch (who) {
    case standing::ours: return "ours";
    case standing::plain: return "plain";
    case standing::peer: return "peer";
    case standing::floor: break;
  }
  return "floor";
}

/// A contender of Go: what it is called in a comparison, and what the Go program calls its question.
struct go_contender {
  std::string name;
  std::string question;
};

struct workload {
  std::string id;         // the question and its shape: "ping-pong/2w", "hand-off-1p1c"
  std::string contender;  // who answers: "sluice", "mpmc_ring", "moodycamel"
  standing who = standing::ours;
  bool bounded = false;   // has to make those wait that produce too fast
  std::string item;       // what is counted, in the singular: "round trip"
  std::string help;       // the shape in words
  std::uint64_t items = 0;
  std::vector<go_contender> go{};  // who answers it in Go
  unsigned workers = 0;   // worker threads, or plain threads
  bool on_request = false;  // too large to be run without being asked for
  std::function<timing(std::uint64_t items)> time;  // after a warm-up of a tenth, in the same runtime or crew

  [[nodiscard]] auto name() const -> std::string { return id + "/" + contender; }
  [[nodiscard]] bool ours() const { return who == standing::ours; }
};

/// A tenth of the work without a clock, then the work. `work` says how long it took, or what was wrong.
template <class Work>
auto warmed_up(std::uint64_t items, Work const& work) -> timing {
  if (auto const warm = work(items / 10 + 1); !warm) return warm;
  return work(items);
}

using workload_list = std::vector<workload>;

/// Every workload that was built in. For each question the first one is our answer, the one to be compared.
auto all_workloads() -> workload_list;

void add_channel_workloads(workload_list& to);
void add_thread_workloads(workload_list& to);
void add_select_workloads(workload_list& to);
void add_spawn_workloads(workload_list& to);
void add_generator_workloads(workload_list& to);
void add_fork_join_workloads(workload_list& to);
void add_context_workloads(workload_list& to);
void add_queue_workloads(workload_list& to);
void add_contended_workloads(workload_list& to);
void add_counter_workloads(workload_list& to);
void add_checker_workloads(workload_list& to);
void add_watch_workloads(workload_list& to);
void add_peer_workloads(workload_list& to);

}  // namespace sluice::bench
