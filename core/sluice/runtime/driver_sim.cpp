#include <sluice/runtime/driver_sim.hpp>

#include <algorithm>
#include <string>
#include <utility>

#include <sluice/base/contract.hpp>
#include <sluice/base/scope_exit.hpp>
#include <sluice/probe/probe.hpp>

namespace sluice {

driver_sim::driver_sim(simulation options)
    : driver(std::move(options.report), +[](executor&) noexcept {}),
      worker_count_(options.workers),
      strategy_(options.strategy),
      slice_cost_(options.slice_cost),
      director_(options.director),
      random_(options.seed) {
  if (worker_count_ < 1 || worker_count_ > 1024)
    throw misuse("runtime", "workers = " + std::to_string(worker_count_) + " is outside 1 to 1024");
  free_.reserve(worker_count_);
  busy_.reserve(worker_count_);
  held_.reserve(2 * std::size_t{worker_count_});  // those that went on, and those that are to
  for (auto worker = worker_count_; worker-- > 0;)
    free_.push_back(static_cast<std::uint16_t>(worker));
  if (strategy_ == schedule_strategy::priorities) rank_tasks(options);
}

driver_sim::~driver_sim() {
  closing_ = true;
  refuse_new_tasks();
  // Tasks that heed their context end by themselves; a bound keeps one that does not from holding
  // the caller for ever. Who directs it makes many runs.
  for (auto left = director_ == nullptr ? 1'000'000 : 100'000; left > 0 && registry_.live() != 0; --left)
    if (step_until(never) != ended::not_yet) break;
  ending_ = true;
  abandon_the_rest();
}

// Room for all that may become runnable is made here, where running out of memory can be told.
void driver_sim::admit(detail::root_control& spawned) {
  auto const needed = 2 * (static_cast<std::size_t>(registry_.live()) + 1);
  if (ready_.capacity() < needed) ready_.reserve(std::max(needed, 2 * ready_.capacity()));
  driver::admit(spawned);
}

void driver_sim::schedule(task_control& ready) noexcept {
  if (ending_ || dying_ == &ready) return;
  if (director_ != nullptr && late_ == nullptr) {
    if (auto const slices = director_->delay(ready); slices != 0) {
      late_ = &ready;
      late_until_ = slices_ + slices;
      return;
    }
  }
  ready_.push_back(&ready);
}

auto driver_sim::decide(choice about, std::uint64_t bound, std::uint64_t suggested) noexcept
    -> std::uint64_t {
  if (director_ == nullptr || bound < 2) return suggested;
  return std::min(director_->choose(about, bound, suggested), bound - 1);
}

auto driver_sim::occupy(task_control& running, duration span) noexcept -> bool {
  busy_.push_back({saturating_add(now_, span), order_++, here_, &running});
  std::ranges::push_heap(busy_, &driver_sim::later);
  worker_taken_ = true;
  return true;
}

auto driver_sim::pick_task() noexcept -> task_control& {
  auto const waiting = ready_.size() - first_ready_;
  std::size_t suggested = 0;
  if (strategy_ == schedule_strategy::uniform) {
    suggested = static_cast<std::size_t>(random_.below(waiting));
  } else if (strategy_ == schedule_strategy::priorities) {
    suggested = most_important();
  }
  auto const at = first_ready_ + static_cast<std::size_t>(decide(choice::task, waiting, suggested));
  auto& picked = *ready_[at];
  ready_[at] = ready_[first_ready_];
  if (++first_ready_ * 2 > ready_.size()) {  // keeps the vector from growing for ever
    ready_.erase(ready_.begin(), ready_.begin() + static_cast<std::ptrdiff_t>(first_ready_));
    first_ready_ = 0;
  }
  return picked;
}

// A task goes back to the worker it ran on when that is free, as it would on a real machine.
auto driver_sim::pick_worker(std::uint16_t preferred) noexcept -> std::uint16_t {
  auto at = std::ranges::find(free_, preferred);
  if (at == free_.end())
    at = free_.begin() + static_cast<std::ptrdiff_t>(
                             decide(choice::worker, free_.size(), random_.below(free_.size())));
  auto const worker = *at;
  free_.erase(at);
  return worker;
}

void driver_sim::run_slice(task_control& task, std::uint16_t on) {
  here_ = task.last_worker = on;
  worker_taken_ = false;
  auto* const outer = std::exchange(detail::worker_of, this);
  {
    scope_exit const leave{[&] {
      detail::worker_of = outer;
      probe::at({});
    }};
    probe::at({task.id(), here_});
    probe::resumed();
    detail::operations_left = detail::operations_of_a_slice;
    if (director_ != nullptr) {
      resume_directed(task);
    } else {
      task.resume();  // the task may be gone afterwards
    }
    probe::suspended();
    if (!worker_taken_ && slice_cost_.count() > 0) {
      busy_.push_back({saturating_add(now_, slice_cost_), order_++, here_, nullptr});
      std::ranges::push_heap(busy_, &driver_sim::later);
      worker_taken_ = true;
    }
  }
  if (!worker_taken_) free_.push_back(here_);
}

auto driver_sim::next_event() const noexcept -> instant {
  auto const work = busy_.empty() ? never : busy_.front().until;
  return std::min(work, timers_.soonest());
}

void driver_sim::jump_to(instant to) noexcept {
  now_ = std::max(now_, to);
  auto* const outer = std::exchange(detail::worker_of, this);
  scope_exit const leave{[&] { detail::worker_of = outer; }};
  while (!busy_.empty() && busy_.front().until <= now_) {
    std::ranges::pop_heap(busy_, &driver_sim::later);
    auto const done = busy_.back();
    busy_.pop_back();
    if (done.task != nullptr) {
      held_.push_back(done);
    } else {
      free_.push_back(done.worker);
    }
  }
  probe::at({});
  (void)timers_.fire_due(now_);
}

auto driver_sim::step_until(instant limit) -> ended {
  jumped_past_ = false;
  if (director_ != nullptr && !closing_) {
    if (!director_->goes_on(steps_, now_)) {
      jumped_past_ = stopped_ = true;
      return ended::not_yet;
    }
    if (auto const by = director_->clock_jump(steps_); by > duration{0}) {
      ++steps_;
      jump_to(saturating_add(now_, by));
      return ended::not_yet;
    }
  }
  if (late_ != nullptr) release_late();
  auto const held = first_held_ < held_.size();
  if (held || (first_ready_ < ready_.size() && !free_.empty())) {
    ++steps_;
    ++slices_;
    if (held) {
      auto const over = held_[first_held_];
      if (++first_held_ == held_.size()) held_.clear(), first_held_ = 0;
      run_slice(*over.task, over.worker);
    } else {
      auto& task = pick_task();
      run_slice(task, pick_worker(task.last_worker));
    }
    auto const nothing_left = first_held_ == held_.size() && next_event() == never;
    return nothing_left && registry_.live() == 0 ? ended::all_tasks_done : ended::not_yet;
  }
  auto const next = next_event();
  if (next == never) {
    if (registry_.live() == 0) return ended::all_tasks_done;
    jumped_past_ = outside() != 0;  // the caller may still wake one, between two calls
    return jumped_past_ ? ended::not_yet : ended::deadlock;
  }
  if (next > limit) {
    jumped_past_ = true;
    return ended::not_yet;
  }
  ++steps_;
  jump_to(next);
  return ended::not_yet;
}

auto driver_sim::advance(instant limit, std::int64_t wall) -> ended {
  auto const stop_at = wall > 0 ? monotonic_ns() + wall : 0;
  for (std::uint64_t taken = 1;; ++taken) {
    auto const how = step_until(limit);
    if (how != ended::not_yet || jumped_past_) return how;
    if (stop_at != 0 && taken % 32 == 0 && monotonic_ns() >= stop_at) return how;
  }
}

auto driver_sim::run_until_ended(detail::root_control& awaited, deadlock_remedy const& remedy) -> result<void> {
  if (detail::worker_of != nullptr)
    throw misuse("block_on", "called from inside a task; await instead");
  while (!awaited.ended()) {
    auto const how = step_until(never);
    if ((how == ended::not_yet && !jumped_past_) || awaited.ended()) continue;
    if (how == ended::deadlock && remedy)
      if (auto const act = remedy()) {
        act();
        continue;
      }
    auto why = why_it_stopped(awaited);
    dying_ = &awaited;
    awaited.abandon(nullptr);  // nothing of the caller's is left in its hands
    dying_ = nullptr;
    return failure(std::move(why));
  }
  return {};
}

}  // namespace sluice
