#include <sluice/testing/trial.hpp>

#include <algorithm>
#include <utility>

#include <sluice/base/contract.hpp>

namespace sluice::testing {
namespace {

thread_local constinit trial* running = nullptr;

auto name_of_file(std::source_location const& where) -> std::string {
  std::string_view file = where.file_name();
  if (auto const slash = file.rfind('/'); slash != file.npos) file.remove_prefix(slash + 1);
  return std::string(file) + ":" + std::to_string(where.line());
}

}  // namespace

auto name(failure_kind kind) noexcept -> std::string_view {
  switch (kind) {
    case failure_kind::none: return "no failure";
    case failure_kind::check: return "failed check";
    case failure_kind::exception: return "exception";
    case failure_kind::unheard: return "unheard exception";
    case failure_kind::deadlock: return "deadlock";
    case failure_kind::left_behind: return "tasks left behind";
    case failure_kind::leaked_frames: return "leaked coroutine frames";
    case failure_kind::step_limit: return "too many steps";
    case failure_kind::time_limit: return "too much time";
    case failure_kind::not_repeatable: return "not repeatable";
  }
  return "unknown failure";
}

trial::trial(trial_setup setup)
    : setup_(std::move(setup)), inputs_(~setup_.seed), outer_(std::exchange(running, this)) {
  events_.resize(setup_.last_events);
}

trial::~trial() { running = outer_; }

auto trial::draw(std::uint64_t bound) -> std::uint64_t {
  auto const suggested = inputs_.below(bound);
  return bound < 2 ? 0 : std::min(choose(choice::input, bound, suggested), bound - 1);
}

auto trial::check(bool holds, std::string_view what, std::source_location where) -> bool {
  if (holds) return true;
  spared_allocations const spare;
  note(failure_kind::check, std::string(what) + " (" + name_of_file(where) + ")");
  return false;
}

void trial::note(failure_kind kind, std::string_view what) {
  if (kind_ != failure_kind::none) return;
  spared_allocations const spare;
  kind_ = kind;
  what_ = what;
  failed_at_ = counts_.steps;
}

auto trial::options() -> simulation {
  // Two things are reported: tasks at the end, and exceptions that nobody heard.
  auto report = [this](std::string_view said) {
    auto const left = said.starts_with("a runtime ended with ");
    if (!left) {
      if (threw_ && said.find(planted_fault{}.what()) != said.npos) return;
      if (setup_.plant.fail_allocation != 0 && said.find("bad_alloc") != said.npos) return;
    }
    note(left ? failure_kind::left_behind : failure_kind::unheard, said);
  };
  return {.workers = setup_.workers,
          .seed = setup_.seed,
          .strategy = setup_.strategy,
          .slice_cost = setup_.slice_cost,
          .report = report,
          .bug_depth = setup_.bug_depth,
          .expected_slices = setup_.expected_slices,
          .director = this};
}

void trial::begin_runtime(cancel_scope& ctx) {
  if (ctx_ != nullptr) throw misuse("trial", "a second runtime was made while the first one lives");
  ctx_ = &ctx;
}

void trial::judge(ended how, driver_sim const& of) {
  if (how == ended::all_tasks_done) return;
  spared_allocations const spare;
  if (how == ended::deadlock) judge(of.deadlock_error());
  // Stopped by `goes_on`, which has noted it; or only something outside can wake a task.
  note(failure_kind::deadlock, "only something outside can wake a task:" + of.registry().describe());
  throw run_failed{};
}

void trial::judge(error const& why) {
  spared_allocations const spare;
  auto const tasks = why.operation().find(':');
  if (why.code() == errc::deadlock) {
    note(failure_kind::deadlock, tasks == std::string_view::npos ? "" : why.operation().substr(tasks + 1));
  }
  throw run_failed{};
}

auto trial::events() const -> std::vector<event> {
  std::vector<event> all;
  auto const kept = std::min<std::uint64_t>(events_seen_, events_.size());
  for (auto at = events_seen_ - kept; at < events_seen_; ++at)
    all.push_back(events_[static_cast<std::size_t>(at % events_.size())]);
  return all;
}

auto trial::planted_all() const noexcept -> bool {
  auto const& plant = setup_.plant;
  return (plant.cancel_at_suspension == 0 || cancelled_) &&
         (plant.destroy_at_suspension == 0 || counts_.suspensions >= plant.destroy_at_suspension) &&
         (plant.throw_at_resumption == 0 || counts_.slices >= plant.throw_at_resumption) &&
         (plant.throw_at_point == 0 || counts_.points >= plant.throw_at_point) &&
         (plant.delay.wake_up == 0 || delayed_) && (plant.jump.step == 0 || jumped_);
}

auto trial::choose(choice about, std::uint64_t bound, std::uint64_t suggested) noexcept
    -> std::uint64_t {
  spared_allocations const spare;
  auto value = suggested;
  if (setup_.scripted) {
    auto const at = choices_.size();
    value = at < setup_.script.size() ? std::min(setup_.script[at], bound - 1) : 0;
  }
  choices_.push_back({value, bound, about});
  if (about == choice::task) deviates_ = value != 0;
  return value;
}

auto trial::goes_on(std::uint64_t taken, instant now) noexcept -> bool {
  counts_.steps = taken;
  if (taken >= setup_.most_steps) {
    spared_allocations const spare;
    note(failure_kind::step_limit, "it is not over after " + std::to_string(taken) + " steps");
    return false;
  }
  if (now > setup_.time_limit) {
    spared_allocations const spare;
    auto const limit = setup_.time_limit.time_since_epoch().count();
    note(failure_kind::time_limit, "it is not over after " + std::to_string(limit) + " ns of virtual time");
    return false;
  }
  return true;
}

auto trial::clock_jump(std::uint64_t taken) noexcept -> duration {
  if (jumped_ || setup_.plant.jump.step != taken + 1) return duration{0};
  jumped_ = true;
  return setup_.plant.jump.by;
}

auto trial::delay(task_control const&) noexcept -> std::uint64_t {
  if (++counts_.wake_ups != setup_.plant.delay.wake_up) return 0;
  delayed_ = true;
  return setup_.plant.delay.slices;
}

auto trial::resumes(task_control const& picked, std::uint16_t worker, instant now) noexcept
    -> std::exception_ptr {
  spared_allocations const spare;
  ++counts_.slices;
  current_ = {.step = ++counts_.steps,
              .at = now,
              .task = picked.id(),
              .worker = worker,
              .chosen = std::exchange(deviates_, false),
              .spawned_at = picked.spawned_at(),
              .waited_for = picked.waiting_for()};
  if (counts_.slices != setup_.plant.throw_at_resumption) return nullptr;
  threw_ = true;
  return std::make_exception_ptr(planted_fault{});
}

auto trial::suspended(task_control const* picked) noexcept -> std::exception_ptr {
  spared_allocations const spare;
  current_.waits_for = picked == nullptr ? nullptr : picked->waiting_for();
  if (!events_.empty()) events_[static_cast<std::size_t>(events_seen_++ % events_.size())] = current_;
  if (picked == nullptr) return nullptr;
  auto const number = ++counts_.suspensions;
  if (number == setup_.plant.cancel_at_suspension) {
    cancelled_ = true;
    if (ctx_ != nullptr) ctx_->cancel();
  }
  if (number != setup_.plant.destroy_at_suspension) return nullptr;
  threw_ = true;
  return std::make_exception_ptr(planted_fault{});
}

void fault_point() {
  if (running == nullptr) return;
  if (++running->counts_.points != running->setup_.plant.throw_at_point) return;
  running->threw_ = true;
  throw planted_fault{};
}

}  // namespace sluice::testing
