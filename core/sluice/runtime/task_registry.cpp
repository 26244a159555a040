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

auto place_of(std::source_location const& where) -> std::string {
  std::string_view file = where.file_name();
  if (auto const slash = file.rfind('/'); slash != file.npos) file.remove_prefix(slash + 1);
  return std::string(file) + ":" + std::to_string(where.line());
}

}  // namespace

auto spawned_at(task_control const& task) -> std::string { return place_of(task.spawned_at()); }

// Dealt out in turn, so that the workers of a runtime mostly have one each.
auto task_registry::choose_shard() noexcept -> std::uint8_t {
  static constinit std::atomic<unsigned> dealt_out{0};
  own_shard_ = static_cast<std::uint8_t>(dealt_out.fetch_add(1, std::memory_order_relaxed) % shard_count + 1);
  return own_shard_;
}

void task_registry::fetch_ids(shard& of) noexcept {
  // The first ones are counted one by one, as people do who read them; many are dealt out by the hundred.
  auto const many = ids_.load(std::memory_order_relaxed) < 1024 ? 1U : 128U;
  of.next_id = ids_.fetch_add(many, std::memory_order_relaxed);
  of.last_id = of.next_id + many;
}

void task_registry::add_in_turn(detail::root_control& spawned) noexcept {
  auto& here = shards_[shard_of_this_thread()];
  std::lock_guard const hold{here.lock};
  if (!has_number(here)) fetch_ids(here);
  add_locked(here, spawned);
}

void task_registry::remove_in_turn(shard& from, detail::root_control& ended) noexcept {
  std::lock_guard const hold{from.lock};
  remove_locked(from, ended);
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

auto task_registry::by_age() noexcept -> std::vector<detail::root_control*> {
  try {
    std::vector<detail::root_control*> all;
    for_each([&](task_control& task) { all.push_back(static_cast<detail::root_control*>(&task)); });
    sort_by([this](auto* task) { return ~age(task->id()); }, all);
    return all;
  } catch (...) {
    return {};
  }
}

auto task_registry::newest_left() noexcept -> detail::root_control* {
  task_control* newest = nullptr;
  for_each([&](task_control& task) {
    if (newest == nullptr || age(task.id()) < age(newest->id())) newest = &task;
  });
  return static_cast<detail::root_control*>(newest);
}

/// What is copied of a task under the locks.
struct task_registry::seen {
  std::uint32_t id;
  std::source_location spawned_at;
  char const* waiting_for;
  std::source_location suspended_at;
  instant waiting_since;

  [[nodiscard]] auto told() const -> live_task {
    return {id, place_of(spawned_at), waiting_for == nullptr ? "" : waiting_for, suspended_at, waiting_since};
  }
};

// While the locks are held nobody spawns and no task ends: so they see to no text, and mostly to no memory.
auto task_registry::look_around() const -> std::vector<seen> {
  std::vector<seen> all;
  all.reserve(static_cast<std::size_t>(live()) + 64);
  for_each([&](task_control& task) {
    auto const* const why = task.waiting_for();
    all.push_back({task.id(), task.spawned_at(), why, why == nullptr ? std::source_location{} : task.wait().where(),
                   why == nullptr ? never : task.wait().since()});
  });
  sort_by(&seen::id, all);
  return all;
}

auto task_registry::list() const -> std::vector<live_task> {
  auto const all = look_around();
  std::vector<live_task> told;
  told.reserve(all.size());
  for (auto const& each : all) told.push_back(each.told());
  return told;
}

auto task_registry::describe(std::size_t most) const -> std::string {
  std::string text;
  auto const all = look_around();
  auto const shown = std::min(most, all.size());
  for (auto const& each : std::span{all}.first(shown)) {
    auto const task = each.told();
    text += "\n  task " + std::to_string(task.id) + ", spawned at " + task.spawned_at +
            (task.waiting_for.empty() ? ", runnable" : ", waits for " + task.waiting_for);
  }
  if (shown < all.size()) text += "\n  and " + std::to_string(all.size() - shown) + " more";
  return text;
}

}  // namespace sluice
