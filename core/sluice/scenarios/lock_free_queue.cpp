// lock_free_queue — one hand-off, every way to build it, and what each costs when many meet there.
#include <memory>
#include <string_view>
#include <utility>

#include <sluice/container/mutex_queue.hpp>
#include <sluice/lockfree/barging_queue.hpp>
#include <sluice/lockfree/mpmc_ring.hpp>
#include <sluice/lockfree/ms_queue.hpp>
#include <sluice/lockfree/segment_queue.hpp>
#include <sluice/reclaim/epoch_domain.hpp>
#include <sluice/scenarios/hand_off.hpp>

namespace sluice::scenarios {
namespace {

constexpr choice_option implementations[] = {{"mutex", "deque behind a mutex"},
                                             {"linked", "linked list, hazard pointers"},
                                             {"linked-epochs", "linked list, epochs"},
                                             {"segments", "list of segments"},
                                             {"ring", "bounded ring"},
                                             {"barging", "behind a lock kept for a while"}};

constexpr parameter parameters[] = {
    {.id = "implementation", .label = "Queue", .unit = "", .help = "How the queue is built.",
     .type = param_type::choice, .max = 5, .fallback = 1, .choices = implementations},
    hand_off::producers,
    hand_off::consumers,
    {.id = "operations", .label = "Values", .unit = "values", .help = "Values to pass through the queue.",
     .type = param_type::integer, .min = 1'000, .max = 50'000'000, .fallback = 5'000'000,
     .log_scale = true},
    {.id = "capacity", .label = "Capacity", .unit = "values",
     .help = "Bound of the ring, rounded up to a power of two, and of the deque behind a mutex; the "
             "others have none, and producers rest at 65 536 values.",
     .type = param_type::integer, .min = 2, .max = 65'536, .fallback = 1'024, .log_scale = true},
};

constexpr series queues[] = {{"queue", "Queue", "values", "capacity"}};
constexpr std::string_view pictures[] = {"heat", "lanes", "queue", "rate"};
constexpr std::string_view hero[] = {"implementation", "producers", "consumers"};
constexpr std::string_view notice[] = {
    "{rate} pass through the queue, with {retries} lost races: each is a compare-and-swap that came "
    "second and had to begin again.",
    "Lock-free is a promise about stopped threads, not about speed. Compare the queue behind a mutex "
    "before you believe either.",
    "More producers and consumers than processors make every one of them slower. In the linked list the "
    "lines with head and tail travel between cores for each value; segments need one addition instead of "
    "a race, and the barging queue lets one core do many operations before the next has its turn."};

using atomics = counting_atomics;  // std::atomic, and a count of the races lost

// [show]
using locked = mutex_queue<std::uint64_t>;
using linked = ms_queue<std::uint64_t, hazard_domain, atomics>;
using linked_by_epoch = ms_queue<std::uint64_t, epoch_domain, atomics>;
using segments = segment_queue<std::uint64_t, hazard_domain, atomics>;
using ring = mpmc_ring<std::uint64_t, atomics>;
using barging = barging_queue<std::uint64_t>;

auto make_queue(rig& r, values const& v) -> std::unique_ptr<shared_container> {
  auto const bounded = [&]<class Queue>(std::in_place_type_t<Queue>) -> std::unique_ptr<shared_container> {
    auto made = std::make_unique<plain_container<Queue>>(v.count("capacity"));
    r.bound(depth_series, (*made)->capacity());
    return made;
  };
  auto const kind = v.choice("implementation");
  if (kind == "mutex") return bounded(std::in_place_type<locked>);
  if (kind == "ring") return bounded(std::in_place_type<ring>);
  r.unbounded(depth_series);
  if (kind == "barging") return std::make_unique<plain_container<barging>>();
  if (kind == "linked-epochs") return std::make_unique<reclaimed_container<linked_by_epoch>>();
  if (kind == "segments") return std::make_unique<reclaimed_container<segments>>();
  return std::make_unique<reclaimed_container<linked>>();
}

task<void> run(rig& r, values const& v) {
  auto const queue = make_queue(r, v);
  co_await pass_through(r, v, *queue);
}
// [/show]

}  // namespace

extern scenario const lock_free_queue_scenario;
scenario const lock_free_queue_scenario{
    .id = "lock-free-queue",
    .family = family_kind::lock_free,
    .title = "Lock-free queue",
    .promise = "The same hand-off with lists, segments, a ring and locks, and every race that is lost.",
    .question = "When is lock-free faster than a mutex, and what does losing a race cost?",
    .group = "Lock-free",
    .group_note = "sharing without locks",
    .source = "lock_free_queue.cpp",
    .item_name = "values",
    .sim_note = "In simulation an operation is one step, so no race is ever lost; run it on threads to "
                "see retries.",
    .level = 3,
    .prefers = engine_kind::threads,
    .parameters = parameters,
    .queues = queues,
    .stages = hand_off_stages,
    .pictures = pictures,
    .notice = notice,
    .hero = hero,
    .workers = hand_off_workers,
    .run = run,
};

}  // namespace sluice::scenarios
