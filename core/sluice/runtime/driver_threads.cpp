#include <sluice/runtime/driver_threads.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>

#include <sluice/base/contract.hpp>
#include <sluice/base/cpu.hpp>
#include <sluice/base/process_fence.hpp>
#include <sluice/platform/thread.hpp>
#include <sluice/probe/probe.hpp>

namespace sluice {
namespace {

constexpr unsigned fairness_period = 61;
constexpr unsigned most_handed_on = 3;
constexpr unsigned most_stolen = 32;
constexpr std::size_t worth_moving = 4;  // of which on the registry takes fewer locks to move them than to end them elsewhere
constexpr unsigned looks_before_stealing = 24;  // in a search, a microsecond
constexpr std::size_t many_left = 32;
constexpr std::chrono::microseconds nap{50};

thread_local constinit worker* this_worker = nullptr;

}  // namespace

driver_threads::driver_threads(runtime_options options)
    : driver(std::move(options.report),
             +[](executor& self) noexcept {
               auto& threads = static_cast<driver_threads&>(self);
               // A worker that sets a timer looks at the timers itself before it sleeps or computes.
               if (threads.own_worker() == nullptr)
                 threads.wake_timer_keeper(threads.timers_.soonest());
             }),
      began_(monotonic_ns()),
      blocking_(options.blocking_threads, &driver_threads::call_returned) {
  if (options.blocking_threads == 0) throw misuse("runtime", "blocking_threads = 0 is below 1");
  auto const count = options.workers == 0 ? platform::processors() : options.workers;
  if (count > 1024)
    throw misuse("runtime", "workers = " + std::to_string(count) + " is outside 1 to 1024");
  // Spinning pays only while somebody else has a processor to run on.
  spins_ = count > 1 && count <= platform::processors() ? 64 : 1;
  (void)prepare_process_fence();  // the sooner the cheaper: before there are threads
  idle_.reserve(count);
  for (unsigned i = 0; i < count; ++i) {
    workers_.push_back(std::make_unique<worker>(*this, static_cast<std::uint16_t>(i), i + 1));
    workers_.back()->looks.resize(count);
  }
  for (auto& each : workers_) {
    auto started = platform::start_thread([this, self = each.get()] { run(*self); });
    if (!started) {
      stopping_.store(true, std::memory_order_seq_cst);
      wake_everybody();
      for (auto& other : workers_)
        if (other->thread.joinable()) other->thread.join();
      throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again),
                              started.error().message());
    }
    each->thread = std::move(*started);
  }
}

driver_threads::~driver_threads() {
  if (own_worker() != nullptr)
    terminate_misuse("runtime", "destroyed by one of its own tasks");
  refuse_new_tasks();
  auto const give_up = monotonic_ns() + 1'000'000'000;
  while (registry_.live() != 0 && monotonic_ns() < give_up)
    std::this_thread::sleep_for(std::chrono::microseconds{200});
  blocking_.stop();  // what they bring may still be run
  stopping_.store(true, std::memory_order_seq_cst);
  wake_everybody();
  for (auto& each : workers_) each->thread.join();
  ended_ = true;
  unwinding_.store(true, std::memory_order_relaxed);
  abandon_the_rest();
}

auto driver_threads::own_worker() const noexcept -> worker* {
  return this_worker != nullptr && this_worker->home == this ? this_worker : nullptr;
}

auto driver_threads::now() noexcept -> instant {
  return instant{duration{monotonic_ns() - began_}};
}

void driver_threads::schedule(task_control& ready) noexcept {
  if (unwinding_.load(std::memory_order_relaxed)) [[unlikely]] return schedule_in_the_end(ready);
  auto* const self = own_worker();
  if (self == nullptr) [[unlikely]] return schedule_from_outside(ready);
  if (auto* const displaced = std::exchange(self->next, &ready)) queue_up(*self, *displaced);
  // Else the pair stays here, and nobody is woken for it.
}

// Not inline, these two, so that a pair that hands a value to and fro saves no registers.
void driver_threads::schedule_from_outside(task_control& ready) noexcept {
  injector_.push(ready);
  offer();
}

void driver_threads::queue_up(worker& self, task_control& displaced) noexcept {
  try {
    self.queue.push(&displaced);
  } catch (...) {  // no memory for a longer one
    return schedule_from_outside(displaced);
  }
  if (workers_.size() == 1) return;
  if (self.queue.size_hint() == many_left) offer();
  else wake_one();
}

