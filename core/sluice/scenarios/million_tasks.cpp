// million_tasks — as many tasks as there is memory for, all alive at once, on a handful of threads.
#include <algorithm>
#include <array>
#include <atomic>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <vector>

#include <sluice/scenarios/rig.hpp>
#include <sluice/scenarios/words.hpp>
#include <sluice/sync/event.hpp>
#include <sluice/sync/wait_group.hpp>
#include <sluice/task/spawn.hpp>
#include <sluice/time/sleep.hpp>

namespace sluice::scenarios {
namespace {

// A program in a page has 256 MiB for everything; one with addresses of 64 bits has the machine.
constexpr bool in_a_page = sizeof(void*) == 4;

constexpr parameter parameters[] = {
    {.id = "tasks", .label = "Tasks", .unit = "tasks", .help = "Tasks that are alive at the same time.",
     .type = param_type::integer, .min = 1, .max = in_a_page ? 400'000 : 5'000'000,
     .fallback = in_a_page ? 50'000 : 1'000'000, .log_scale = true},
    {.id = "waiting", .label = "They wait", .unit = "ms", .help = "How long they wait, all of them.",
     .type = param_type::duration, .min = 0, .max = 10'000, .fallback = 5},
    {.id = "work", .label = "Work per task", .unit = "µs", .help = "What each does when it goes on.",
     .type = param_type::duration, .min = 0, .max = 1'000, .fallback = 1},
    {.id = "workers", .label = "Workers", .unit = "", .help = "Threads that run the tasks.",
     .type = param_type::integer, .min = 1, .max = 16, .fallback = 4},
};

constexpr series queues[] = {{"alive", "Tasks alive", "tasks", "tasks"}};
constexpr stage_label stages[] = {{"starting", "starting tasks"}, {"working", "working"}};
constexpr std::string_view pictures[] = {"lanes", "queue", "hist", "rate"};
constexpr std::string_view hero[] = {"tasks", "work"};
constexpr std::string_view notice[] = {
    "First one task starts all the others, then all of them wait, then a door opens and {workers} workers "
    "take them up one after another. A task that waits needs no thread.",
    "What a task needs while it waits is its frame: what it still has to remember. How many bytes that is, "
    "with all that the allocator adds, was measured in this run and stands under what was checked.",
    "Half of them are done within {p50} after the door has opened: waking a task is putting it in a line."};

constexpr std::uint32_t alive_series = 1;
constexpr std::size_t noted = 4096;          // tasks whose place in memory is noted
constexpr std::uint64_t in_a_burst = 256;

auto address(std::coroutine_handle<> frame) noexcept -> std::uintptr_t {
  return reinterpret_cast<std::uintptr_t>(frame.address());
}

/// Where the frame of the coroutine that awaits it lies.
struct own_frame {
  std::uintptr_t at = 0;
  [[nodiscard]] auto await_ready() const noexcept -> bool { return false; }
  template <task_promise Promise>
  auto await_suspend(std::coroutine_handle<Promise> here) noexcept -> bool {
    at = address(here);
    return false;
  }
  [[nodiscard]] auto await_resume() const noexcept -> std::uintptr_t { return at; }
};

/// Where the frame and the block of each task lie. What one takes, with all that the allocator adds, is the shortest
/// way from such a frame to the next frame behind it: no two overlap, and some lie side by side.
struct places {
  std::array<std::uintptr_t, noted> body{}, root{};

  [[nodiscard]] auto bytes_per_task(std::size_t tasks) const -> std::uintptr_t {
    struct frame {
      std::uintptr_t at;
      bool is_root;
    };
    std::vector<frame> all;
    for (std::size_t i = 0; i < std::min(tasks, noted); ++i) {
      all.push_back({body[i], false});
      all.push_back({root[i], true});
    }
    std::ranges::make_heap(all, {}, &frame::at);  // less code than sorting
    std::ranges::sort_heap(all, {}, &frame::at);
    std::array<std::uintptr_t, 2> least{};
    for (std::size_t i = 0; i + 1 < all.size(); ++i) {
      auto& shortest = least[all[i].is_root ? 1 : 0];
      auto const way = all[i + 1].at - all[i].at;
      if (shortest == 0 || way < shortest) shortest = way;
    }
    return least[0] + least[1];
  }
};

// [show]
/// What all of them share: a door, and a count of who is there.
struct crowd {
  rig& r;
  std::uint64_t tasks;
  duration work;
  event door, all_here;
  wait_group left;
  std::atomic<std::uint64_t> here{0}, gone{0};
  instant opened{};
  bool full = false;
  places memory{};
};

task<void> one(crowd& all, std::uint64_t number) {
  if (number < noted) all.memory.body[number] = co_await own_frame{};
  if (all.here.fetch_add(1) + 1 == all.tasks) all.all_here.set();
  (void)co_await all.door.wait(context::background());
  if (!all.r.stopped()) co_await all.r.work(all.work, number, 1);
  all.r.put_out_since(all.opened);
  if (auto const gone = ++all.gone; gone % in_a_burst == 0) all.r.depth(alive_series, all.tasks - gone);
  all.left.done();
}

/// Starts some of them; answers how many: fewer than it should when there is no memory left.
auto start(crowd& all, std::uint64_t from) -> std::uint64_t {
  auto number = from;
  try {
    for (auto const to = std::min(from + in_a_burst, all.tasks); number < to; ++number) {
      all.left.add();
      auto started = spawn(all.r.home(), one(all, number));
      if (number < noted) all.memory.root[number] = reinterpret_cast<std::uintptr_t>(started.control());
      started.detach();
    }
  } catch (std::bad_alloc const&) {
    all.left.done();
    all.full = true;
  }
  all.r.took_in(number - from);
  return number - from;
}
// [/show]

task<void> run(rig& r, values const& v) {
  auto const tasks = v.count("tasks");
  crowd all{.r = r, .tasks = tasks, .work = v.time("work"), .door = {}, .all_here = {}, .left = {}};
  std::uint64_t started = 0;
  // [show]
  while (started < tasks && !r.stopped() && !all.full) {
    co_await r.burst(0, [&] {
      auto const some = start(all, started);
      started += some;
      return some;
    });
    r.depth(alive_series, started);
  }
  if (started == tasks && co_await all.all_here.wait(r.ctx()))
    (void)co_await sleep_for(r.ctx(), v.time("waiting"));
  auto const alive = all.here.load();
  all.opened = r.now();
  all.door.set();
  (void)co_await all.left.wait(context::background());
  // [/show]
  r.depth(alive_series, 0);
  r.check("tasks there was memory for, all alive at once", r.stopped() ? alive : tasks, alive);
  r.check("tasks started = tasks ended", started, r.items_out());
  if (alive != started || started < 2) co_return;  // not all have said where they lie
  auto const bytes = all.memory.bytes_per_task(started);
  r.found("memory of a task that waits", words({std::to_string(bytes), " bytes"}));
  auto const kilobytes = bytes * alive / 1'000;
  auto const large = kilobytes >= 10'000;
  r.found("memory of all of them",
          words({std::to_string(large ? kilobytes / 1'000 : kilobytes), large ? " MB" : " kB"}));
}

}  // namespace

extern scenario const million_tasks_scenario;
scenario const million_tasks_scenario{
    .id = "million-tasks",
    .family = family_kind::tasks,
    .title = "A million tasks",
    .promise = "As many tasks as there is memory for, all alive at once, on a handful of threads.",
    .question = "What does a task cost that does nothing but wait?",
    .group = "Tasks",
    .group_note = "what runs",
    .source = "million_tasks.cpp",
    .item_name = "tasks",
    .sim_note = "",
    .level = 1,
    .prefers = engine_kind::threads,
    .parameters = parameters,
    .queues = queues,
    .stages = stages,
    .pictures = pictures,
    .notice = notice,
    .hero = hero,
    .workers = [](values const& v) { return static_cast<unsigned>(v.count("workers")); },
    .run = run,
};

}  // namespace sluice::scenarios
