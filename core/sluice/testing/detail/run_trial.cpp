#include <sluice/testing/detail/run_trial.hpp>

#include <algorithm>
#include <new>
#include <system_error>
#include <utility>

#include <sluice/base/contract.hpp>
#include <sluice/task/frame_pool.hpp>

namespace sluice::testing::detail {
namespace {

constexpr std::size_t events_of_a_replay = 4096;

auto distance_of(std::vector<std::uint64_t> const& script) -> std::size_t {
  return static_cast<std::size_t>(std::ranges::count_if(script, [](auto value) { return value != 0; }));
}

/// Fewer choices that are not the first one, then a shorter way, then smaller numbers.
auto simpler(std::vector<std::uint64_t> const& a, std::vector<std::uint64_t> const& b) -> bool {
  auto const fewer = distance_of(a), more = distance_of(b);
  if (fewer != more) return fewer < more;
  if (a.size() != b.size()) return a.size() < b.size();
  return a < b;
}

/// Delta debugging on the list of choices: what may be 0 becomes 0, in large chunks first.
class shortening {
 public:
  shortening(trial_setup const& setup, trial_outcome const& failed, program const& under_test,
             std::uint64_t most_replays)
      : setup_(setup), wanted_(failed), program_(under_test), left_(most_replays) {
    setup_.scripted = true;
    best_ = script_of(failed.choices);
  }

  /// Whether the failure comes again at all.
  auto repeats() -> bool {
    if (left_ == 0) return true;  // nobody asked
    --left_, ++replays_;
    setup_.script = best_;
    return run_trial(setup_, program_).fails_like(wanted_);
  }

  void run() {
    zero_chunks();
    for (bool better = true; better && left_ > 0;) {
      better = false;
      for (auto at = best_.size(); at-- > 0;) {
        if (at >= best_.size() || best_[at] == 0) continue;
        auto without = best_;
        without.erase(without.begin() + static_cast<std::ptrdiff_t>(at));
        better = attempt(without) || better;
        if (at >= best_.size() || best_[at] < 2) continue;
        auto lower = best_;
        lower[at] = 1;
        if (attempt(lower)) {
          better = true;
        } else if (lower = best_; --lower[at] > 1) {
          better = attempt(lower) || better;
        }
      }
    }
  }

  [[nodiscard]] auto best() const -> std::vector<std::uint64_t> const& { return best_; }
  [[nodiscard]] auto replays() const -> std::uint64_t { return replays_; }

 private:
  auto attempt(std::vector<std::uint64_t> script) -> bool {
    while (!script.empty() && script.back() == 0) script.pop_back();
    if (left_ == 0 || !simpler(script, best_)) return false;
    --left_, ++replays_;
    setup_.script = std::move(script);
    auto const outcome = run_trial(setup_, program_);
    if (!outcome.fails_like(wanted_)) return false;
    auto made = script_of(outcome.choices);  // beyond the failure, or out of bounds: not these
    best_ = simpler(made, setup_.script) ? std::move(made) : setup_.script;
    return true;
  }

  // From the end, where what happens after the failure lies.
  void zero_chunks() {
    for (auto chunk = distance_of(best_); chunk > 0 && left_ > 0;) {
      bool better = false;
      for (auto end = distance_of(best_); end > 0 && left_ > 0;) {
        auto const begin = end > chunk ? end - chunk : 0;
        auto script = best_;
        std::size_t number = 0;
        for (auto& value : script)
          if (value != 0 && number >= begin && number++ < end) value = 0;
          else if (value != 0 && number < begin) ++number;
        better = attempt(std::move(script)) || better;
        end = std::min(begin, distance_of(best_));
      }
      if (chunk == 1 && !better) break;
      chunk = better ? std::min(chunk, std::max<std::size_t>(distance_of(best_), 1)) : chunk / 2;
      if (distance_of(best_) == 0) break;
    }
  }

