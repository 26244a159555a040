#include <sluice/observe/leak_check.hpp>

#include <chrono>
#include <string_view>
#include <thread>

#include <sluice/task/waiter.hpp>

namespace sluice {
namespace {

auto counted(std::int64_t count, std::string_view what) -> std::string {
  return std::to_string(count) + " " + std::string{what} + (count == 1 ? "" : "s");
}

}  // namespace

auto leaks::text() const -> std::string {
  if (none()) return {};
  std::string all = "left alive:";
  auto const say = [&](std::int64_t count, std::string_view what) {
    if (count > 0) all += (all.ends_with(':') ? " " : ", ") + counted(count, what);
  };
  say(static_cast<std::int64_t>(tasks.size()), "task");
  say(frames, "coroutine frame");
  say(timers, "timer");
  all += "\n";
  return tasks.empty() ? all : all + detail::task_dump(tasks, seen_at);
}

auto leak_check::look() const -> leaks {
  leaks found;
  if (standing_) {
    found.seen_at = now_();
    found.tasks = standing_();
    std::erase_if(found.tasks, [&](auto const& each) { return before_.contains(each.id); });
  }
  found.frames = frames_now() - frames_before_;
  found.timers = timers_now() - timers_before_;
  return found;
}

auto leak_check::left(duration limit) const -> leaks {
  auto found = look();
  if (found.none() || limit <= duration{0}) return found;
  detail::refuse_on_worker("leak_check");
  if (run_until_) {
    run_until_(saturating_add(now_(), limit));
    return look();
  }
  auto const give_up = monotonic_ns() + limit.count();
  while (found && monotonic_ns() < give_up) {
    std::this_thread::sleep_for(std::chrono::microseconds{200});
    found = look();
  }
  return found;
}

}  // namespace sluice
