// compare — ours and theirs in turn, each sample a process of its own, and the ratio with its interval.
#pragma once

#include "harness/interval.hpp"
#include "harness/json.hpp"
#include "harness/progress.hpp"
#include "harness/targets.hpp"
#include "micro/workload.hpp"

#include <expected>
#include <string>
#include <vector>

namespace sluice::bench {

struct comparison_request {
  std::vector<std::string> against;    // "go", names of contenders, or "peers" for all that were built in, and the best
  std::vector<std::string> workloads;  // beginnings of ids; none: all that need not be asked for
  unsigned rounds = 9;
  std::string self;        // this program
  std::string go_sources;  // where the Go programs lie
  std::string go_folder;   // where they are built
};

/// One workload, ours against one of theirs. Times are in ns per item.
struct comparison_row {
  std::string workload;
  std::string item;
  std::string ours;
  std::string against;        // the contender, "best-peer" or "best-bounded-peer"
  std::string who;            // which one was the best; empty where `against` says it
  std::string their_version;  // "go1.24.1"; empty where it is not known
  interval our_time{};
  interval their_time{};
  interval ratio{};  // theirs / ours: above 1, ours is faster
  double our_bytes = 0;  // per item, the median; 0 where memory is no part of the question
  double their_bytes = 0;
  std::vector<double> our_samples;
  std::vector<double> their_samples;
  std::size_t disturbed = 0;  // samples during which others used the machine
  std::string failure;        // not empty: there is no number, and this is why
};

enum class comparison_problem { bad_request, no_go };

struct comparison_refusal {
  comparison_problem what;
  std::string why;
};

/// Runs the whole comparison. Blocks for as long as that takes, and says on the progress line where it is.
auto compare(comparison_request const& request, workload_list const& workloads, progress& line)
    -> std::expected<std::vector<comparison_row>, comparison_refusal>;

auto comparison_table(std::vector<comparison_row> const& rows, std::vector<target> const& targets) -> std::string;
auto comparison_json(comparison_request const& request, std::vector<comparison_row> const& rows,
                     std::vector<target> const& targets) -> json;

/// The gates that failed, each as a sentence: a ratio clearly below its promise, or one that has no number.
/// Gates about workloads and contenders that this comparison left out are not judged.
auto failed_gates(std::vector<comparison_row> const& rows, std::vector<target> const& targets)
    -> std::vector<std::string>;

}  // namespace sluice::bench