// Without a way back to `run`, which a slice in 61 takes nevertheless: there it is seen whose turn it is.
auto driver_threads::start_first(task_control& spawned, task_control& caller) noexcept -> std::coroutine_handle<> {
  auto* const self = own_worker();
  if (self == nullptr || self->until_oldest == 0 || &caller.home() != this || unwinding_.load(std::memory_order_relaxed))
    return driver::start_first(spawned, caller);
  --self->until_oldest;
  // What was woken before keeps its place: behind the callers of a long chain of forks it would wait for all of them.
  if (auto* const woken = std::exchange(self->next, nullptr)) queue_up(*self, *woken);
  caller.ready_again();
  probe::suspended();
  queue_up(*self, caller);
  return begin_slice(*self, spawned);
}

void driver_threads::schedule_last(task_control& ready) noexcept {
  if (unwinding_.load(std::memory_order_relaxed)) return schedule_in_the_end(ready);
  injector_.push(ready);
  offer();
}

void driver_threads::offload(offloaded_call& call) {
  hold_alive();
  try {
    blocking_.run(call);
  } catch (...) {
    release_alive();
    throw;
  }
}

void driver_threads::call_returned(offloaded_call& call) noexcept {
  auto& self = static_cast<driver_threads&>(call.task->home());
  call.task->schedule();
  self.release_alive();
}

auto driver_threads::draw(std::uint64_t bound) noexcept -> std::uint64_t {
  auto* const self = own_worker();
  SLUICE_ASSERT(self != nullptr);
  return self->random.below(bound);
}

void driver_threads::about_to_compute() noexcept {
  auto* const self = own_worker();
  if (self == nullptr) return;
  if (self->next != nullptr) queue_up(*self, *std::exchange(self->next, nullptr));
  if (self->queue.size_hint() != 0 || !injector_.empty()) {
    offer();
  } else if (timers_.soonest() != never) {
    wake_timer_keeper(timers_.soonest());
  }
}

auto driver_threads::others_are_due() noexcept -> bool {
  auto* const self = own_worker();
  if (self == nullptr) return false;
  if (timers_.soonest() != never) (void)timers_.fire_due(now());
  return self->next != nullptr || self->queue.size_hint() != 0 || !injector_.empty();
}

void driver_threads::run(worker& self) noexcept {
  this_worker = &self;
  detail::worker_of = this;
  probe::at({0, self.index});
  while (!stopping_.load(std::memory_order_acquire)) {
    if (auto* const task = take_local(self)) {
      if (self.searching) end_search(self, true);
      run_slice(self, *task);
    } else if (auto* const found = search(self)) {
      run_slice(self, *found);
    } else {
      park(self);
    }
  }
  detail::worker_of = nullptr;
  this_worker = nullptr;
}

auto driver_threads::begin_slice(worker const& self, task_control& task) noexcept -> std::coroutine_handle<> {
  probe::at({task.id(), self.index});
  probe::resumed();
  task.last_worker = self.index;
  task_registry::now_runs(task.id());
  detail::operations_left = detail::operations_of_a_slice;
  return task.resumes();
}

void driver_threads::run_slice(worker& self, task_control& task) noexcept {
  begin_slice(self, task).resume();  // the task may be gone, or run elsewhere, afterwards
  probe::suspended();
  probe::at({0, self.index});
}

// What a slice mostly ends with, a task that has just been woken, is decided in a few instructions.
inline auto driver_threads::take_local(worker& self) noexcept -> task_control* {
  if (self.until_oldest != 0 && self.next != nullptr && self.handed_on < most_handed_on) {
    --self.until_oldest;
    ++self.handed_on;
    return std::exchange(self.next, nullptr);
  }
  return take_queued(self);
}

auto driver_threads::take_queued(worker& self) noexcept -> task_control* {
  if (self.until_oldest-- == 0) {
    self.until_oldest = fairness_period - 1;
    (void)timers_.fire_due(timers_.soonest() == never ? instant{} : now());
    if (auto* const oldest = take_oldest(self)) return oldest;
  }
  if (self.next != nullptr && self.handed_on < most_handed_on) {
    ++self.handed_on;
    return std::exchange(self.next, nullptr);
  }
  self.handed_on = 0;
  if (self.queue.size_hint() != 0)
    if (auto newest = workers_.size() == 1 ? self.queue.take_alone() : self.queue.take()) return *newest;
  if (auto* const outside = injector_.pop()) return outside;
  return std::exchange(self.next, nullptr);
}

