#include <sluice/runtime/driver.hpp>

#include <cstdio>
#include <exception>
#include <string>

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

void driver::adopt(detail::root_control& spawned) {
  if (closing_.load(std::memory_order_acquire))
    throw misuse("spawn", "the runtime is shutting down and takes no new tasks");
  spawned.on_end = &driver::task_ended;
  spawned.on_unheard = &driver::exception_unheard;
  registry_.add(spawned);
  probe::emit(probe::verb::spawned, spawned.id());
  schedule(spawned);
}

void driver::task_ended(detail::root_control& root) noexcept {
  auto& self = static_cast<driver&>(root.home());
  probe::emit(probe::verb::ended, root.id());
  self.registry_.remove(root);
}

void driver::exception_unheard(detail::root_control& root) noexcept {
  auto& self = static_cast<driver&>(root.home());
  try {
    auto text = "task " + std::to_string(root.id()) + ", spawned at " + spawned_at(root) +
                ", threw, and nobody joined it: ";
    try {
      std::rethrow_exception(root.thrown);
    } catch (std::exception const& thrown) {
      text += thrown.what();
    } catch (...) {
      text += "something that is no std::exception";
    }
    self.report_(text);
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
  while (auto* const task = registry_.pop()) {
    task->on_unheard = nullptr;  // it has just been named
    task->abandon(why);
  }
}

auto driver::deadlock_error() const -> error {
  return {errc::deadlock, "every task waits and nothing can wake one:" + registry_.describe()};
}

}  // namespace sluice
