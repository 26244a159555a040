#include <sluice/scenarios/rig.hpp>

#include <utility>

#include <sluice/probe/probe.hpp>
#include <sluice/scenarios/work_kernel.hpp>
#include <sluice/time/sleep.hpp>

namespace sluice::scenarios {
namespace {

// Keeps the running task's virtual worker busy; does nothing where time is real.
struct virtual_work {
  duration span;
  bool was_virtual = false;

  [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
  template <task_promise Promise>
  auto await_suspend(std::coroutine_handle<Promise> working) noexcept -> bool {
    auto& control = *working.promise().control;
    control.suspend_at(working, "its work");
    was_virtual = true;
    if (control.home().occupy(control, span)) return true;
    was_virtual = false;
    return false;
  }
  [[nodiscard]] auto await_resume() const noexcept -> bool { return was_virtual; }
};

}  // namespace

rig::rig(runtime& on, values const& params, std::uint64_t seed, run_controls& controls,
         telemetry_block& figures)
    : on_(on),
      params_(params),
      seed_(seed),
      controls_(controls),
      figures_(figures),
      steps_per_ns_(on.simulated() != nullptr ? 0 : kernel_steps_per_ns()),
      scope_(with_cancel(on.background())) {}

auto rig::random(std::uint64_t stream) const noexcept -> random_source {
  std::uint64_t mixed = seed_ ^ (stream * 0x9e3779b97f4a7c15ULL);
  return random_source{splitmix64(mixed)};
}

auto rig::stand_by() -> task<void> {
  while (controls_.hold.load(std::memory_order_relaxed) && !stopped())
    (void)co_await sleep_for(ctx(), std::chrono::milliseconds{2});
}

auto rig::work(duration span, std::uint64_t job, std::uint64_t stage) -> task<void> {
  co_await stand_by();
  probe::work_begun(job, stage);
  if (stopped()) span = duration{0};
  // Work of no length takes a moment all the same: a run of nothing else would be over at time 0.
  auto const occupied = span.count() == 0 ? operation_cost : span;
  if (co_await virtual_work{occupied}) {
    worked_.fetch_add(occupied.count(), std::memory_order_relaxed);
  } else {
    home().about_to_compute();
    auto const began = now();
    (void)compute(span, steps_per_ns_, controls_.stop);
    worked_.fetch_add((now() - began).count(), std::memory_order_relaxed);
  }
  probe::work_ended(job, stage);
  if (home().others_are_due()) co_await yield();
}

auto rig::begin_burst(std::uint64_t stage) noexcept -> std::uint64_t {
  auto const job = bursts_.fetch_add(1, std::memory_order_relaxed);
  probe::work_begun(job, stage);
  return job;
}

// A burst that found nothing to do took a little time all the same: otherwise a consumer that polls
// an empty queue would hold virtual time still for ever.
auto rig::end_burst(std::uint64_t job, std::uint64_t stage, std::uint64_t operations, duration each,
                    instant began) -> task<void> {
  auto const cost = operations == 0 ? operation_cost : each * static_cast<std::int64_t>(operations);
  auto const was_virtual = co_await virtual_work{cost};
  worked_.fetch_add((now() - began).count(), std::memory_order_relaxed);
  probe::work_ended(job, stage);
  if (was_virtual) co_return;
  if (operations == 0) std_atomics::yield();  // whoever it waits for may need this processor
  co_await yield();
}

void rig::compute_now(duration span) const noexcept {
  if (steps_per_ns_ > 0) (void)compute(span, steps_per_ns_, controls_.stop);
}

auto rig::here() noexcept -> std::uint16_t { return probe::here().worker; }

auto rig::live(std::string_view id) const -> double {
  auto const all = params_.parameters();
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].id == id) return controls_.live[i].load(std::memory_order_relaxed);
  return params_.number(id);
}

void rig::put_out_since(instant since) noexcept {
  auto const took = (now() - since).count();
  figures_.latency[histogram::index_of(took)].fetch_add(1, std::memory_order_relaxed);
  put_out();
}

void rig::dropped(std::uint32_t series) noexcept {
  if constexpr (probe::observed) {
    probe::dropped(series);  // the recorder counts it
  } else {
    figures_.add(counter::dropped, 1);
  }
}

void rig::retried(std::uint64_t times) noexcept {
  if (times == 0) return;
  figures_.add(counter::retries, times);
  probe::retried(times);
}

void rig::stole(std::uint16_t victim) noexcept { probe::stole(victim); }

void rig::blocked(std::uint64_t stage, duration span) noexcept {
  if (stage < telemetry_block::most_stages)
    figures_.stages[stage].blocked.fetch_add(static_cast<std::uint64_t>(span.count()),
                                             std::memory_order_relaxed);
}

void rig::bound(std::uint32_t series, std::uint64_t capacity) noexcept {
  figures_.gauges[series - 1].capacity.store(capacity, std::memory_order_relaxed);
}

void rig::depth(std::uint32_t series, std::uint64_t value) noexcept {
  probe::sent(series, value);
}

void rig::check(std::string_view what, std::uint64_t expected, std::uint64_t actual) {
  std::lock_guard const hold{lock_};
  invariants_.push_back(
      {std::string(what), expected == actual, std::to_string(expected), std::to_string(actual)});
}

void rig::found(std::string_view what, std::string value) {
  std::lock_guard const hold{lock_};
  findings_.push_back({std::string(what), std::move(value)});
}

void rig::expect_deadlock(std::function<void()> then) {
  std::lock_guard const hold{lock_};
  at_deadlock_ = std::move(then);
}

auto rig::at_deadlock() -> std::function<void()> {
  std::lock_guard const hold{lock_};
  if (!at_deadlock_) return nullptr;
  return [this, then = std::exchange(at_deadlock_, nullptr)] {
    runtime::keep_alive const from_outside{on_};  // what it wakes may not be in sight yet
    then();
  };
}

auto rig::findings() const -> std::vector<finding> {
  std::lock_guard const hold{lock_};
  return findings_;
}

auto rig::invariants() const -> std::vector<invariant> {
  std::lock_guard const hold{lock_};
  return invariants_;
}

}  // namespace sluice::scenarios
