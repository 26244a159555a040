#include <sluice/scenarios/run.hpp>

#include <algorithm>
#include <exception>

#include <sluice/base/contract.hpp>
#include <sluice/platform/thread.hpp>
#include <sluice/probe/probe.hpp>
#include <sluice/scenarios/words.hpp>
#include <sluice/scenarios/work_kernel.hpp>

namespace sluice::scenarios {

auto name(run_state state) noexcept -> std::string_view {
  switch (state) {
    case run_state::idle: return "idle";
    case run_state::running: return "running";
    case run_state::paused: return "paused";
    case run_state::finished: return "finished";
    case run_state::cancelled: return "cancelled";
    case run_state::failed: return "failed";
  }
  return "";
}

namespace {

// A task that has told its wait group that it is done may still be on its way out on another worker:
// it gets a fifth of a second to leave. What is alive after that is alive.
auto count_left(runtime const& of) -> std::uint64_t {
  if (of.simulated() == nullptr)
    for (int tries = 0; of.live_count() != 0 && tries < 1000; ++tries)
      std::this_thread::sleep_for(std::chrono::microseconds{200});
  return of.live_count();
}

}  // namespace

run::run(run_request request, telemetry_block& figures)
    : request_(std::move(request)), figures_(figures) {
  auto const all = request_.params.parameters();
  controls_.live = std::vector<std::atomic<double>>(all.size());
  for (std::size_t i = 0; i < all.size(); ++i)
    controls_.live[i].store(request_.params.number(all[i].id), std::memory_order_relaxed);
  outcome_.workers = request_.what->workers(request_.params);
  figures_.clear();
  figures_.run.fetch_add(1, std::memory_order_relaxed);
  figures_.lanes_used.store(outcome_.workers, std::memory_order_relaxed);
  figures_.virtual_time.store(request_.engine == engine_kind::sim ? 1 : 0,
                              std::memory_order_relaxed);
  enter(run_state::running);
}

auto run::start(run_request request, telemetry_block& figures) -> result<std::unique_ptr<run>> {
  auto const on_threads = request.engine == engine_kind::threads;
  if (on_threads && !platform::has_threads)
    return failure({errc::resource, "this build has no threads; run it in simulation"});
  std::unique_ptr<run> made{new run(std::move(request), figures)};
  made->frames_before_ = count_frames().alive();
  if (!on_threads) {
    made->begin_simulation();
    return made;
  }
  auto supervisor = platform::start_thread([self = made.get()] { self->supervise(); });
  if (!supervisor) {
    made->enter(run_state::failed);
    return failure(std::move(supervisor.error()));
  }
  made->supervisor_ = std::move(*supervisor);
  return made;
}

run::~run() {
  stop();
  if (supervisor_.joinable()) supervisor_.join();
}

auto run::body() -> task<void> { co_await request_.what->run(*rig_, request_.params); }

void run::begin_simulation() {
  runtime_ = std::make_unique<runtime>(simulation{.workers = outcome_.workers, .seed = request_.seed});
  recorder_ = std::make_unique<recorder>(figures_, runtime_->home(), true);
  rig_ = std::make_unique<rig>(*runtime_, request_.params, request_.seed, controls_, figures_);
  main_.emplace(runtime_->spawn(body()));
}

// The whole of a run on threads: everything that may block happens here, so that whoever started it
// never does.
void run::supervise() noexcept {
  std::string failed;
  try {
    outcome_.steps_per_ns = kernel_steps_per_ns();
    {
      std::lock_guard const hold{lock_};
      runtime_ = std::make_unique<runtime>(runtime_options{.workers = outcome_.workers});
      recorder_ = std::make_unique<recorder>(figures_, runtime_->home(), false);
      rig_ = std::make_unique<rig>(*runtime_, request_.params, request_.seed, controls_, figures_);
      if (controls_.stop.load(std::memory_order_relaxed)) rig_->end_early();
    }
    auto const began = runtime_->now();
    if (auto const ended = run_body(); !ended) failed = ended.error().message();
    outcome_.elapsed_ns = (runtime_->now() - began).count();
  } catch (std::exception const& thrown) {
    failed = thrown.what();
  } catch (...) {
    failed = "something that is no std::exception was thrown";
  }
  finish(std::move(failed));
}

// As `block_on` would, but that a deadlock may be what the scenario is about.
auto run::run_body() -> result<void> {
  auto& engine = static_cast<driver&>(runtime_->home());
  auto main = runtime_->spawn(body());
  if (auto ended = engine.run_until_ended(*main.control(), [this] { return rig_->at_deadlock(); }); !ended)
    return ended;
  std::move(main).join_blocking();
  return {};
}

auto run::slice(duration until, duration wall) -> run_state {
  if (is_final(state()) || state() == run_state::paused || runtime_ == nullptr) return state();
  auto const how = sim().advance(instant{until}, wall.count());
  figures_.now.store(static_cast<std::uint64_t>(sim().now().time_since_epoch().count()),
                     std::memory_order_relaxed);
  if (how != ended::not_yet) check_end();
  return state();
}

auto run::step(std::uint64_t steps) -> run_state {
  if (is_final(state()) || runtime_ == nullptr) return state();
  for (; steps > 0; --steps) {
    if (sim().step() != ended::not_yet) {
      check_end();
      break;
    }
  }
  if (runtime_ != nullptr)
    figures_.now.store(static_cast<std::uint64_t>(sim().now().time_since_epoch().count()),
                       std::memory_order_relaxed);
  return state();
}

// In simulation, when nothing is left to do.
void run::check_end() noexcept {
  std::string failed;
  outcome_.elapsed_ns = sim().now().time_since_epoch().count();
  try {
    if (main_ && main_->done()) {
      std::move(*main_).join_blocking();
    } else if (runtime_->live_count() != 0) {
      if (auto const act = rig_->at_deadlock()) return act();  // it goes on
      failed = sim().deadlock_error().message();  // the words of the other engine
    }
  } catch (std::exception const& thrown) {
    failed = thrown.what();
  } catch (...) {
    failed = "something that is no std::exception was thrown";
  }
  main_.reset();
  finish(std::move(failed));
}

// Takes everything down, counts what is left, and only then says that the run has ended.
void run::finish(std::string failed) noexcept {
  auto const early = controls_.stop.load(std::memory_order_acquire);
  std::uint64_t left_alive = 0;
  std::int64_t worked = 0;
  {
    std::unique_ptr<rig> old_rig;
    std::unique_ptr<recorder> old_recorder;
    std::unique_ptr<runtime> old_runtime;
    {
      std::lock_guard const hold{lock_};
      old_rig = std::move(rig_);
      old_recorder = std::move(recorder_);
      old_runtime = std::move(runtime_);
    }
    if (old_rig) {
      outcome_.invariants = old_rig->invariants();
      outcome_.findings = old_rig->findings();
      worked = old_rig->worked();
    }
    if (old_runtime) left_alive = count_left(*old_runtime);
    if (old_recorder) {
      outcome_.trace_hash = old_recorder->hash();
      outcome_.trace_count = old_recorder->count();
    }
    // A worker may be inside the recorder until it has ended: nobody new is let in, the workers are
    // joined, and only then does the recorder go, which was made after the runtime whose clock it reads.
    probe::listen(nullptr);
    old_runtime.reset();  // what is alive of a run that has failed goes on until here, and has the rig
    old_rig.reset();
  }
  auto const frames = static_cast<std::int64_t>(count_frames().alive() - frames_before_);
  outcome_.invariants.push_back({"tasks alive at the end", left_alive == 0, "0",
                                 std::to_string(left_alive)});
  outcome_.invariants.push_back({"coroutine frames alive at the end", frames == 0, "0",
                                 std::to_string(frames)});

  outcome_.items_in = figures_.read(counter::items_in);
  outcome_.items_out = figures_.read(counter::items_out);
  outcome_.dropped = figures_.read(counter::dropped);
  outcome_.retries = figures_.read(counter::retries);
  if (outcome_.elapsed_ns > 0)
    outcome_.utilisation = std::min(1.0, static_cast<double>(worked) /
                                             (static_cast<double>(outcome_.elapsed_ns) *
                                              std::max(1u, outcome_.workers)));
  std::array<std::uint64_t, histogram::bucket_count> counts{};
  std::int64_t least = 0;
  std::int64_t most = 0;
  for (std::size_t i = counts.size(); i-- > 0;) {
    counts[i] = figures_.latency[i].load(std::memory_order_relaxed);
    if (counts[i] == 0) continue;
    if (most == 0) most = histogram::low_of(i + 1) - 1;
    least = histogram::low_of(i);
  }
  outcome_.latency = histogram::from_counts(counts, least, most);

  outcome_.failure = std::move(failed);
  for (auto const& each : outcome_.invariants) {
    if (each.held || !outcome_.failure.empty()) continue;
    outcome_.failure = words({each.name, ": expected ", each.expected, ", found ", each.actual});
  }
  outcome_.state = !outcome_.failure.empty() ? run_state::failed
                   : early                   ? run_state::cancelled
                                             : run_state::finished;
  figures_.now.store(static_cast<std::uint64_t>(outcome_.elapsed_ns), std::memory_order_relaxed);
  enter(outcome_.state);
}

void run::enter(run_state state) noexcept {
  figures_.state.store(static_cast<std::uint32_t>(state), std::memory_order_release);
  state_.store(state, std::memory_order_release);
}

void run::pause() noexcept {
  auto expected = run_state::running;
  if (!state_.compare_exchange_strong(expected, run_state::paused)) return;
  figures_.state.store(static_cast<std::uint32_t>(run_state::paused), std::memory_order_release);
  controls_.hold.store(request_.engine == engine_kind::threads, std::memory_order_relaxed);
}

void run::resume() noexcept {
  auto expected = run_state::paused;
  if (!state_.compare_exchange_strong(expected, run_state::running)) return;
  figures_.state.store(static_cast<std::uint32_t>(run_state::running), std::memory_order_release);
  controls_.hold.store(false, std::memory_order_relaxed);
}

void run::stop() noexcept {
  if (is_final(state())) return;
  controls_.stop.store(true, std::memory_order_release);
  controls_.hold.store(false, std::memory_order_relaxed);
  {
    std::lock_guard const hold{lock_};
    if (rig_) {
      // Between taking a waiter out of its queue and making its task ready, everybody may sleep and
      // nothing be in sight: that is no deadlock, it is us.
      runtime::keep_alive const from_outside{*runtime_};
      rig_->end_early();
    }
  }
  if (request_.engine == engine_kind::sim && runtime_ != nullptr) {
    resume();
    while (!is_final(state())) {
      if (sim().advance(never, 0) != ended::not_yet) check_end();
    }
  }
}

auto run::set_live(std::string_view id, std::string_view text) -> result<void> {
  auto fresh = request_.params;
  if (auto set = fresh.set(id, text); !set) return set;
  auto const all = fresh.parameters();
  auto const at = std::ranges::find(all, id, &parameter::id);
  if (!at->live)
    return failure({errc::rejected, std::string(id) + " cannot change during a run"});
  controls_.live[static_cast<std::size_t>(at - all.begin())].store(fresh.number(id),
                                                                   std::memory_order_relaxed);
  return {};
}

auto run::result_of() const -> outcome const& {
  if (!is_final(state())) throw misuse("run", "asked for its outcome before it ended");
  return outcome_;
}

auto run_to_end(run_request const& request) -> result<outcome> {
  auto figures = std::make_unique<telemetry_block>();
  auto begun = run::start(request, *figures);
  if (!begun) return failure(std::move(begun.error()));
  auto& running = **begun;
  if (request.engine == engine_kind::sim) {
    while (!is_final(running.slice(duration::max(), duration{0}))) {
    }
  } else {
    running.wait();
  }
  return running.result_of();
}

}  // namespace sluice::scenarios
