// condition_variable — a queue behind a mutex, and those who wait until something lies in it.
#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include <sluice/scenarios/rig.hpp>
#include <sluice/scenarios/shares.hpp>
#include <sluice/sync/condition_variable.hpp>
#include <sluice/sync/mutex.hpp>
#include <sluice/sync/wait_group.hpp>

namespace sluice::scenarios {
namespace {

constexpr choice_option calls[] = {{"signal", "signal: wake one"}, {"broadcast", "broadcast: wake all"}};

constexpr parameter parameters[] = {
    {.id = "wake", .label = "A new letter wakes", .unit = "",
     .help = "Who is woken when a letter has been put in.",
     .type = param_type::choice, .max = 1, .fallback = 0, .choices = calls},
    {.id = "waiters", .label = "Waiting for letters", .unit = "tasks",
     .help = "Tasks that wait for a letter.",
     .type = param_type::integer, .min = 1, .max = 64, .fallback = 6},
    {.id = "workers", .label = "Workers", .unit = "", .help = "Workers on which all of them run.",
     .type = param_type::integer, .min = 1, .max = 16, .fallback = 4},
    {.id = "items", .label = "Letters", .unit = "letters", .help = "Letters to send before the run ends.",
     .type = param_type::integer, .min = 1, .max = 1'000'000, .fallback = 5'000, .log_scale = true},
    {.id = "gap", .label = "Writing one", .unit = "µs",
     .help = "How long the sender needs for a letter, on average.",
     .type = param_type::duration, .min = 0, .max = 10'000, .fallback = 100},
    {.id = "work", .label = "Reading one", .unit = "µs",
     .help = "How long a letter keeps the one who took it.",
     .type = param_type::duration, .min = 0, .max = 10'000, .fallback = 250},
};

constexpr series queues[] = {{"letters", "Queue", "letters", ""}};
constexpr stage_label stages[] = {{"write", "writing"}, {"read", "reading"}};
constexpr std::string_view pictures[] = {"lanes", "queue", "hist", "rate"};
constexpr std::string_view hero[] = {"wake", "waiters"};
constexpr std::string_view notice[] = {
    "Nobody looks again and again whether a letter has come. Who finds none lets go of the mutex and "
    "sleeps, in one step, so that no call can fall in between. Half of the letters are done {p50} after "
    "they were written.",
    "Wake all instead of one: every letter wakes everybody who waits, and all but one find the box empty "
    "and lie down again. \"Woken for nothing\", under what was checked, counts them.",
    "Being woken is no promise: another may have been quicker. That is why the wait stands in a loop, or "
    "is given the condition. A channel does all of this by itself; take this where what you wait for is no "
    "value."};

constexpr std::uint64_t writing = 0;
constexpr std::uint64_t reading = 1;
constexpr std::uint32_t letters_series = 1;

struct letter {
  std::uint64_t number;
  instant written;
};

// [show]
/// Everything here is touched by whoever holds `lock`, and by nobody else.
struct letter_box {
  mutex lock;
  condition_variable changed;
  std::deque<letter> letters;
  bool closed = false;
  std::uint64_t woken_for_nothing = 0;
};

/// Takes letters, and sleeps while there is none.
task<void> read_letters(rig& r, letter_box& box, duration work, std::uint64_t& sum) {
  for (;;) {
    auto held = co_await box.lock.lock(r.ctx());
    if (!held) co_return;
    while (box.letters.empty() && !box.closed) {
      if (!co_await box.changed.wait(r.ctx(), *held)) co_return;
      if (box.letters.empty() && !box.closed) ++box.woken_for_nothing;
    }
    if (box.letters.empty()) co_return;  // closed, and all read
    auto const mine = box.letters.front();
    box.letters.pop_front();
    r.depth(letters_series, box.letters.size());
    held->unlock();

    co_await r.work(work, mine.number, reading);
    sum += mine.number;
    r.put_out_since(mine.written);
  }
}

task<void> write_letters(rig& r, letter_box& box, values const& v) {
  auto const all = v.choice("wake") == "broadcast";
  auto chance = r.random(1);
  for (std::uint64_t number = 1; number <= v.count("items"); ++number) {
    co_await r.work(random_span(chance, v.time("gap")), number, writing);
    auto held = co_await box.lock.lock(r.ctx());
    if (!held) co_return;
    box.letters.push_back({number, r.now()});
    r.took_in();
    r.depth(letters_series, box.letters.size());
    held->unlock();
    if (all) box.changed.broadcast();
    else box.changed.signal();
  }
}

task<void> run(rig& r, values const& v) {
  r.unbounded(letters_series);
  letter_box box;
  std::vector<std::uint64_t> sums(v.count("waiters"));
  wait_group crew;
  for (auto& sum : sums) crew.go(r.home(), read_letters(r, box, v.time("work"), sum));

  co_await write_letters(r, box, v);
  if (auto held = co_await box.lock.lock(context::background())) box.closed = true;
  box.changed.broadcast();  // whoever waits for the last letter waits no longer
  (void)co_await crew.wait(context::background());
  // [/show]

  std::uint64_t read = 0;
  for (auto const each : sums) read += each;
  std::uint64_t left = 0;  // by a stop
  for (auto const& each : box.letters) left += each.number;
  r.found("woken for nothing", std::to_string(box.woken_for_nothing));
  r.check("letters written = letters read + left by a stop", r.items_in(),
          r.items_out() + (r.stopped() ? box.letters.size() : 0));
  r.check("their numbers add up to the same", r.items_in() * (r.items_in() + 1) / 2, read + left);
}

}  // namespace

extern scenario const condition_variable_scenario;
scenario const condition_variable_scenario{
    .id = "condition-variable",
    .family = family_kind::sync,
    .title = "Condition variable",
    .promise = "Sleeping until something has changed, and waking no more than it takes.",
    .question = "Who has to be woken when something has changed?",
    .group = "Sync",
    .group_note = "taking turns",
    .source = "condition_variable.cpp",
    .item_name = "letters",
    .sim_note = "In simulation being woken for nothing costs no time; run it on threads to see what it "
                "takes from the others.",
    .level = 2,
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
