// watch_bench — what it costs to be watched: the same work in this program, which has no probes, and in native-bench-observed.
#include "micro/watch_work.hpp"

#include "harness/json.hpp"
#include "observed/observed_program.hpp"

namespace sluice::bench {
namespace {

auto unwatched(std::uint64_t jobs) -> timing {
  runtime on{runtime_options{.workers = watched_workers, .report = {}}};
  return warmed_up(jobs, [&](std::uint64_t part) { return watched_work(on, part); });
}

/// The same in the other program, which answers with one line.
auto watched(std::string const& mode, std::uint64_t jobs) -> timing {
  auto const ended = run_observed({"--watch=" + mode, "--watch-items=" + std::to_string(jobs)});
  if (!ended) return std::unexpected{ended.error()};
  if (ended->status != 0) return std::unexpected{"watch: " + ended->err.substr(0, ended->err.find('\n'))};
  auto const line = json::parse(ended->out);
  auto const* const ns = line ? line->find("ns") : nullptr;
  if (ns == nullptr || !(ns->number() > 0)) return std::unexpected{"watch: no time in '" + ended->out + "'"};
  return std::chrono::nanoseconds{static_cast<std::int64_t>(ns->number())};
}

}  // namespace

void add_watch_workloads(workload_list& to) {
  for (auto const& [mode, help] : watch_modes()) {
    workload made{.id = "watch-" + mode,
                  .contender = "observed",
                  .item = "job",
                  .help = "jobs of about 2 µs through a channel, each with a lock, on 2 workers: built with probes, and " + help,
                  .items = watched_jobs,
                  .workers = watched_workers,
                  .time = [mode](std::uint64_t jobs) { return watched(mode, jobs); }};
    to.push_back(made);
    made.contender = "plain";
    made.who = standing::plain;
    made.help = "the same, built without probes";
    made.time = unwatched;
    to.push_back(std::move(made));
  }
}

}  // namespace sluice::bench