  trial_setup setup_;
  trial_outcome const& wanted_;
  program const& program_;
  std::vector<std::uint64_t> best_;
  std::uint64_t left_;
  std::uint64_t replays_ = 0;
};

auto spawned_at(trial::event const& of) -> std::string {
  std::string_view file = of.spawned_at.file_name();
  if (auto const slash = file.rfind('/'); slash != file.npos) file.remove_prefix(slash + 1);
  return std::string(file) + ":" + std::to_string(of.spawned_at.line());
}

/// The last `most` of them, and before those the ones that were chosen against the order.
void add_events(std::string& text, std::vector<trial::event> const& events, std::size_t most) {
  bool gap = false;
  for (std::size_t at = 0; at < events.size(); ++at) {
    auto const& each = events[at];
    if (!each.chosen && at + most < events.size()) {
      if (!std::exchange(gap, true)) text += "\n    ...";
      continue;
    }
    gap = false;
    text += each.chosen ? "\n  * step " : "\n    step ";
    text += std::to_string(each.step) + ", " + std::to_string(each.at.time_since_epoch().count()) +
            " ns: task " + std::to_string(each.task) + " (" + spawned_at(each) + ") on worker " +
            std::to_string(each.worker);
    text += each.waited_for == nullptr ? ", begins" : std::string(", had waited for ") + each.waited_for;
    text += each.waits_for == nullptr ? ", ends" : std::string(", waits for ") + each.waits_for;
  }
}

}  // namespace

auto script_of(std::vector<trial::choice_made> const& choices) -> std::vector<std::uint64_t> {
  std::vector<std::uint64_t> script;
  for (auto const& each : choices) script.push_back(each.value);
  while (!script.empty() && script.back() == 0) script.pop_back();
  return script;
}

void check_ranges(trial_setup const& setup) {
  auto const refuse = [](std::string const& what) { throw misuse("trial", what); };
  if (setup.workers < 1 || setup.workers > 1024)
    refuse("workers = " + std::to_string(setup.workers) + " is outside 1 to 1024");
  if (setup.bug_depth < 1 || setup.bug_depth > 64)
    refuse("bug_depth = " + std::to_string(setup.bug_depth) + " is outside 1 to 64");
  if (setup.slice_cost < duration{0})
    refuse("slice_cost = " + std::to_string(setup.slice_cost.count()) + " ns is below 0");
  if (setup.plant.jump.by < duration{0})
    refuse("jump.by = " + std::to_string(setup.plant.jump.by.count()) + " ns: time never goes back");
}

auto run_trial(trial_setup const& setup, program const& under_test) -> trial_outcome {
  auto const frames = count_frames().alive();
  trial_outcome outcome;
  trial run{setup};
  {
    failing_thread_start const thread{setup.plant.fail_thread_start};
    failing_allocation const allocation{setup.plant.fail_allocation};
    auto const memory_ran_out = [&] { return allocation.failed(); };
    try {
      under_test(run);
    } catch (run_failed const&) {
      // it has been noted
    } catch (planted_fault const& thrown) {
      auto const& plant = setup.plant;
      if (plant.throw_at_resumption == 0 && plant.throw_at_point == 0 && plant.destroy_at_suspension == 0)
        run.note(failure_kind::exception, thrown.what());
    } catch (std::bad_alloc const& thrown) {
      if (!memory_ran_out()) run.note(failure_kind::exception, thrown.what());
    } catch (std::system_error const& thrown) {
      if (!thread.failed()) run.note(failure_kind::exception, thrown.what());
    } catch (std::exception const& thrown) {
      run.note(failure_kind::exception, thrown.what());
    } catch (...) {
      run.note(failure_kind::exception, "something that is no std::exception");
    }
    outcome.planted = run.planted_all() && (setup.plant.fail_allocation == 0 || memory_ran_out()) &&
                      (setup.plant.fail_thread_start == 0 || thread.failed());
  }
  if (auto const left = count_frames().alive(); setup.count_frames && left != frames)
    run.note(failure_kind::leaked_frames,
             std::to_string(static_cast<std::int64_t>(left - frames)) + " are still alive");
  outcome.failure = run.failure();
  outcome.what = run.what();
  outcome.failed_at = run.failed_at();
  outcome.count = run.count();
  outcome.choices = run.choices();
  outcome.events = run.events();
  return outcome;
}

auto report_failure(trial_setup const& setup, trial_outcome const& failed, program const& under_test,
                    std::uint64_t most_replays) -> trial_report {
  trial_report report{.failure = failed.failure,
                      .what = failed.what,
                      .seed = setup.seed,
                      .strategy = setup.strategy,
                      .step = failed.failed_at};
  report.text = std::string(name(failed.failure)) + ": " + failed.what + "\n  noticed at step " +
                std::to_string(failed.failed_at) + " of seed " + std::to_string(setup.seed) +
                ", strategy " + std::string(name(setup.strategy)) + ", workers " +
                std::to_string(setup.workers) +
                "\n  the last events (* not the task that had been runnable for longest):";
  add_events(report.text, failed.events, setup.last_events);

  shortening shorter{setup, failed, under_test, most_replays};
  auto shown = setup;
  shown.scripted = true;
  if (!shorter.repeats()) {
    shown.script = script_of(failed.choices);
    report.replay = replay_line(shown);
    report.text += "\n  the same choices did not lead there again: something besides them decides, such as"
                   " a pointer, a clock, a thread or what an earlier run left behind";
    report.text += "\n  replay: " + report.replay;
    return report;
  }
  shorter.run();
  shown.script = shorter.best();
  report.replay = replay_line(shown);
  if (shorter.replays() > 0) {
    shown.last_events = std::max(events_of_a_replay, setup.last_events);
    auto const again = run_trial(shown, under_test);
    report.text += "\n  shortened from " + std::to_string(distance_of(script_of(failed.choices))) + " to " +
                   std::to_string(distance_of(shown.script)) +
                   " choices that are not the first one, in " + std::to_string(shorter.replays()) +
                   " replays; noticed at step " + std::to_string(again.failed_at) + ":";
    add_events(report.text, again.events, setup.last_events);
  }
  report.text += "\n  replay: " + report.replay;
  return report;
}

}  // namespace sluice::testing::detail