auto driver_threads::take_oldest(worker& self) noexcept -> task_control* {
  auto const injector_first = ++self.oldest_taken % 2 == 0;
  if (injector_first)
    if (auto* const outside = injector_.pop()) return outside;
  if (auto oldest = self.queue.steal()) return *oldest;
  return injector_first ? nullptr : injector_.pop();
}

// While others have work that comes and goes, the search of one worker is not over: it goes on after a nap, and meanwhile
// nobody else is woken, which would cost those that work a system call each time.
auto driver_threads::search(worker& self) noexcept -> task_control* {
  if (!self.searching) {
    self.searching = true;
    idle_counts_.begin_search();
  }
  for (;;) {
    self.saw_work = false;
    auto* const task = search_once(self);
    if (task != nullptr || !self.saw_work || stopping_.load(std::memory_order_relaxed) || !may_nap(self)) {
      if (napper_.load(std::memory_order_relaxed) == &self) napper_.store(nullptr, std::memory_order_release);
      end_search(self, task != nullptr);
      return task;
    }
    auto const due = timers_.soonest();
    probe::parked();
    (void)self.sleep.park_for(due == never ? nap : std::clamp<duration>(due - now(), duration{0}, nap));
    probe::unparked();
  }
}

// One at a time: the others sleep beside the tasks that are left to it. Work that is offered just as it lies down waits for the
// end of the nap: a fence would make it seen at once, and be paid by the one who works, each time.
auto driver_threads::may_nap(worker& self) noexcept -> bool {
  auto* before = napper_.load(std::memory_order_relaxed);
  if (before == &self) return true;
  return before == nullptr && napper_.compare_exchange_strong(before, &self, std::memory_order_acq_rel, std::memory_order_relaxed);
}

// Of work that nobody may leave where it is: whoever naps looks for it at once.
void driver_threads::offer() noexcept {
  if (std_atomics::has_light_fence()) std_atomics::light_fence();
  else std::atomic_thread_fence(std::memory_order_seq_cst);
  if (auto* const napper = napper_.load(std::memory_order_relaxed)) napper->sleep.unpark();
  else wake_one();
}

auto driver_threads::search_once(worker& self) noexcept -> task_control* {
  for (unsigned round = 0; round < spins_; ++round) {
    if (timers_.soonest() != never && timers_.fire_due(now()) > 0)
      if (auto* const woken = std::exchange(self.next, nullptr)) return woken;
    if (auto* const outside = injector_.pop()) return outside;
    if (auto* const stolen = steal(self)) return stolen;
    if (stopping_.load(std::memory_order_relaxed)) return nullptr;
    cpu_pause();
  }
  return nullptr;
}

// Whoever ends the last search having found something wakes the next: work seldom comes alone.
void driver_threads::end_search(worker& self, bool found) noexcept {
  self.searching = false;
  if (idle_counts_.end_search() && found) wake_one();
}

auto driver_threads::steal(worker& self) noexcept -> task_control* {
  auto const count = workers_.size();
  if (count < 2) return nullptr;
  auto const start = static_cast<std::size_t>(self.random.below(count));
  for (std::size_t i = 0; i < count; ++i) {
    auto& victim = *workers_[(start + i) % count];
    if (&victim == &self || !is_left_behind(victim, self)) continue;
    auto* const stolen = steal_from(victim, self);
    if (stolen == nullptr) continue;
    self.looks[victim.index].oldest = victim.queue.oldest_number();  // what was behind it has waited as long
    probe::stole(victim.index);
    return stolen;
  }
  return nullptr;
}

// Of a few tasks each is mostly the partner of the one that runs there, or the loop that has forked it, and would come back the
// same way. So they are left to their worker until one has not been taken for some time.
auto driver_threads::is_left_behind(worker& victim, worker& self) const noexcept -> bool {
  auto const size = victim.queue.size_hint();
  if (size == 0) return false;
  self.saw_work = true;
  if (size >= many_left || spins_ == 1) return true;
  auto& seen = self.looks[victim.index];
  auto const oldest = victim.queue.oldest_number();
  if (std::exchange(seen.oldest, oldest) != oldest) seen.same = 0;
  return ++seen.same > looks_before_stealing;
}

