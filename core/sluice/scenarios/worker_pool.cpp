// worker_pool — a few workers, one bounded queue, and what happens when it fills.
#include <sluice/pool/worker_pool.hpp>
#include <sluice/scenarios/rig.hpp>
#include <sluice/time/sleep.hpp>

namespace sluice::scenarios {
namespace {

using namespace std::chrono_literals;

constexpr choice_option spreads[] = {
    {"constant", "always the same"}, {"uniform", "from none to twice"}, {"exponential", "exponential"}};
constexpr choice_option arrivals[] = {
    {"closed", "as fast as the queue takes them"}, {"open", "at a rate, whatever the pool does"}};
constexpr choice_option policies[] = {{"wait", "the sender waits"}, {"reject", "the job is dropped"}};

constexpr parameter parameters[] = {
    {.id = "workers", .label = "Workers", .unit = "", .help = "Workers that take jobs from the queue.",
     .type = param_type::integer, .min = 1, .max = 64, .fallback = 4},
    {.id = "queue", .label = "Queue capacity", .unit = "jobs",
     .help = "Jobs that may wait; 0 hands each to an idle worker.",
     .type = param_type::integer, .min = 0, .max = 4096, .fallback = 64},
    {.id = "jobs", .label = "Jobs", .unit = "jobs", .help = "Jobs to submit before the run ends.",
     .type = param_type::integer, .min = 1, .max = 10'000'000, .fallback = 25'000, .log_scale = true},
    {.id = "work", .label = "Work per job", .unit = "µs", .help = "How long a job keeps its worker busy.",
     .type = param_type::duration, .min = 1, .max = 10'000, .fallback = 300, .log_scale = true},
    {.id = "spread", .label = "Spread of the work", .unit = "", .help = "How much jobs differ in length.",
     .type = param_type::choice, .max = 2, .fallback = 2, .choices = spreads},
    {.id = "arrival", .label = "Arrival", .unit = "", .help = "What decides when the next job comes.",
     .type = param_type::choice, .max = 1, .fallback = 1, .choices = arrivals},
    {.id = "rate", .label = "Jobs arriving", .unit = "/s",
     .help = "Jobs a second, at random moments, when they arrive at a rate.",
     .type = param_type::integer, .min = 10, .max = 1'000'000, .fallback = 12'500, .live = true,
     .log_scale = true},
    {.id = "when-full", .label = "When the queue is full", .unit = "",
     .help = "What becomes of a job that arrives and finds no room; a closed line always waits.",
     .type = param_type::choice, .max = 1, .fallback = 1, .choices = policies},
};

constexpr series queues[] = {{"queue", "Queue", "jobs", "queue"}};
constexpr std::string_view pictures[] = {"bench", "lanes", "queue", "hist", "rate"};
constexpr std::string_view hero[] = {"workers", "rate", "queue"};
constexpr std::string_view notice[] = {
    "Half of all jobs are done within {p50}, one in a hundred takes longer than {p99}. The difference "
    "is time spent in the queue, not work.",
    "The workers are busy {utilisation} of the time. Near 100 % the queue no longer empties: add a "
    "worker and watch the level fall.",
    "{dropped} jobs found the queue full. A longer queue would keep them, and make every one late."};

/// When jobs come and how long they take, the same for the same seed.
class workload {
 public:
  workload(rig& r, values const& v)
      : rig_(r), random_(r.random(1)), open_(v.choice("arrival") == "open"),
        spread_(v.choice("spread")), work_(v.time("work")), due_(r.now()) {}

  [[nodiscard]] auto open() const noexcept -> bool { return open_; }

  /// The moment at which the next job comes, on an open line.
  auto next_arrival() -> instant {
    auto const gap = static_cast<std::uint64_t>(1e9 / rig_.live("rate"));
    due_ += duration{static_cast<std::int64_t>(random_.exponential(gap))};
    return due_;
  }

  auto next_work() -> duration {
    auto const mean = static_cast<std::uint64_t>(work_.count());
    if (spread_ == "uniform") return duration{static_cast<std::int64_t>(random_.below(2 * mean + 1))};
    if (spread_ == "exponential") return duration{static_cast<std::int64_t>(random_.exponential(mean))};
    return work_;
  }

 private:
  rig& rig_;
  random_source random_;
  bool open_;
  std::string_view spread_;
  duration work_;
  instant due_;
};

constexpr std::uint32_t queue_series = 1;

// [show]
task<void> run(rig& r, values const& v) {
  worker_pool pool{r.home(), r.ctx(), {.workers = static_cast<unsigned>(v.count("workers")),
                                       .queue = v.count("queue")}};
  pool.watch(queue_series);
  workload load{r, v};
  auto const reject = load.open() && v.choice("when-full") == "reject";
  auto const jobs = v.count("jobs");

  for (std::size_t id = 0; id < jobs && !r.stopped(); ++id) {
    auto due = r.now();
    if (load.open()) {
      due = load.next_arrival();
      if (due > r.now() && !co_await sleep_until(r.ctx(), due)) break;
    }

    auto job = [&r, id, due, span = load.next_work()](context const&) -> task<void> {
      co_await r.work(span, id);
      r.put_out_since(due);
    };

    if (reject) {
      if (pool.try_submit(job)) r.took_in();
      else r.dropped(queue_series);
    } else {
      if (!co_await pool.submit(r.ctx(), job)) break;
      r.took_in();
    }
  }

  (void)co_await pool.stop(context::background(), stop_mode::drain);
  auto const did = pool.metrics();
  r.check("jobs in = jobs done + given up", did.submitted, did.completed + did.cancelled);
  r.check("jobs done = jobs counted", did.completed, r.items_out());
  r.check("jobs that failed", 0u, did.failed);
}
// [/show]

}  // namespace

extern scenario const worker_pool_scenario;
scenario const worker_pool_scenario{
    .id = "worker-pool",
    .family = family_kind::pools,
    .title = "Worker pool",
    .promise = "A few workers, one bounded queue, and what happens when it fills.",
    .question = "How many workers does this load need, and what does a full queue cost?",
    .group = "Pools",
    .group_note = "who does the work",
    .source = "worker_pool.cpp",
    .item_name = "jobs",
    .sim_note = "",
    .level = 1,
    .prefers = engine_kind::threads,
    .parameters = parameters,
    .queues = queues,
    .pictures = pictures,
    .notice = notice,
    .hero = hero,
    .workers = [](values const& v) { return static_cast<unsigned>(v.count("workers")); },
    .run = run,
};

}  // namespace sluice::scenarios
