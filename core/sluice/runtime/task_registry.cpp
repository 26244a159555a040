#include <sluice/runtime/task_registry.hpp>

#include <algorithm>
#include <string_view>

namespace sluice {

auto spawned_at(task_control const& task) -> std::string {
  std::string_view file = task.spawned_at().file_name();
  if (auto const slash = file.rfind('/'); slash != file.npos) file.remove_prefix(slash + 1);
  return std::string(file) + ":" + std::to_string(task.spawned_at().line());
}

void task_registry::add(detail::root_control& spawned) noexcept {
  spawned.become(static_cast<std::uint32_t>(spawned_.fetch_add(1, std::memory_order_release) + 1));
  auto& shard = shard_of(spawned.id());
  std::lock_guard const hold{shard.lock};
  shard.tasks.push_back(spawned);
}

void task_registry::remove(detail::root_control& ended) noexcept {
  auto& shard = shard_of(ended.id());
  std::lock_guard const hold{shard.lock};
  if (!static_cast<list_node<>&>(ended).linked()) return;  // popped by a runtime that is ending
  shard.tasks.remove(ended);
  ended_.fetch_add(1, std::memory_order_acq_rel);
}

auto task_registry::pop_newest() noexcept -> detail::root_control* {
  shard* from = nullptr;
  task_control* newest = nullptr;
  for (auto& each : shards_) {
    std::lock_guard const hold{each.lock};
    if (each.tasks.empty() || (newest != nullptr && each.tasks.back().id() < newest->id())) continue;
    newest = &each.tasks.back();
    from = &each;
  }
  if (newest == nullptr) return nullptr;
  std::lock_guard const hold{from->lock};
  from->tasks.remove(*newest);
  ended_.fetch_add(1, std::memory_order_acq_rel);
  return static_cast<detail::root_control*>(newest);
}

auto task_registry::list() const -> std::vector<live_task> {
  std::vector<live_task> all;
  for (auto& shard : shards_) {
    std::lock_guard const hold{shard.lock};
    shard.tasks.for_each([&](task_control& task) {
      auto const* const why = task.waiting_for();
      all.push_back({task.id(), spawned_at(task), why == nullptr ? "" : why,
                     why == nullptr ? std::source_location{} : task.wait().where(),
                     why == nullptr ? never : task.wait().since()});
    });
  }
  std::ranges::make_heap(all, {}, &live_task::id);  // a third of the code that sorting takes
  std::ranges::sort_heap(all, {}, &live_task::id);
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
