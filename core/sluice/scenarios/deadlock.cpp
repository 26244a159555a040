// deadlock — tasks that wait for each other in a circle, and an order that makes it impossible.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <sluice/channel/channel.hpp>
#include <sluice/runtime/driver.hpp>
#include <sluice/scenarios/rig.hpp>
#include <sluice/scenarios/words.hpp>
#include <sluice/sync/lock_all.hpp>
#include <sluice/sync/mutex.hpp>
#include <sluice/sync/wait_group.hpp>

namespace sluice::scenarios {
namespace {

constexpr choice_option ways[] = {{"own-first", "each its own first, then the next"},
                                  {"channels", "all send before they receive"},
                                  {"lock-all", "both at once, with lock_all"}};
constexpr std::size_t most_tasks = 6;

constexpr parameter parameters[] = {
    {.id = "way", .label = "They take", .unit = "",
     .help = "Two mutexes one after another, or both at once; or values of a neighbour.",
     .type = param_type::choice, .max = 2, .fallback = 0, .choices = ways},
    {.id = "tasks", .label = "Tasks", .unit = "", 
     .help = "Tasks in the circle; two of them take two mutexes in opposite order.",
     .type = param_type::integer, .min = 2, .max = most_tasks, .fallback = 2},
    {.id = "work", .label = "Work", .unit = "µs", 
     .help = "What is done with a mutex in hand; between two turns there is more.",
     .type = param_type::duration, .min = 0, .max = 10'000, .fallback = 100},
    {.id = "buffer", .label = "Buffer", .unit = "values",
     .help = "Values that a channel holds; each turn sends one more than the last.",
     .type = param_type::integer, .min = 0, .max = 64, .fallback = 4},
    {.id = "turns", .label = "Turns", .unit = "turns",
     .help = "Turns of each task with lock_all; the other two go on until they can not.",
     .type = param_type::integer, .min = 1, .max = 100'000, .fallback = 500, .log_scale = true},
};

constexpr series queues[] = {{"task-1", "task 1", "", ""}, {"task-2", "task 2", "", ""},
                             {"task-3", "task 3", "", ""}, {"task-4", "task 4", "", ""},
                             {"task-5", "task 5", "", ""}, {"task-6", "task 6", "", ""}};
constexpr stage_label stages[] = {{"before", "before a turn"}, {"inside", "with what it took"}};
constexpr std::string_view pictures[] = {"waits", "lanes"};
constexpr std::string_view hero[] = {"way", "tasks"};
constexpr std::string_view notice[] = {
    "A deadlock is a circle: each holds what the one before it wants, and wants what the next one holds. "
    "Nothing is broken, nobody spins, and nothing will ever happen again.",
    "Under what was checked stands the report of the runtime: every task in the circle, where it was "
    "started, what it waits for and who has it. That is the expected end of this run; with lock_all there "
    "is none.",
    "lock_all takes the mutexes in one order for all, whatever order you name them in, so no circle can "
    "close. With channels it is the buffer that decides how long it goes well, and then it does not."};

/// What a task is doing; the picture shows the numbers.
enum class stand : std::uint8_t { away, one, one_wants_next, both, wants_both, sending, receiving };

/// A ring of tasks: between each and the next there is a mutex, or a channel.
struct ring {
  rig& r;
  std::size_t tasks;
  duration work;
  std::uint64_t turns;
  context ctx;  // ends with the run, and when a deadlock has come
  std::array<mutex, most_tasks> mutexes{};  // side by side, for lock_all goes by their addresses
  std::vector<channel<std::uint64_t>> channels{};
  wait_group left{};
  std::atomic<std::uint64_t> items{0};

  /// For the picture.
  void now(std::size_t who, stand what) const {
    r.depth(static_cast<std::uint32_t>(who) + 1, static_cast<std::uint64_t>(what));
  }
};

/// How long each task does something else before a turn: sometimes they meet, sometimes they do not.
class pauses {
 public:
  pauses(ring const& in, std::size_t me)
      : chance_(in.r.random(31 + me)), most_(in.work.count() * 32 / static_cast<std::int64_t>(in.tasks)) {}
  auto next() -> duration {
    return duration{static_cast<std::int64_t>(chance_.below(static_cast<std::uint64_t>(most_) + 1))};
  }

 private:
  random_source chance_;
  std::int64_t most_;
};

struct turn {
  ring& in;
  instant begun;
  std::uint64_t item;
  explicit turn(ring& of) : in(of), begun(of.r.now()), item(of.items++) {}
  void over() const {
    in.r.took_in();
    in.r.put_out_since(begun);
  }
};

// [show]
/// The wrong way: one mutex is held while the next is waited for.
task<void> own_first(ring& in, std::size_t me) {
  auto const next = (me + 1) % in.tasks;
  for (pauses pause{in, me}; !in.ctx.done();) {
    turn const each{in};
    co_await in.r.work(pause.next(), each.item, 0);
    auto const mine = co_await in.mutexes[me].lock(in.ctx);
    if (!mine) co_return;
    in.now(me, stand::one);
    co_await in.r.work(in.work, each.item, 1);
    in.now(me, stand::one_wants_next);
    auto const also = co_await in.mutexes[next].lock(in.ctx);
    if (!also || in.ctx.done()) co_return;  // given up, and so was whoever had it
    in.now(me, stand::both);
    co_await in.r.work(in.work, each.item, 1);
    in.now(me, stand::away);
    each.over();
  }
}

/// The remedy: both or none, in an order that is the same for everybody.
task<void> with_lock_all(ring& in, std::size_t me) {
  auto const next = (me + 1) % in.tasks;
  pauses pause{in, me};
  for (auto left = in.turns; left > 0 && !in.ctx.done(); --left) {
    turn const each{in};
    co_await in.r.work(pause.next(), each.item, 0);
    in.now(me, stand::wants_both);
    auto const both = co_await lock_all(in.ctx, in.mutexes[me], in.mutexes[next]);
    if (!both) co_return;
    in.now(me, stand::both);
    co_await in.r.work(in.work, each.item, 1);
    in.now(me, stand::away);
    each.over();
  }
}

/// The same circle without a mutex: all send to their neighbour first. It goes well while the buffers do.
task<void> send_first(ring& in, std::size_t me) {
  auto const before = (me + in.tasks - 1) % in.tasks;
  pauses pause{in, me};
  for (std::uint64_t values = 1; !in.ctx.done(); ++values) {
    turn const each{in};
    co_await in.r.work(pause.next(), each.item, 0);
    in.now(me, stand::sending);
    for (std::uint64_t n = 0; n < values; ++n)
      if (!co_await in.channels[me].send(in.ctx, each.item)) co_return;
    in.now(me, stand::receiving);
    for (std::uint64_t n = 0; n < values; ++n)
      if (!co_await in.channels[before].recv(in.ctx)) co_return;
    in.now(me, stand::away);
    each.over();
  }
}
// [/show]

task<void> counted(ring& in, task<void> body) {
  co_await std::move(body);
  in.left.done();
}

/// What the runtime knows of its tasks; a rig has one behind it, on either engine.
auto live_tasks(rig& r) -> std::vector<live_task> {
  return static_cast<driver&>(r.home()).registry().list();
}

void report(ring const& in, std::vector<std::uint32_t> const& ids, bool mutexes) {
  auto const known = live_tasks(in.r);
  for (std::size_t me = 0; me < ids.size(); ++me) {
    auto const found = std::ranges::find(known, ids[me], &live_task::id);
    if (found == known.end()) continue;
    auto const next = (me + 1) % ids.size();
    auto const after = std::to_string(next + 1);
    auto const what = mutexes ? words({": mutex ", after, ", held by task ", after})
                              : words({": channel ", std::to_string(me + 1), ", read by task ", after});
    in.r.found(words({"task ", std::to_string(me + 1)}),
               words({"started at ", found->spawned_at, ", waits for ", found->waiting_for, what}));
  }
}

task<void> run(rig& r, values const& v) {
  auto const way = v.choice("way");
  auto const room = v.count("buffer");
  auto const tasks = v.count("tasks");
  auto rest = with_cancel(r.ctx());
  ring in{.r = r, .tasks = tasks, .work = v.time("work"), .turns = v.count("turns"), .ctx = rest};
  for (std::size_t n = 0; n < tasks; ++n) in.channels.emplace_back(room);

  std::vector<std::uint32_t> ids;
  in.left.add(static_cast<std::int64_t>(tasks));
  for (std::size_t me = 0; me < tasks; ++me) {
    auto body = way == "own-first"  ? own_first(in, me)
                : way == "channels" ? send_first(in, me)
                                    : with_lock_all(in, me);
    auto started = spawn(r.home(), counted(in, std::move(body)));
    ids.push_back(started.id());
    started.detach();
  }

  // [show]
  // The runtime notices when every task waits and nothing can wake one: here that is no failure.
  bool deadlocked = false;
  r.expect_deadlock([&] {
    deadlocked = true;
    report(in, ids, way != "channels");
    rest.cancel({errc::deadlock, "each waits for the next"});  // nothing else would end them
  });
  (void)co_await in.left.wait(context::background());
  // [/show]
  if (r.stopped() && !deadlocked) co_return;  // stopped before it could come to that
  if (way == "lock-all") r.check("deadlocks", 0, deadlocked ? 1 : 0);
  else r.check("one deadlock, as expected", 1, deadlocked ? 1 : 0);
  r.check("turns begun and not ended", deadlocked ? tasks : 0, in.items - r.items_out());
}

}  // namespace

extern scenario const deadlock_scenario;
scenario const deadlock_scenario{
    .id = "deadlock",
    .family = family_kind::tasks,
    .title = "Deadlock",
    .promise = "Each holds what the one before it wants; and the order that makes this impossible.",
    .question = "Who waits for whom when nothing goes on any more?",
    .group = "Sync",
    .group_note = "taking turns",
    .source = "deadlock.cpp",
    .item_name = "turns",
    .sim_note = "",
    .level = 2,
    .prefers = engine_kind::sim,
    .parameters = parameters,
    .queues = queues,
    .stages = stages,
    .pictures = pictures,
    .notice = notice,
    .hero = hero,
    .workers = [](values const& v) { return static_cast<unsigned>(v.count("tasks")); },
    .run = run,
};

}  // namespace sluice::scenarios
