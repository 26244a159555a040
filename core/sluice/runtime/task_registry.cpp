#include <sluice/runtime/task_registry.hpp>

#include <algorithm>
#include <mutex>
#include <string_view>

#include <sluice/base/scope_exit.hpp>

namespace sluice {
namespace {

void sort_by(auto id, auto& all) {
  std::ranges::make_heap(all, {}, id);  // a third of the code that sorting takes
  std::ranges::sort_heap(all, {}, id);
}

}  // namespace

auto spawned_at(task_control const& task) -> std::string {
  std::string_view file = task.spawned_at().file_name();
  if (auto const slash = file.rfind('/'); slash != file.npos) file.remove_prefix(slash + 1);
  return std::string(file) + ":" + std::to_string(task.spawned_at().line());
}

// Dealt out in turn, so that the workers of a runtime mostly have one each.
auto task_registry::shard_of_this_thread() noexcept -> std::uint8_t {
  static constinit std::atomic<unsigned> dealt_out{0};
  thread_local constinit unsigned own = 0;  // 0: none yet
  if (own == 0) own = dealt_out.fetch_add(1, std::memory_order_relaxed) % shard_count + 1;
  return static_cast<std::uint8_t>(own - 1);
}

auto task_registry::next_id(shard& of) noexcept -> std::uint32_t {
  // A task has a higher number than the one that spawned it, wherever that got its own.
  if (of.next_id == of.last_id || of.next_id < running_) {
    // The first ones are counted one by one, as people do who read them; many are dealt out by the hundred.
    auto const many = ids_.load(std::memory_order_relaxed) < 1024 ? 1U : 128U;
    of.next_id = ids_.fetch_add(many, std::memory_order_relaxed);
    of.last_id = of.next_id + many;
  }
  return ++of.next_id;
}

void task_registry::add(detail::root_control& spawned) noexcept {
  auto const place = shard_of_this_thread();
  auto& shard = shards_[place];
  spawned.registered_at = place;
  std::lock_guard const hold{shard.lock};
  spawned.become(next_id(shard));
  shard.tasks.push_back(spawned);
  shard.spawned.store(shard.spawned.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}

void task_registry::end_one(shard& of) noexcept {
  of.ended.store(of.ended.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}

void task_registry::remove(detail::root_control& ended) noexcept {
  auto& shard = shards_[ended.registered_at];
  std::lock_guard const hold{shard.lock};
  if (!static_cast<list_node<>&>(ended).linked()) return;  // taken out by a runtime that is ending
  shard.tasks.remove(ended);
  end_one(shard);
}

void task_registry::expect_here(std::span<task_control* const> tasks) noexcept {
  auto const place = shard_of_this_thread();
  auto& here = shards_[place];
  for (std::size_t at = 0; at < tasks.size();) {
    auto const from = tasks[at]->registered_at;
    auto const first = at;
    while (at < tasks.size() && tasks[at]->registered_at == from) ++at;
    if (from == place) continue;
    auto& there = shards_[from];
    std::lock_guard const lower{from < place ? there.lock : here.lock};
    std::lock_guard const higher{from < place ? here.lock : there.lock};
    for (auto* const task : tasks.subspan(first, at - first)) {
      there.tasks.remove(*task);
      here.tasks.push_back(*task);
      task->registered_at = place;
    }
  }
}

void task_registry::for_each(auto const& look) const {
  for (auto& shard : shards_) shard.lock.lock();
  scope_exit const unlock{[this] {
    for (auto& shard : shards_) shard.lock.unlock();
  }};
  for (auto& shard : shards_) shard.tasks.for_each(look);
}

auto task_registry::by_number() noexcept -> std::vector<detail::root_control*> {
  try {
    std::vector<detail::root_control*> all;
    for_each([&](task_control& task) { all.push_back(static_cast<detail::root_control*>(&task)); });
    sort_by(&task_control::id, all);
    return all;
  } catch (...) {
    return {};
  }
}

auto task_registry::newest_left() noexcept -> detail::root_control* {
  task_control* newest = nullptr;
  for_each([&](task_control& task) {
    if (newest == nullptr || newest->id() < task.id()) newest = &task;
  });
  return static_cast<detail::root_control*>(newest);
}

auto task_registry::list() const -> std::vector<live_task> {
  std::vector<live_task> all;
  for_each([&](task_control& task) {
    auto const* const why = task.waiting_for();
    all.push_back({task.id(), spawned_at(task), why == nullptr ? "" : why,
                   why == nullptr ? std::source_location{} : task.wait().where(),
                   why == nullptr ? never : task.wait().since()});
  });
  sort_by(&live_task::id, all);
  return all;
}

auto task_registry::describe(std::size_t most) const -> std::string {
  std::string text;
  auto const all = list();
  for (auto const& task : all) {
    if (most-- == 0) break;
    text += "\n  task " + std::to_string(task.id) + ", spawned at " + task.spawned_at +
            (task.waiting_for.empty() ? ", runnable" : ", waits for " + task.waiting_for);
  }
  if (auto const shown = static_cast<std::size_t>(std::ranges::count(text, '\n'));
      shown < all.size())
    text += "\n  and " + std::to_string(all.size() - shown) + " more";
  return text;
}

}  // namespace sluice