// Half of what the victim has, oldest first; the first is run, the rest is ours to be stolen. One thief at a time: each item
// is an exchange, and a dozen thieves at one queue would wait for each other's; they find those of the first one soon.
auto driver_threads::steal_from(worker& victim, worker& self) noexcept -> task_control* {
  std::array<task_control*, most_stolen> stolen;
  std::size_t most = most_stolen;
  try {
    self.queue.reserve(most_stolen);  // before anything is taken
  } catch (...) {  // no memory for more than the one that is run
    most = 1;
  }
  if (victim.robbed.load(std::memory_order_relaxed) || victim.robbed.exchange(true, std::memory_order_acquire)) return nullptr;
  std::size_t count = 0;
  for (auto const wanted = std::min((victim.queue.size_hint() + 1) / 2, most); count < wanted; ++count) {
    auto const next = victim.queue.steal();
    if (!next) break;
    stolen[count] = *next;
  }
  victim.robbed.store(false, std::memory_order_release);
  if (count == 0) return nullptr;
  if (count >= worth_moving) registry_.expect_here({stolen.data(), count});
  for (std::size_t i = 1; i < count; ++i) self.queue.push(stolen[i]);
  return stolen[0];
}

auto driver_threads::work_in_sight() const noexcept -> bool {
  auto const enough = napper_.load(std::memory_order_acquire) != nullptr ? many_left : 1;
  return !injector_.empty() ||
         std::ranges::any_of(workers_, [&](auto const& each) { return each->queue.size_hint() >= enough; });
}

void driver_threads::park(worker& self) noexcept {
  bool keeps_timers = false;
  auto due = never;
  {
    std::lock_guard const hold{idle_lock_};
    self.asleep = true;
    idle_.push_back(&self);
    idle_counts_.sleep();
    due = timers_.soonest();
    if (due != never && (!timer_keeper_ || due < keeper_due_)) {
      timer_keeper_ = &self;
      keeper_due_ = due;
      keeps_timers = true;
      std::swap(idle_.front(), idle_.back());  // woken last: the others have nothing to keep
    }
  }
  idle_counts_.announce();
  if (work_in_sight() || stopping_.load(std::memory_order_seq_cst) ||
      (keeps_timers && timers_.soonest() <= now())) {
    // fall through to the end without sleeping
  } else {
    look_for_deadlock();
    probe::parked();
    if (keeps_timers) {
      // Not after `keeper_due_`, whatever is soonest by now: that is what the others rely on.
      (void)self.sleep.park_until(std::chrono::steady_clock::time_point{
          std::chrono::duration_cast<std::chrono::steady_clock::duration>(
              duration{began_} + due.time_since_epoch())});
    } else {
      self.sleep.park();
    }
    probe::unparked();
  }

  std::lock_guard const hold{idle_lock_};
  if (timer_keeper_ == &self) timer_keeper_ = nullptr;
  if (self.asleep) {  // nobody woke it: it leaves by itself
    self.asleep = false;
    idle_.erase(std::ranges::find(idle_, &self));
    idle_counts_.leave_sleep();
  } else {
    self.searching = true;  // whoever woke it has counted it already
  }
}

void driver_threads::wake_sleeper() noexcept {
  worker* woken = nullptr;
  {
    std::lock_guard const hold{idle_lock_};
    if (idle_.empty()) return;
    woken = idle_.back();
    idle_.pop_back();
    woken->asleep = false;
    idle_counts_.wake_to_search();
    woken->sleep.unpark();
  }
}

// Somebody must wake in time for `due`: the keeper if it would sleep too long, else any sleeper.
void driver_threads::wake_timer_keeper(instant due) noexcept {
  std::lock_guard const hold{idle_lock_};
  if (idle_.empty() || dying_ != nullptr || (timer_keeper_ != nullptr && keeper_due_ <= due)) return;
  (timer_keeper_ != nullptr ? timer_keeper_ : idle_.back())->sleep.unpark();
}

void driver_threads::wake_everybody() noexcept {
  std::lock_guard const hold{idle_lock_};
  for (auto& each : workers_) each->sleep.unpark();
}

}  // namespace sluice
