// mutex_vs_rwmutex — one table that is mostly read: who may look at it while somebody else does.
#include <atomic>
#include <cstddef>
#include <string>

#include <sluice/scenarios/rig.hpp>
#include <sluice/scenarios/shares.hpp>
#include <sluice/scenarios/words.hpp>
#include <sluice/sync/mutex.hpp>
#include <sluice/sync/shared_mutex.hpp>
#include <sluice/sync/wait_group.hpp>

namespace sluice::scenarios {
namespace {

constexpr choice_option kinds[] = {{"mutex", "mutex: one at a time"},
                                   {"shared", "shared_mutex: readers together"}};

constexpr parameter parameters[] = {
    {.id = "kind", .label = "Kept together by", .unit = "",
     .help = "What everybody takes before touching the table.",
     .type = param_type::choice, .max = 1, .fallback = 1, .choices = kinds},
    {.id = "workers", .label = "Workers", .unit = "",
     .help = "Workers, each with one task that uses the table.",
     .type = param_type::integer, .min = 1, .max = 16, .fallback = 4},
    {.id = "reads", .label = "Reads", .unit = "%", .help = "How many of the operations only read.",
     .type = param_type::integer, .min = 0, .max = 100, .fallback = 90},
    {.id = "operations", .label = "Operations", .unit = "operations",
     .help = "Reads and writes to do before the run ends.",
     .type = param_type::integer, .min = 1, .max = 1'000'000, .fallback = 10'000, .log_scale = true},
    {.id = "inside", .label = "Time inside", .unit = "µs",
     .help = "How long an operation holds the lock, on average.",
     .type = param_type::duration, .min = 0, .max = 10'000, .fallback = 100},
    {.id = "outside", .label = "Time outside", .unit = "µs",
     .help = "How long a task does something else in between, on average.",
     .type = param_type::duration, .min = 0, .max = 10'000, .fallback = 50},
};

constexpr stage_label stages[] = {{"read", "reading"}, {"write", "writing"}, {"outside", "outside"}};
constexpr std::string_view pictures[] = {"lanes", "hist", "rate"};
constexpr std::string_view hero[] = {"kind", "workers", "reads"};
constexpr std::string_view notice[] = {
    "{rate} with {reads} of them reads. Behind a mutex every operation waits for every other, and the "
    "workers are busy {utilisation} of the time; a reader-writer lock lets the readers in together.",
    "Now let half of the operations write. Readers wait for writers and writers for everybody, so little is "
    "left of the gain. With time inside near nothing the mutex wins: it is the cheaper lock.",
    "A writer that waits holds back the readers that come after it, or it would wait for ever. That is why "
    "99 % are done within {p99}, and why a task that reads must not ask to read again."};

constexpr std::uint64_t reading = 0;
constexpr std::uint64_t writing = 1;
constexpr std::uint64_t outside = 2;

// [show]
/// What the lock protects. A writer leaves the two halves unlike while it works, so whoever sees
/// that has been let in too early.
struct table {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
};

struct shelf {
  mutex one_at_a_time;
  shared_mutex readers_together;
  table rows;
  std::atomic<std::uint64_t> readers{0};
  high_water most_readers;
  std::atomic<std::uint64_t> reads{0};
  std::atomic<std::uint64_t> torn{0};
  std::atomic<std::uint64_t> begun{0};  // each task takes the next operation there is
};

task<void> read(rig& r, shelf& s, duration inside, std::uint64_t number) {
  s.most_readers.see(s.readers.fetch_add(1) + 1);
  auto const before = s.rows.first;
  co_await r.work(inside, number, reading);
  if (s.rows.second != before) s.torn.fetch_add(1);
  s.reads.fetch_add(1);
  s.readers.fetch_sub(1);
}

task<void> write(rig& r, shelf& s, duration inside, std::uint64_t number) {
  ++s.rows.first;
  co_await r.work(inside, number, writing);
  ++s.rows.second;
}

/// Reads or writes behind the lock, then does something else.
task<void> use(rig& r, values const& v, shelf& s, random_source chance) {
  auto const shared = v.choice("kind") == "shared";
  auto const operations = v.count("operations");
  for (std::uint64_t number = 0; !r.stopped() && (number = s.begun.fetch_add(1)) < operations;) {
    auto const wanted = r.now();
    auto const reads = chance.below(100) < v.count("reads");
    auto const inside = random_span(chance, v.time("inside"));
    if (!shared) {
      auto const held = co_await s.one_at_a_time.lock(r.ctx());
      if (!held) co_return;
      r.took_in();
      co_await (reads ? read(r, s, inside, number) : write(r, s, inside, number));
    } else if (reads) {
      auto const held = co_await s.readers_together.lock_shared(r.ctx());
      if (!held) co_return;
      r.took_in();
      co_await read(r, s, inside, number);
    } else {
      auto const held = co_await s.readers_together.lock(r.ctx());
      if (!held) co_return;
      r.took_in();
      co_await write(r, s, inside, number);
    }
    r.put_out_since(wanted);
    co_await r.work(random_span(chance, v.time("outside")), number, outside);
  }
}

task<void> run(rig& r, values const& v) {
  auto const workers = v.count("workers");
  shelf s;
  wait_group crew;
  for (std::size_t i = 0; i < workers; ++i)
    crew.go(r.home(), use(r, v, s, r.random(i + 1)));
  (void)co_await crew.wait(context::background());
  // [/show]

  r.found("most readers at once", std::to_string(s.most_readers.mark()));
  r.found("reads, writes", words({std::to_string(s.reads.load()), ", ", std::to_string(s.rows.second)}));
  r.check("operations begun = operations done", r.items_in(), r.items_out());
  r.check("reads that saw a write half done", 0, s.torn.load());
  r.check("reads + writes = operations", s.reads.load() + s.rows.second, r.items_out());
  r.check("writes that were lost", 0, s.rows.first - s.rows.second);
}

}  // namespace

extern scenario const mutex_vs_rwmutex_scenario;
scenario const mutex_vs_rwmutex_scenario{
    .id = "mutex-vs-rwmutex",
    .family = family_kind::sync,
    .title = "Mutex against reader–writer lock",
    .promise = "Readers go in together, writers alone: what that gains depends on who comes.",
    .question = "When is a reader–writer lock worth its price?",
    .group = "Sync",
    .group_note = "taking turns",
    .source = "mutex_vs_rwmutex.cpp",
    .item_name = "operations",
    .sim_note = "In simulation taking and leaving a lock costs no time, so the dearer lock never loses; "
                "run it on threads to measure.",
    .level = 2,
    .prefers = engine_kind::sim,
    .parameters = parameters,
    .stages = stages,
    .pictures = pictures,
    .notice = notice,
    .hero = hero,
    .workers = [](values const& v) { return static_cast<unsigned>(v.count("workers")); },
    .run = run,
};

}  // namespace sluice::scenarios
