// lock_free_queue — one hand-off, three ways to build it, and what each costs when many meet there.
#include <atomic>
#include <memory>
#include <optional>
#include <utility>

#include <sluice/container/mutex_queue.hpp>
#include <sluice/lockfree/mpmc_ring.hpp>
#include <sluice/lockfree/ms_queue.hpp>
#include <sluice/scenarios/rig.hpp>
#include <sluice/sync/wait_group.hpp>

namespace sluice::scenarios {
namespace {

constexpr choice_option implementations[] = {{"mutex", "deque behind a mutex"},
                                             {"linked", "lock-free linked list"},
                                             {"ring", "bounded ring"}};

constexpr parameter parameters[] = {
    {.id = "implementation", .label = "Queue", .unit = "", .help = "How the queue is built.",
     .type = param_type::choice, .max = 2, .fallback = 1, .choices = implementations},
    {.id = "producers", .label = "Producers", .unit = "", .help = "Workers that push.",
     .type = param_type::integer, .min = 1, .max = 16, .fallback = 2},
    {.id = "consumers", .label = "Consumers", .unit = "", .help = "Workers that pop.",
     .type = param_type::integer, .min = 1, .max = 16, .fallback = 2},
    {.id = "operations", .label = "Values", .unit = "values", .help = "Values to pass through the queue.",
     .type = param_type::integer, .min = 1'000, .max = 50'000'000, .fallback = 5'000'000,
     .log_scale = true},
    {.id = "capacity", .label = "Capacity", .unit = "values",
     .help = "Bound of the ring and of the queue behind a mutex, rounded up to a power of two; the "
             "linked list has none.",
     .type = param_type::integer, .min = 2, .max = 65'536, .fallback = 1'024, .log_scale = true},
};

constexpr series queues[] = {{"queue", "Queue", "values", "capacity"}};
constexpr stage_label stages[] = {{"push", "producers"}, {"pop", "consumers"}};
constexpr std::string_view pictures[] = {"heat", "lanes", "queue", "rate"};
constexpr std::string_view hero[] = {"implementation", "producers", "consumers"};
constexpr std::string_view notice[] = {
    "{rate} pass through the queue, with {retries} lost races: each is a compare-and-swap that came "
    "second and had to begin again.",
    "Lock-free is a promise about stopped threads, not about speed. Compare the queue behind a mutex "
    "before you believe either.",
    "More producers and consumers than processors make every one of them slower: the line with the "
    "head and the tail travels between cores for each value."};

using ring = mpmc_ring<std::uint64_t, counting_atomics>;
using linked = ms_queue<std::uint64_t, hazard_domain, counting_atomics>;
using locked = mutex_queue<std::uint64_t>;

constexpr std::uint64_t most_in_a_burst = 512;
constexpr std::uint32_t queue_series = 1;
constexpr std::uint64_t pushing = 0;
constexpr std::uint64_t popping = 1;

/// What all producers and consumers have done. Two sums: one that any lost or doubled value changes,
/// and one that two such faults cannot cancel in.
struct ledger {
  std::atomic<std::uint64_t> pushed{0}, popped{0}, sum_in{0}, sum_out{0}, squares_in{0}, squares_out{0};
  std::atomic<unsigned> producing{0};
};

/// How one worker reaches the linked queue: as a participant of its reclamation.
struct linked_end {
  linked& queue;
  linked::participant me;
  auto try_push(std::uint64_t&& value) -> bool { return queue.try_push(me, std::move(value)); }
  auto try_pop() -> std::optional<std::uint64_t> { return queue.try_pop(me); }
};

/// A linked queue over a domain of its own, so that its nodes can be counted at the end.
struct linked_with_domain {
  hazard_domain<counting_atomics> domain;
  std::optional<linked> queue{std::in_place, domain};
};

auto end_of(ring& queue) -> ring& { return queue; }
auto end_of(locked& queue) -> locked& { return queue; }
auto end_of(linked_with_domain& queue) -> linked_end { return {*queue.queue, queue.domain.join()}; }

// [show]
// Pushes the values from `first` on, every `stride`-th, in bursts: after each the others may run.
template <class Queue>
task<void> produce(rig& r, Queue& queue, ledger& book, std::uint64_t first, std::uint64_t stride,
                   std::uint64_t end) {
  auto&& mine = end_of(queue);
  for (auto next = first; next < end && !r.stopped();) {
    co_await r.burst(pushing, [&] {
      std::uint64_t done = 0, sum = 0, squares = 0;
      for (; next < end && done < most_in_a_burst; next += stride, ++done) {
        if (!mine.try_push(std::uint64_t{next})) break;  // full: let a consumer run
        sum += next;
        squares += next * next;
      }
      book.sum_in += sum, book.squares_in += squares, book.pushed += done;
      r.took_in(done);
      return done;
    });
    r.depth(queue_series, book.pushed - book.popped);
  }
  --book.producing;
}

// Pops until the producers have gone and nothing is left.
template <class Queue>
task<void> consume(rig& r, Queue& queue, ledger& book) {
  auto&& mine = end_of(queue);
  bool more = true;
  while (more) {
    co_await r.burst(popping, [&] {
      auto const last_look = book.producing == 0;  // before popping: what is empty now stays empty
      std::uint64_t done = 0, sum = 0, squares = 0;
      for (; done < most_in_a_burst; ++done) {
        auto value = mine.try_pop();
        if (!value) {
          more = !last_look;
          break;
        }
        sum += *value;
        squares += *value * *value;
      }
      book.sum_out += sum, book.squares_out += squares, book.popped += done;
      r.put_out(done);
      return done;
    });
    r.depth(queue_series, book.pushed - book.popped);
  }
}

template <class Queue>
task<void> pass_through(rig& r, values const& v, Queue& queue) {
  ledger book;
  wait_group crew;
  auto const producers = v.count("producers");
  book.producing = static_cast<unsigned>(producers);
  for (std::size_t i = 0; i < producers; ++i)
    crew.go(r.home(), produce(r, queue, book, i, producers, v.count("operations")));
  for (std::size_t i = 0; i < v.count("consumers"); ++i)
    crew.go(r.home(), consume(r, queue, book));
  (void)co_await crew.wait(context::background());

  r.check("values in = values out", book.pushed.load(), book.popped.load());
  r.check("sum of the values", book.sum_in.load(), book.sum_out.load());
  r.check("sum of their squares", book.squares_in.load(), book.squares_out.load());
}
// [/show]

task<void> run(rig& r, values const& v) {
  auto const kind = v.choice("implementation");
  if (kind == "mutex") {
    locked queue{v.count("capacity")};
    r.bound(queue_series, v.count("capacity"));
    co_await pass_through(r, v, queue);
  } else if (kind == "ring") {
    ring queue{v.count("capacity")};
    r.bound(queue_series, queue.capacity());
    co_await pass_through(r, v, queue);
  } else {
    linked_with_domain queue;
    co_await pass_through(r, v, queue);
    queue.queue.reset();
    queue.domain.join().reclaim();
    r.check("queue nodes alive at the end", 0u, queue.domain.census().alive());
  }
}

}  // namespace

extern scenario const lock_free_queue_scenario;
scenario const lock_free_queue_scenario{
    .id = "lock-free-queue",
    .title = "Lock-free queue",
    .promise = "The same hand-off with a mutex, a linked list and a ring, and every race that is lost.",
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
    .stages = stages,
    .pictures = pictures,
    .notice = notice,
    .hero = hero,
    .workers =
        [](values const& v) {
          return static_cast<unsigned>(v.count("producers") + v.count("consumers"));
        },
    .run = run,
};

}  // namespace sluice::scenarios
