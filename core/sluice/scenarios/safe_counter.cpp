// safe_counter — the same addition done wrong and done right, and what is missing afterwards.
#include <atomic>
#include <cstddef>
#include <string>

#include <sluice/scenarios/rig.hpp>
#include <sluice/scenarios/shares.hpp>
#include <sluice/scenarios/words.hpp>
#include <sluice/sync/mutex.hpp>
#include <sluice/sync/wait_group.hpp>

namespace sluice::scenarios {
namespace {

constexpr parameter parameters[] = {
    {.id = "workers", .label = "Workers", .unit = "", .help = "Workers, each with one task that counts.",
     .type = param_type::integer, .min = 1, .max = 16, .fallback = 3},
    {.id = "items", .label = "Additions", .unit = "additions",
     .help = "Ones to add to each of the counters, all workers together.",
     .type = param_type::integer, .min = 1, .max = 1'000'000, .fallback = 5'000, .log_scale = true},
    {.id = "between", .label = "Between reading and writing", .unit = "µs",
     .help = "How long an addition takes from reading the counter to writing it back.",
     .type = param_type::duration, .min = 0, .max = 10'000, .fallback = 20},
    {.id = "work", .label = "Time between additions", .unit = "µs",
     .help = "How long a task does something else, on average.",
     .type = param_type::duration, .min = 0, .max = 10'000, .fallback = 100},
};

constexpr series queues[] = {{"lost", "Additions lost", "additions", ""}};
constexpr stage_label stages[] = {
    {"wrong", "adding, wrongly"}, {"right", "adding, rightly"}, {"other", "other work"}};
constexpr std::string_view pictures[] = {"lanes", "queue", "rate"};
constexpr std::string_view hero[] = {"workers", "between"};
constexpr std::string_view notice[] = {
    "Every task adds to three counters. The wrong one is read, let go and written back: whoever read the "
    "same value meanwhile has added for nothing. Each read and each write is safe by itself; the addition "
    "is not.",
    "The right one holds the mutex from the reading to the writing, so nobody comes in between: nothing is "
    "lost, and the others wait. The third does both in one step, with an atomic, and nobody waits.",
    "With one worker nothing is ever lost, and with little time in between hardly anything: that is why "
    "such a fault passes its tests. Change the seed, and the number of lost additions changes too."};

constexpr std::uint64_t wrongly = 0;
constexpr std::uint64_t rightly = 1;
constexpr std::uint64_t other = 2;
constexpr std::uint32_t lost_series = 1;

// [show]
struct counters {
  mutex lock;
  std::uint64_t wrong = 0;    // behind `lock`, but not for the whole of an addition
  std::uint64_t written = 0;  // how often
  std::uint64_t right = 0;    // behind `lock`, for the whole of it
  std::atomic<std::uint64_t> at_once{0};
  std::atomic<std::uint64_t> begun{0};  // each task takes the next addition there is
};

/// Two safe steps that are no safe addition: what was read may be old when it is written back.
task<void> add_wrongly(rig& r, counters& c, duration between, std::uint64_t number) {
  std::uint64_t seen = 0;
  if (auto const held = co_await c.lock.lock(context::background())) seen = c.wrong;
  co_await r.work(between, number, wrongly);  // whoever reads now reads the same
  auto const held = co_await c.lock.lock(context::background());
  c.wrong = seen + 1;
  r.depth(lost_series, ++c.written - c.wrong);
}

/// The same, with the lock held from the reading to the writing.
task<void> add_rightly(rig& r, counters& c, duration between, std::uint64_t number) {
  auto const held = co_await c.lock.lock(context::background());
  auto const seen = c.right;
  co_await r.work(between, number, rightly);
  c.right = seen + 1;
}

/// Adds one to each of the counters, then does something else.
task<void> count(rig& r, values const& v, counters& c, random_source chance) {
  auto const items = v.count("items");
  for (std::uint64_t number = 0; !r.stopped() && (number = c.begun.fetch_add(1)) < items;) {
    r.took_in();
    co_await add_wrongly(r, c, v.time("between"), number);
    co_await add_rightly(r, c, v.time("between"), number);
    c.at_once.fetch_add(1, std::memory_order_relaxed);  // reads and writes in one step
    r.put_out();
    co_await r.work(random_span(chance, v.time("work")), number, other);
  }
}

task<void> run(rig& r, values const& v) {
  r.unbounded(lost_series);
  auto const workers = v.count("workers");
  counters c;
  wait_group crew;
  for (std::size_t i = 0; i < workers; ++i)
    crew.go(r.home(), count(r, v, c, r.random(i + 1)));
  (void)co_await crew.wait(context::background());
  // [/show]

  auto const of = [&](std::uint64_t counted) {
    return words({std::to_string(counted), " of ", std::to_string(r.items_out())});
  };
  r.found("counted by the wrong one", of(c.wrong));
  r.found("counted by the right one", of(c.right));
  r.found("counted by the atomic one", of(c.at_once.load()));
  r.check("additions begun = additions done", r.items_in(), r.items_out());
  r.check("the right one has them all", r.items_out(), c.right);
  r.check("the atomic one has them all", r.items_out(), c.at_once.load());
  r.check("the wrong one was written as often", r.items_out(), c.written);
}

}  // namespace

extern scenario const safe_counter_scenario;
scenario const safe_counter_scenario{
    .id = "safe-counter",
    .family = family_kind::sync,
    .title = "Safe counter",
    .promise = "The same addition done wrong and done right, and what is missing afterwards.",
    .question = "Why is reading safely and writing safely not enough?",
    .group = "Sync",
    .group_note = "taking turns",
    .source = "safe_counter.cpp",
    .item_name = "additions",
    .sim_note = "",
    .level = 1,
    .prefers = engine_kind::sim,
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
