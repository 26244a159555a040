// semaphore_limit — many callers, a service that bears few at a time, and the permits in between.
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <string>

#include <sluice/scenarios/rig.hpp>
#include <sluice/scenarios/shares.hpp>
#include <sluice/scenarios/words.hpp>
#include <sluice/sync/limited.hpp>
#include <sluice/sync/semaphore.hpp>
#include <sluice/sync/wait_group.hpp>

namespace sluice::scenarios {
namespace {

constexpr parameter parameters[] = {
    {.id = "callers", .label = "Callers", .unit = "",
     .help = "Workers, each with one task that calls the service.",
     .type = param_type::integer, .min = 1, .max = 16, .fallback = 6},
    {.id = "permits", .label = "Permits", .unit = "permits", .help = "Permits there are; a call holds one.",
     .type = param_type::integer, .min = 1, .max = 16, .fallback = 3},
    {.id = "items", .label = "Calls", .unit = "calls", .help = "Calls to make, all callers together.",
     .type = param_type::integer, .min = 1, .max = 1'000'000, .fallback = 5'000, .log_scale = true},
    {.id = "work", .label = "Time of a call", .unit = "µs",
     .help = "How long a call keeps the service, on average.",
     .type = param_type::duration, .min = 0, .max = 10'000, .fallback = 300},
    {.id = "heavy", .label = "Heavy calls", .unit = "%",
     .help = "How many of the calls need more than one permit.",
     .type = param_type::integer, .min = 0, .max = 100, .fallback = 10},
    {.id = "weight", .label = "Weight of a heavy call", .unit = "permits",
     .help = "Permits that a heavy call holds; never more than there are.",
     .type = param_type::integer, .min = 1, .max = 16, .fallback = 3},
};

constexpr series queues[] = {{"in-use", "Permits in use", "permits", "permits"}};
constexpr stage_label stages[] = {{"light", "a call"}, {"heavy", "a heavy call"}};
constexpr std::string_view pictures[] = {"lanes", "queue", "hist", "rate"};
constexpr std::string_view hero[] = {"callers", "permits"};
constexpr std::string_view notice[] = {
    "{callers} callers, and never more than {permits} in use: the lanes show that many calls at a time and "
    "no more. The callers are at work {utilisation} of the time and wait for a permit for the rest of it.",
    "Permits are had in the order in which they were asked for. A heavy call at the front waits until "
    "enough are free, and the light ones behind it wait too: half of all calls are over within {p50}, one "
    "in a hundred takes longer than {p99}.",
    "Give it as many permits as callers and nobody waits. A pool of workers would limit the calls as well, "
    "but it would own them. A semaphore limits what is not yours to run: connections, memory, somebody "
    "else's service."};

constexpr std::uint64_t light = 0;
constexpr std::uint64_t heavy = 1;
constexpr std::uint32_t in_use_series = 1;

// [show]
/// Bears a certain number of permits at a time, and remembers the most it was given.
struct service {
  std::atomic<std::uint64_t> in_use{0};
  high_water most;
  std::atomic<std::uint64_t> calls{0};  // each caller makes the next one there is to make

  void enter(rig& r, std::uint64_t permits) {
    auto const now = in_use.fetch_add(permits) + permits;
    most.see(now);
    r.depth(in_use_series, now);
  }
  void leave(rig& r, std::uint64_t permits) { r.depth(in_use_series, in_use.fetch_sub(permits) - permits); }
};

task<void> call(rig& r, service& of, std::uint64_t number, std::size_t permits, duration span) {
  r.took_in();
  of.enter(r, permits);
  co_await r.work(span, number, permits > 1 ? heavy : light);
  of.leave(r, permits);
}

/// Calls again and again, each time with the permits that the call needs.
task<void> keep_calling(rig& r, values const& v, semaphore& slots, service& of, random_source chance) {
  auto const calls = v.count("items");
  for (std::uint64_t number = 0; !r.stopped() && (number = of.calls.fetch_add(1)) < calls;) {
    auto const wanted = r.now();
    auto const is_heavy = chance.below(100) < v.count("heavy");
    auto const permits = is_heavy ? std::min(v.count("weight"), v.count("permits")) : 1;
    auto const span = random_span(chance, v.time("work"));
    if (!co_await limited(r.ctx(), slots, call(r, of, number, permits, span), permits)) co_return;
    r.put_out_since(wanted);
  }
}

task<void> run(rig& r, values const& v) {
  semaphore slots{v.count("permits")};
  r.bound(in_use_series, slots.capacity());
  service of;
  auto const callers = v.count("callers");
  wait_group crew;
  for (std::size_t i = 0; i < callers; ++i)
    crew.go(r.home(), keep_calling(r, v, slots, of, r.random(i + 1)));
  (void)co_await crew.wait(context::background());
  // [/show]

  auto const most = of.most.mark();
  auto const there_are = slots.capacity();
  r.found("most permits in use", words({std::to_string(most), " of ", std::to_string(there_are)}));
  r.check("calls begun = calls done", r.items_in(), r.items_out());
  r.check("permits in use beyond those there are", 0, most > there_are ? most - there_are : 0);
  r.check("permits free at the end", there_are, slots.available());
}

}  // namespace

extern scenario const semaphore_limit_scenario;
scenario const semaphore_limit_scenario{
    .id = "semaphore-limit",
    .family = family_kind::pools,
    .title = "So many at a time",
    .promise = "Many callers, a few permits: a semaphore lets in as many as the service bears.",
    .question = "How do many tasks share what bears only a few at a time?",
    .group = "Pools",
    .group_note = "who does the work",
    .source = "semaphore_limit.cpp",
    .item_name = "calls",
    .sim_note = "",
    .level = 1,
    .prefers = engine_kind::sim,
    .parameters = parameters,
    .queues = queues,
    .stages = stages,
    .pictures = pictures,
    .notice = notice,
    .hero = hero,
    .workers = [](values const& v) { return static_cast<unsigned>(v.count("callers")); },
    .run = run,
};

}  // namespace sluice::scenarios
