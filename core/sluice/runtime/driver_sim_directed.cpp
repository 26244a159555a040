// What a simulation needs only for tests: ranked tasks, a director, and what that plants.
#include <algorithm>
#include <new>
#include <span>
#include <string>
#include <utility>

#include <sluice/base/contract.hpp>
#include <sluice/runtime/driver_sim.hpp>

namespace sluice {

void driver_sim::rank_tasks(simulation const& options) {
  if (options.bug_depth < 1 || options.bug_depth > 64)
    throw misuse("runtime", "bug_depth = " + std::to_string(options.bug_depth) + " is outside 1 to 64");
  if (options.expected_slices < 1) throw misuse("runtime", "expected_slices = 0 is outside 1 and above");
  ranking_ = random_.next();
  for (std::uint64_t rank = 1; rank < options.bug_depth; ++rank)
    changes_.push_back({1 + random_.below(options.expected_slices), rank, 0});
}

auto driver_sim::priority_of(task_control const& task) const noexcept -> std::uint64_t {
  // Of several demotions the last in time counts, which is the one at the latest slice.
  std::uint64_t rank = 0;
  std::uint64_t latest = 0;
  for (auto const& change : changes_)
    if (change.demoted == task.id() && change.slice >= latest) rank = change.rank, latest = change.slice;
  if (rank != 0) return rank;
  auto state = ranking_ + task.id();
  return splitmix64(state) | std::uint64_t{1} << 63;
}

auto driver_sim::most_important() noexcept -> std::size_t {
  auto const highest = [&] {
    auto best = first_ready_;
    for (auto at = first_ready_ + 1; at < ready_.size(); ++at)
      if (priority_of(*ready_[at]) > priority_of(*ready_[best])) best = at;
    return best;
  };
  auto best = highest();
  for (auto& change : changes_) {
    if (change.slice != slices_ || change.demoted != 0) continue;
    change.demoted = ready_[best]->id();
    best = highest();
  }
  return best - first_ready_;
}

// What is ended instead of being resumed unwinds as by a throw that nothing in it catches.
void driver_sim::resume_directed(task_control& task) {
  auto& whole = static_cast<detail::root_control&>(task);
  auto const ended_so_far = [&] { return registry_.spawned() - registry_.live(); };
  auto const destroy = [&](std::exception_ptr why) {
    dying_ = &task;
    whole.abandon(std::move(why));
    dying_ = nullptr;
  };
  auto const before = ended_so_far();
  if (auto why = director_->resumes(task, here_, now_)) {
    destroy(std::move(why));
  } else {
    task.resume();
  }
  auto const lives = ended_so_far() == before;  // else it may be gone by now
  if (auto why = director_->suspended(lives ? &task : nullptr); why && lives) {
    forget(task);
    destroy(std::move(why));
  }
}

// Held back, a task is still runnable: it goes before time does.
void driver_sim::release_late() noexcept {
  auto const nothing_else = first_ready_ == ready_.size() && first_held_ == held_.size();
  if (slices_ >= late_until_ || nothing_else) ready_.push_back(std::exchange(late_, nullptr));
}

// A task about to be destroyed may be runnable where the director stopped the simulation.
void driver_sim::forget(task_control const& gone) noexcept {
  auto const waiting = std::span(ready_).subspan(first_ready_);
  if (auto const at = std::ranges::find(waiting, &gone); at != waiting.end())
    ready_.erase(ready_.begin() + (&*at - ready_.data()));
  if (late_ == &gone) late_ = nullptr;
  for (auto& working : busy_)
    if (working.task == &gone) working.task = nullptr;
  for (auto at = first_held_; at < held_.size(); ++at) {
    if (held_[at].task != &gone) continue;
    free_.push_back(held_[at].worker);
    held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(at));
    break;
  }
  if (first_held_ == held_.size()) held_.clear(), first_held_ = 0;
}

void driver_sim::jump_forward(duration by) {
  auto const refuse = [&](char const* why) {
    throw misuse("simulation", "a jump of the clock by " + std::to_string(by.count()) + " ns: " + why);
  };
  if (by < duration{0}) refuse("time never goes back");
  if (saturating_add(now_, by) == never) refuse("that is past the last instant");
  if (detail::worker_of != nullptr) refuse("not from inside a task");
  ++steps_;
  jump_to(now_ + by);
}

auto driver_sim::why_it_stopped(task_control const& awaited) -> error {
  if (stopped_) forget(awaited);
  try {
    if (!stopped_) return deadlock_error();
    return {errc::stopped, "the run was stopped at its limit:" + registry_.describe()};
  } catch (std::bad_alloc const&) {
    return stopped_ ? errc::stopped : errc::deadlock;
  }
}

}  // namespace sluice
