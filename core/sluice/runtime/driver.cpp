#include <sluice/runtime/driver.hpp>

#include <cstdio>
#include <exception>
#include <string>
#include <utility>

#include <sluice/base/contract.hpp>
#include <sluice/probe/probe.hpp>

namespace sluice {

void report_to_stderr(std::string_view what) {
  std::fprintf(stderr, "sluice: %.*s\n", static_cast<int>(what.size()), what.data());
}

driver::driver(report_sink report, timer_heap::earlier became_soonest)
    : timers_(*this, became_soonest),
      report_(report ? std::move(report) : report_sink{report_to_stderr}),
      root_(context::root(*this)),
      background_(with_cancel(root_)) {}

void driver::admit(detail::root_control& spawned) {
  if (closing_.load(std::memory_order_acquire))
    throw misuse("spawn", "the runtime is shutting down and takes no new tasks");
  registry_.add(spawned);
  probe::spawned(spawned.id(), spawned.spawned_at());
}

void driver::offload(offloaded_call& call) {
  auto* const outer = std::exchange(detail::worker_of, nullptr);
  call.run();
  detail::worker_of = outer;
  call.task->schedule();
}

void driver::task_ended(detail::root_control& ended) noexcept {
  probe::emit(probe::verb::ended, ended.id());
  registry_.remove(ended);
}

void driver::exception_unheard(detail::root_control& ended, std::exception_ptr unheard) noexcept {
  try {
    auto text = "task " + std::to_string(ended.id()) + ", spawned at " + spawned_at(ended) +
                ", threw, and nobody joined it: ";
    try {
      std::rethrow_exception(unheard);
    } catch (std::exception const& thrown) {
      text += thrown.what();
    } catch (...) {
      text += "something that is no std::exception";
    }
    report_(text);
  } catch (...) {
    report_to_stderr("a task threw, nobody joined it, and the report failed");
  }
}

void driver::release_alive() noexcept {
  if (outside_.fetch_sub(1, std::memory_order_acq_rel) == 1) outside_left();
}

void driver::abandon_the_rest() noexcept {
  if (registry_.live() == 0) return;
  try {
    report_("a runtime ended with " + std::to_string(registry_.live()) + " live tasks:" +
            registry_.describe());
  } catch (...) {
    report_to_stderr("a runtime ended with live tasks, and their report failed");
  }
  auto const why = std::make_exception_ptr(misuse("runtime", "ended before its tasks had"));
  // What a task has spawned is newer, and mostly refers to what lies in its frame.
  registry_.drain([&](detail::root_control& task) {
    task.report_nothing();  // it has just been named
    task.abandon(why);
  });
}

auto driver::deadlock_error() const -> error {
  return {errc::deadlock, "every task waits and nothing can wake one:" + registry_.describe()};
}

}  // namespace sluice
