// counter — one number for everybody, a number for each, and what it costs to be asked for the sum.
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <sluice/base/cache_line.hpp>
#include <sluice/lockfree/atomic_counter.hpp>
#include <sluice/lockfree/striped_counter.hpp>
#include <sluice/scenarios/adding_up.hpp>

namespace sluice::scenarios {
namespace {

constexpr choice_option kinds[] = {{"atomic", "one atomic counter"},
                                   {"striped", "a stripe for each worker"},
                                   {"mutex", "a number behind a mutex"}};

constexpr parameter parameters[] = {
    {.id = "kind", .label = "Counter", .unit = "", .help = "What the workers add to.",
     .type = param_type::choice, .max = 2, .fallback = 1, .choices = kinds},
    adding_workers,
    adding_operations(100'000'000),
};

constexpr std::string_view pictures[] = {"lanes", "rate"};
constexpr std::string_view hero[] = {"kind", "workers"};
constexpr std::string_view notice[] = {
    "{rate} with {workers} workers. Add workers, up to your processors: the striped counter counts faster "
    "with each of them, one atomic counter slower.",
    "One atomic counter is one line of memory, and it travels to the core that adds. The stripes lie on "
    "lines of their own, so an addition is a load and a store that no other core hears of.",
    "The price is in the reading: the sum goes over all stripes, and what is added meanwhile it may see or "
    "miss. Count what is seldom read with stripes, and what must be exact at every moment with one atomic."};

// [show]
struct one_atomic final : shared_total {
  void add_ones(std::uint64_t times) override {
    for (; times > 0; --times) counter.increment(std::memory_order_relaxed);
  }
  auto sum() -> std::uint64_t override { return counter.load(); }
  atomic_counter counter;
};

struct one_for_each final : shared_total {
  void add_ones(std::uint64_t times) override {
    auto mine = counter.join();  // a stripe, as long as this burst lasts; it keeps its count
    for (; times > 0; --times) mine.increment();
  }
  auto sum() -> std::uint64_t override { return counter.sum(); }
  striped_counter counter;
};

struct behind_mutex final : shared_total {
  void add_ones(std::uint64_t times) override {
    for (; times > 0; --times) {
      std::lock_guard const held{lock};
      ++value;
    }
  }
  auto sum() -> std::uint64_t override { return value; }
  alignas(cache_line) std::mutex lock;
  std::uint64_t value = 0;
};

task<void> run(rig& r, values const& v) {
  auto const kind = v.choice("kind");
  if (kind == "atomic") {
    one_atomic total;
    co_await add_up(r, v, total);
  } else if (kind == "striped") {
    one_for_each total;
    co_await add_up(r, v, total);
    r.found("stripes there is memory for", std::to_string(total.counter.stripes()));
  } else {
    behind_mutex total;
    co_await add_up(r, v, total);
  }
}
// [/show]

}  // namespace

extern scenario const counter_scenario;
scenario const counter_scenario{
    .id = "counter",
    .family = family_kind::lock_free,
    .title = "Counters",
    .promise = "One number that all workers change, or a number for each of them and a sum.",
    .question = "How does counting get faster with more cores instead of slower?",
    .group = "Lock-free",
    .group_note = "sharing without locks",
    .source = "counter.cpp",
    .item_name = "additions",
    .sim_note = "In simulation every addition takes the same 100 ns whatever it adds to; run it on threads "
                "to measure.",
    .level = 2,
    .prefers = engine_kind::threads,
    .parameters = parameters,
    .stages = adding_stages,
    .pictures = pictures,
    .notice = notice,
    .hero = hero,
    .workers = adding_crew,
    .run = run,
};

}  // namespace sluice::scenarios
