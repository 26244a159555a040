// producer_consumer — several who make, several who take, and one channel that says who waits.
#include <atomic>
#include <vector>

#include <sluice/channel/channel.hpp>
#include <sluice/channel/direction.hpp>
#include <sluice/scenarios/rig.hpp>
#include <sluice/scenarios/shares.hpp>
#include <sluice/sync/wait_group.hpp>

namespace sluice::scenarios {
namespace {

constexpr choice_option spreads[] = {{"constant", "always the same"}, {"exponential", "exponential"}};

constexpr parameter parameters[] = {
    {.id = "producers", .label = "Producers", .unit = "", .help = "Tasks that make items and send them.",
     .type = param_type::integer, .min = 1, .max = 16, .fallback = 3},
    {.id = "consumers", .label = "Consumers", .unit = "",
     .help = "Tasks that receive items and work on them.",
     .type = param_type::integer, .min = 1, .max = 16, .fallback = 2},
    {.id = "buffer", .label = "Buffer", .unit = "items",
     .help = "Items that may wait in the channel; with 0 each is handed from one task to another.",
     .type = param_type::integer, .min = 0, .max = 4096, .fallback = 32},
    {.id = "items", .label = "Items", .unit = "items", .help = "Items to make, all producers together.",
     .type = param_type::integer, .min = 1, .max = 1'000'000, .fallback = 10'000, .log_scale = true},
    {.id = "produce", .label = "Making one", .unit = "µs", .help = "How long an item keeps its producer.",
     .type = param_type::duration, .min = 0, .max = 10'000, .fallback = 200},
    {.id = "consume", .label = "Working on one", .unit = "µs", .help = "How long an item keeps its consumer.",
     .type = param_type::duration, .min = 0, .max = 10'000, .fallback = 200},
    {.id = "spread", .label = "Spread of the work", .unit = "", .help = "How much items differ in both.",
     .type = param_type::choice, .max = 1, .fallback = 1, .choices = spreads},
};

constexpr series queues[] = {{"channel", "Queue", "items", "buffer"}};
constexpr stage_label stages[] = {{"producers", "producing"}, {"consumers", "consuming"}};
constexpr std::string_view pictures[] = {"graph", "lanes", "queue", "hist", "rate"};
constexpr std::string_view hero[] = {"producers", "consumers", "buffer"};
constexpr std::string_view notice[] = {
    "{producers} producers make more than {consumers} consumers can take. The channel fills once, and from "
    "then on every producer waits for a consumer: nobody had to tell it how fast to go.",
    "Half of the items are {p50} old when they are done, most of it spent in the channel. A larger buffer "
    "makes them older and the consumers no faster; it pays only where one side is ahead now and then.",
    "Add a consumer and the queue empties: now the consumers wait. The channel is closed when the last "
    "producer has ended, and what lies in it is still taken: every item that was made is worked on."};

constexpr std::uint64_t making = 0;
constexpr std::uint64_t taking = 1;
constexpr std::uint32_t channel_series = 1;

// [show]
struct item {
  std::uint64_t id;
  instant born;
};

/// Work that is always the same, or differs from one item to the next.
struct workload {
  random_source random;
  duration mean;
  bool spread;

  auto next() -> duration { return spread ? random_span(random, mean) : mean; }
};

/// How many, and which: no item is lost and another one doubled in its place.
struct tally {
  std::uint64_t count = 0;
  std::uint64_t sum = 0;

  void add(item const& one) { ++count, sum += one.id; }
};

/// What there is to make: each producer takes the next number.
struct order {
  std::uint64_t items;
  std::atomic<std::uint64_t> next{0};
};

/// Makes items and sends them; waits as long as the channel is full.
task<void> produce(rig& r, send_only<item> into, order& wanted, workload work, tally& sent) {
  for (std::uint64_t id = 0; (id = wanted.next.fetch_add(1)) < wanted.items;) {
    item const made{id, r.now()};
    co_await r.work(work.next(), id, making);
    auto const ready = r.now();
    if (!co_await into.send(r.ctx(), made)) co_return;
    sent.add(made);
    r.took_in();
    r.blocked(making, r.now() - ready);
  }
}

/// Takes items until the channel has been closed and is empty.
task<void> consume(rig& r, recv_only<item> from, workload work, tally& taken) {
  while (auto const got = co_await from.recv(r.ctx())) {
    co_await r.work(work.next(), got->id, taking);
    taken.add(*got);
    r.put_out_since(got->born);
  }
}

task<void> run(rig& r, values const& v) {
  channel<item> between{v.count("buffer")};
  between.watch(channel_series);
  std::vector<tally> sent(v.count("producers"));
  std::vector<tally> taken(v.count("consumers"));
  std::uint64_t stream = 0;
  auto const work = [&](std::string_view what) {
    return workload{r.random(++stream), v.time(what), v.choice("spread") == "exponential"};
  };

  wait_group makers;
  wait_group takers;
  for (auto& each : taken) takers.go(r.home(), consume(r, between, work("consume"), each));
  order wanted{v.count("items")};
  for (auto& each : sent) makers.go(r.home(), produce(r, between, wanted, work("produce"), each));

  (void)co_await makers.wait(context::background());
  between.close();  // nobody sends any more; what lies inside is still received
  (void)co_await takers.wait(context::background());
  // [/show]

  tally in;
  tally out;
  for (auto const& each : sent) in.count += each.count, in.sum += each.sum;
  for (auto const& each : taken) out.count += each.count, out.sum += each.sum;
  tally left;  // where a stop found it
  while (auto const rest = between.try_recv()) left.add(*rest);
  r.check("items sent = items taken + left by a stop", in.count, out.count + (r.stopped() ? left.count : 0));
  r.check("their numbers add up to the same", in.sum, out.sum + left.sum);
  r.check("items taken = items counted", out.count, r.items_out());
}

auto workers_of(values const& v) -> unsigned {
  return static_cast<unsigned>(v.count("producers") + v.count("consumers"));
}

}  // namespace

extern scenario const producer_consumer_scenario;
scenario const producer_consumer_scenario{
    .id = "producer-consumer",
    .family = family_kind::flow,
    .title = "Producers and consumers",
    .promise = "Those who make wait for those who take, and nobody had to tell them.",
    .question = "Who waits for whom, and what does the buffer between them change?",
    .group = "Flow",
    .group_note = "values in motion",
    .source = "producer_consumer.cpp",
    .item_name = "items",
    .sim_note = "",
    .level = 1,
    .prefers = engine_kind::sim,
    .parameters = parameters,
    .queues = queues,
    .stages = stages,
    .pictures = pictures,
    .notice = notice,
    .hero = hero,
    .workers = workers_of,
    .run = run,
};

}  // namespace sluice::scenarios
