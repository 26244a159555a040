// error_group — functions that belong together: when one of them fails, the others need not go on.
#include <algorithm>
#include <atomic>
#include <string>

#include <sluice/probe/probe.hpp>
#include <sluice/resilience/error_group.hpp>
#include <sluice/scenarios/rig.hpp>
#include <sluice/scenarios/words.hpp>

namespace sluice::scenarios {
namespace {

constexpr choice_option manners[] = {{"give-up", "they give up"}, {"go-on", "they go on to their end"}};

constexpr parameter parameters[] = {
    {.id = "others", .label = "When one has failed", .unit = "",
     .help = "Whether the functions look at the context of their group.",
     .type = param_type::choice, .max = 1, .fallback = 0, .choices = manners},
    {.id = "functions", .label = "Functions", .unit = "", .help = "Functions of each group.",
     .type = param_type::integer, .min = 1, .max = 64, .fallback = 12},
    {.id = "limit", .label = "At once", .unit = "", .help = "How many functions of a group run at once.",
     .type = param_type::integer, .min = 1, .max = 64, .fallback = 4},
    {.id = "failing", .label = "Functions that fail", .unit = "%", 
     .help = "How many functions end with an error.",
     .type = param_type::integer, .min = 0, .max = 100, .fallback = 10},
    {.id = "work", .label = "Work", .unit = "µs", .help = "How long a function takes on average.",
     .type = param_type::duration, .min = 1, .max = 10'000, .fallback = 400, .log_scale = true},
    {.id = "groups", .label = "Groups", .unit = "groups", .help = "Groups to run, one after another.",
     .type = param_type::integer, .min = 1, .max = 1'000'000, .fallback = 300, .log_scale = true},
};

constexpr stage_label stages[] = {{"function", "function"}};
constexpr std::string_view pictures[] = {"spans", "lanes", "hist", "rate"};
constexpr std::string_view hero[] = {"others", "failing", "limit"};
constexpr std::string_view notice[] = {
    "Each row is a function. The first that fails ends the context of its group; the others see that and "
    "give up, marked with a cross. Those that have not begun do nothing at all.",
    "Let them go on to their end instead: the answer of the group is the same error, only later, and the "
    "work after the first error is for nobody.",
    "The group returns the first error and keeps all of them, in the order of time: none is lost because "
    "another came before it."};

constexpr duration piece = std::chrono::microseconds{50};
constexpr std::uint64_t by_itself = 1;

struct tally {
  std::atomic<std::uint64_t> well{0}, failed{0}, gave_up{0};
  std::atomic<std::uint64_t> running{0}, most{0};
  std::atomic<std::int64_t> spared{0}, asked{0};
};

struct job {
  std::uint64_t id;
  duration work;
  bool fails;
};

/// One of those at work: how many there are at once is what the limit is about.
struct at_work {
  explicit at_work(tally& of) : count(of) {
    auto const now = ++count.running;
    for (auto seen = count.most.load(); seen < now && !count.most.compare_exchange_weak(seen, now);) {
    }
  }
  at_work(at_work const&) = delete;
  auto operator=(at_work const&) -> at_work& = delete;
  ~at_work() { --count.running; }
  tally& count;
};

// [show]
/// Works piece by piece, and looks at the context between two of them.
task<result<void>> function(rig& r, context ctx, job what, bool gives_up, tally& count) {
  at_work const counted{count};
  auto const begun = r.now();
  for (; what.work.count() > 0; what.work -= piece) {
    if (gives_up && ctx.done()) {
      probe::emit(probe::verb::cancelled, what.id);
      count.spared += what.work.count();
      ++count.gave_up;
      r.put_out();
      co_return failure({errc::cancelled, "gave up", *ctx.cause()});
    }
    co_await r.work(std::min(what.work, piece), what.id);
  }
  r.put_out_since(begun);
  if (what.fails) {
    probe::emit(probe::verb::cancelled, what.id, by_itself);
    ++count.failed;
    co_return failure({errc::failed, words({"function ", std::to_string(what.id)})});
  }
  ++count.well;
  co_return result<void>{};
}
// [/show]

task<void> run(rig& r, values const& v) {
  auto chance = r.random(1);
  auto const limit = v.integer("limit");
  auto const functions = v.count("functions");
  auto const failing = v.count("failing");
  auto const gives_up = v.choice("others") == "give-up";
  auto const mean = static_cast<std::uint64_t>(v.time("work").count());
  tally count;
  std::uint64_t kept = 0, strange = 0, silent = 0, alive = 0, id = 0;

  for (auto groups = v.count("groups"); groups > 0 && !r.stopped(); --groups) {
    // [show]
    error_group group{r.home(), r.ctx(), {.limit = limit}};
    for (std::size_t n = 0; n < functions; ++n) {
      job const what{id++, duration{static_cast<std::int64_t>(1 + chance.exponential(mean))},
                     chance.below(100) < failing};
      count.asked += what.work.count();
      r.took_in();
      co_await group.go(function(r, group.ctx(), what, gives_up, count));  // waits for a slot
    }
    auto const all = co_await group.wait();
    auto const errors = group.errors();
    // [/show]
    kept += errors.size();
    if (all.has_value() != errors.empty()) ++silent;
    if (!all && all.error().message() != errors.front().message()) ++strange;
    if (!all && !group.ctx().done()) ++alive;
    if (!all && !r.stopped() && group.ctx().cause()->message() != errors.front().message()) ++strange;
  }

  r.check("functions begun = ended well + failed + gave up", r.items_in(),
          count.well + count.failed + count.gave_up);
  r.check("errors kept = functions that failed or gave up", count.failed + count.gave_up, kept);
  r.check("groups that returned another error than the first", 0, strange);
  r.check("groups that failed and said nothing, or the reverse", 0, silent);
  r.check("groups that failed and went on", 0, alive);
  auto const most = std::max<std::uint64_t>(count.most, v.count("limit"));
  r.check("functions at once beyond the limit", 0, most - v.count("limit"));
  r.found("ended well", std::to_string(count.well.load()));
  r.found("failed", std::to_string(count.failed.load()));
  r.found("gave up", std::to_string(count.gave_up.load()));
  auto const spared = count.spared * 100 / std::max<std::int64_t>(1, count.asked);
  r.found("work that nobody had to do", words({std::to_string(spared), " %"}));
}

}  // namespace

extern scenario const error_group_scenario;
scenario const error_group_scenario{
    .id = "error-group",
    .family = family_kind::resilience,
    .title = "Error group",
    .promise = "The first error ends the others, and none of them is forgotten.",
    .question = "What do the others do when one of them has failed?",
    .group = "Resilience",
    .group_note = "when something goes wrong",
    .source = "error_group.cpp",
    .item_name = "functions",
    .sim_note = "",
    .level = 1,
    .prefers = engine_kind::sim,
    .parameters = parameters,
    .stages = stages,
    .pictures = pictures,
    .notice = notice,
    .hero = hero,
    .workers = [](values const&) { return 4U; },
    .run = run,
};

}  // namespace sluice::scenarios
