// pipeline — the slowest stage closes the gates of every stage before it.
#include <algorithm>
#include <string>

#include <sluice/flow/pipeline.hpp>
#include <sluice/scenarios/rig.hpp>

namespace sluice::scenarios {
namespace {

constexpr choice_option consumers[] = {{"steady", "takes everything"},
                                       {"slow", "works on everything it takes"},
                                       {"leaves", "leaves early"}};

constexpr auto work_of(std::string_view id, std::string_view label, double fallback) -> parameter {
  return {.id = id, .label = label, .unit = "µs", .help = "How long one item keeps a worker of this stage.",
          .type = param_type::duration, .min = 0, .max = 10'000, .fallback = fallback};
}
constexpr auto width_of(std::string_view id, std::string_view label, double fallback) -> parameter {
  return {.id = id, .label = label, .unit = "workers", .help = "Workers of this stage.",
          .type = param_type::integer, .min = 1, .max = 8, .fallback = fallback};
}

constexpr parameter parameters[] = {
    {.id = "stages", .label = "Stages", .unit = "", .help = "Stages between source and consumer.",
     .type = param_type::integer, .min = 3, .max = 5, .fallback = 3},
    {.id = "items", .label = "Items", .unit = "items", .help = "Items to feed before the run ends.",
     .type = param_type::integer, .min = 1, .max = 1'000'000, .fallback = 10'000, .log_scale = true},
    work_of("work-1", "Work of stage 1", 100),
    work_of("work-2", "Work of stage 2", 400),
    work_of("work-3", "Work of stage 3", 150),
    work_of("work-4", "Work of stage 4", 100),
    work_of("work-5", "Work of stage 5", 100),
    width_of("parallelism-1", "Width of stage 1", 1),
    width_of("parallelism-2", "Width of stage 2", 2),
    width_of("parallelism-3", "Width of stage 3", 1),
    width_of("parallelism-4", "Width of stage 4", 1),
    width_of("parallelism-5", "Width of stage 5", 1),
    {.id = "buffer", .label = "Buffer", .unit = "items", .help = "Items that may wait between two stages.",
     .type = param_type::integer, .min = 0, .max = 1024, .fallback = 16},
    {.id = "ordered", .label = "Keep the order", .unit = "",
     .help = "Items leave a wide stage in the order in which they came.",
     .type = param_type::flag, .max = 1, .fallback = 1},
    {.id = "consumer", .label = "Consumer", .unit = "", .help = "What stands at the end.",
     .type = param_type::choice, .max = 2, .fallback = 0, .choices = consumers},
    {.id = "consumer-work", .label = "Work of a slow consumer", .unit = "µs",
     .help = "How long a slow consumer takes for one item.",
     .type = param_type::duration, .min = 0, .max = 10'000, .fallback = 500},
    {.id = "leave-after", .label = "Leaves after", .unit = "items",
     .help = "How many items a consumer that leaves early takes.",
     .type = param_type::integer, .min = 0, .max = 1'000'000, .fallback = 500, .log_scale = true},
};

constexpr series queues[] = {
    {"into-1", "before stage 1", "items", "buffer"}, {"into-2", "before stage 2", "items", "buffer"},
    {"into-3", "before stage 3", "items", "buffer"}, {"into-4", "before stage 4", "items", "buffer"},
    {"into-5", "before stage 5", "items", "buffer"}, {"into-6", "before the consumer", "items", "buffer"}};
constexpr stage_label stages[] = {{"stage-1", "stage 1"}, {"stage-2", "stage 2"}, {"stage-3", "stage 3"},
                                  {"stage-4", "stage 4"}, {"stage-5", "stage 5"}, {"consumer", "consumer"}};
constexpr std::string_view pictures[] = {"graph", "lanes", "queue", "hist", "rate"};
constexpr std::string_view hero[] = {"work-2", "parallelism-2", "buffer"};
constexpr std::string_view notice[] = {
    "The pipeline delivers {rate}: what its slowest stage can do, and not a bit more. Every buffer "
    "before that stage is full, every one behind it empty.",
    "An item needs {p50} from source to consumer, most of it spent waiting before the slowest stage. "
    "A larger buffer makes it wait longer and delivers nothing more.",
    "Widen the slowest stage until another one becomes the slowest; {utilisation} of the workers' "
    "time is work now."};

struct item {
  std::uint64_t id = 0;
  instant born{};
};

constexpr std::uint64_t consumer_stage = 5;

// [show]
// Each stage works on an item for a while and passes it on.
auto stage(rig& r, values const& v, std::size_t number) {
  auto const work = v.time("work-" + std::to_string(number));
  return [&r, work, number](item it) -> task<item> {
    co_await r.work(work, it.id, number - 1);
    co_return it;
  };
}

// A source that is held up by the first full buffer.
task<void> feed(rig& r, send_only<item> into, context ctx, std::uint64_t items) {
  for (std::uint64_t id = 0; id < items; ++id) {
    if (!co_await into.send(ctx, item{id, r.now()})) co_return;  // the pipeline has ended
    r.took_in();
  }
  into.close();
}

task<void> run(rig& r, values const& v) {
  auto plan = pipeline<item>();
  for (std::size_t i = 1; i <= v.count("stages"); ++i)
    plan = plan.transform(
        stage(r, v, i),
        {.parallelism = static_cast<unsigned>(v.count("parallelism-" + std::to_string(i))),
         .buffer = v.count("buffer"),
         .ordered = v.flag("ordered")});

  auto line = plan.start(r.home(), r.ctx(), v.count("buffer"), 1);
  auto source = spawn(r.home(), feed(r, line.in(), line.ctx(), v.count("items")));

  auto const leaves = v.choice("consumer") == "leaves";
  auto const slow = v.choice("consumer") == "slow";
  std::uint64_t taken = 0;
  std::uint64_t out_of_order = 0;
  while (!leaves || taken < v.count("leave-after")) {
    auto next = co_await line.out().recv(r.ctx());
    if (!next) break;
    if (slow) co_await r.work(v.time("consumer-work"), next->id, consumer_stage);
    if (next->id != taken++) ++out_of_order;
    r.put_out_since(next->born);
  }

  line.leave();  // nothing is left behind when it has ended by itself
  co_await std::move(source);
  auto const report = co_await line.finish();
  // [/show]
  r.check("items in = items out + dropped on leaving", r.items_in(), taken + report.discarded);
  if (v.flag("ordered")) r.check("items out of order", 0u, out_of_order);
  // [show]
}
// [/show]

auto workers_of(values const& v) -> unsigned {
  std::size_t all = v.choice("consumer") == "slow" ? 1 : 0;
  for (std::size_t i = 1; i <= v.count("stages"); ++i)
    all += v.count("parallelism-" + std::to_string(i));
  return static_cast<unsigned>(std::min<std::size_t>(all, 64));
}

}  // namespace

extern scenario const pipeline_scenario;
scenario const pipeline_scenario{
    .id = "pipeline",
    .family = family_kind::flow,
    .title = "Pipeline",
    .promise = "The slowest stage closes the gates of every stage before it.",
    .question = "Which stage decides how fast the whole line is, and what do the buffers change?",
    .group = "Flow",
    .group_note = "values in motion",
    .source = "pipeline.cpp",
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
