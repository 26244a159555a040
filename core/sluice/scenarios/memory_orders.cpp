// memory_orders — what threads may see of each other, order by order: every outcome that C++ allows.
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <sluice/scenarios/exploring.hpp>
#include <sluice/scenarios/words.hpp>

namespace sluice::scenarios {
namespace {

constexpr choice_option tests[] = {{"message-passing", "message passing"},
                                   {"store-buffering", "store buffering"},
                                   {"two-readers", "two readers, two writers"}};
constexpr choice_option orders[] = {{"relaxed", "relaxed"},
                                    {"release-acquire", "release and acquire"},
                                    {"sequential", "sequentially consistent"}};

constexpr parameter parameters[] = {
    {.id = "test", .label = "Program", .unit = "", .help = "What the threads do.",
     .type = param_type::choice, .max = 2, .fallback = 0, .choices = tests},
    {.id = "order", .label = "Order", .unit = "",
     .help = "The memory order of the stores and loads that matter.", .type = param_type::choice, .max = 2, .fallback = 0, .choices = orders},
};

constexpr std::string_view pictures[] = {"lanes", "rate"};
constexpr std::string_view hero[] = {"test", "order"};
constexpr std::string_view notice[] = {
    "{items} executions are all there are, and below stands what they come to. Relaxed, a reader may see "
    "the flag raised and the data not yet there.",
    "Release and acquire repair message passing, for a whole order less than one thinks: in store buffering "
    "both threads may still read 0. Only sequential consistency forbids that, and it is what hazard pointers "
    "and the deque stand on.",
    "A browser cannot show this by running: WebAssembly makes every atomic access sequentially consistent. "
    "So the order is proven here, and in native builds, not in the page."};

using enum std::memory_order;

// [show]
/// The order under test, as it applies to each kind of access.
struct order_pair {
  std::memory_order of_store, of_load;
};

using outcomes = std::map<std::string, std::uint64_t>;

auto text(std::string_view name, int value) -> std::string {
  return std::string(name) + std::to_string(value);
}

/// Is the data there when the flag is?
void message_passing(model::execution& run, order_pair by, outcomes& seen) {
  model::atomic<int> data{0}, flag{0};
  int saw_flag = 0, saw_data = 0;
  run.thread("writer", [&] {
    data.store(1, relaxed);
    flag.store(1, by.of_store);
  });
  run.thread("reader", [&] {
    saw_flag = flag.load(by.of_load);
    saw_data = data.load(relaxed);
  });
  run.join();
  ++seen[text("flag ", saw_flag) + text(", data ", saw_data)];
}

/// Each writes, then looks at the other: can both come too early?
void store_buffering(model::execution& run, order_pair by, outcomes& seen) {
  model::atomic<int> x{0}, y{0};
  int left = 0, right = 0;
  run.thread("left", [&] {
    x.store(1, by.of_store);
    left = y.load(by.of_load);
  });
  run.thread("right", [&] {
    y.store(1, by.of_store);
    right = x.load(by.of_load);
  });
  run.join();
  ++seen[text("left ", left) + text(", right ", right)];
}

/// Two writers, two readers: must both readers agree which write came first?
void two_readers(model::execution& run, order_pair by, outcomes& seen) {
  model::atomic<int> x{0}, y{0};
  int a = 0, b = 0, c = 0, d = 0;
  run.thread("writes x", [&] { x.store(1, by.of_store); });
  run.thread("writes y", [&] { y.store(1, by.of_store); });
  run.thread("reads x, y", [&] { a = x.load(by.of_load), b = y.load(by.of_load); });
  run.thread("reads y, x", [&] { c = y.load(by.of_load), d = x.load(by.of_load); });
  run.join();
  ++seen[text("x ", a) + text(" y ", b) + text(", y ", c) + text(" x ", d)];
}
// [/show]

/// What is known of each program: the outcome in question, and for each order whether C++20 allows it
/// and how many executions there are.
struct expectation {
  void (*program)(model::execution&, order_pair, outcomes&);
  std::string_view weak;
  struct {
    bool allowed;
    std::uint64_t executions;
  } by[3];
};

constexpr expectation known[] = {
    {message_passing, "flag 1, data 0", {{true, 4}, {false, 3}, {false, 3}}},
    {store_buffering, "left 0, right 0", {{true, 4}, {true, 4}, {false, 3}}},
    {two_readers, "x 1 y 0, y 1 x 0", {{true, 16}, {true, 16}, {false, 15}}},
};
constexpr order_pair pairs[] = {{relaxed, relaxed}, {release, acquire}, {seq_cst, seq_cst}};

task<void> run(rig& r, values const& v) {
  if constexpr (can_explore) {
    auto const& what = known[static_cast<std::size_t>(v.number("test"))];
    auto const which = static_cast<std::size_t>(v.number("order"));
    auto const seen = std::make_shared<outcomes>();
    auto const whole = co_await explore(
        r, [&what, by = pairs[which], seen](model::execution& one) { what.program(one, by, *seen); });
    for (auto const& [outcome, times] : *seen)
      r.found(outcome, std::to_string(times) + " of " + std::to_string(whole.executions) + " executions");
    if (r.stopped()) co_return;
    auto const [allowed, executions] = what.by[which];
    r.check("executions there are", executions, whole.executions);
    r.check("executions with a fault", 0u, whole.failures);
    std::string const weak{what.weak};
    r.check(words({"\"", weak, allowed ? "\" is allowed, and seen" : "\" is forbidden, and not seen"}),
            allowed, seen->contains(weak));
  } else {
    refuse_to_explore();
  }
}

}  // namespace

extern scenario const memory_orders_scenario;
scenario const memory_orders_scenario{
    .id = "memory-orders",
    .family = family_kind::lock_free,
    .title = "Memory orders",
    .promise = "What threads may see of each other: all outcomes that C++ allows, order by order.",
    .question = "Which order is strong enough, and what would a weaker one let through?",
    .group = "Lock-free",
    .group_note = "sharing without locks",
    .source = "memory_orders.cpp",
    .item_name = "executions",
    .sim_note = "Executions are explored one after the other on one thread, whichever engine runs them.",
    .level = 3,
    .prefers = engine_kind::sim,
    .parameters = parameters,
    .stages = exploring_stages,
    .pictures = pictures,
    .notice = notice,
    .hero = hero,
    .explore = {"message-passing", "relaxed"},
    .workers = exploring_crew,
    .run = run,
};

}  // namespace sluice::scenarios
