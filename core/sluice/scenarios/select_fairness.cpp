// select_fairness — several sources, one who listens to all of them, and whose turn it is.
#include <array>
#include <cstddef>
#include <string>
#include <utility>

#include <sluice/channel/select.hpp>
#include <sluice/scenarios/rig.hpp>
#include <sluice/scenarios/words.hpp>
#include <sluice/sync/wait_group.hpp>

namespace sluice::scenarios {
namespace {

constexpr choice_option choosing[] = {{"select", "any that is ready, by chance"},
                                      {"in-order", "the first that is ready, in order"}};
constexpr std::size_t most_sources = 6;

constexpr parameter parameters[] = {
    {.id = "choosing", .label = "Chosen is", .unit = "", .help = "Which source is heard when several are ready.",
     .type = param_type::choice, .max = 1, .fallback = 0, .choices = choosing},
    {.id = "sources", .label = "Sources", .unit = "", .help = "Tasks that send, each on a channel of its own.",
     .type = param_type::integer, .min = 2, .max = most_sources, .fallback = 4},
    {.id = "buffer", .label = "Buffer", .unit = "values", .help = "Values that may wait in each channel.",
     .type = param_type::integer, .min = 0, .max = 64, .fallback = 4},
    {.id = "items", .label = "Values", .unit = "values", .help = "Values that each source sends.",
     .type = param_type::integer, .min = 1, .max = 1'000'000, .fallback = 2'000, .log_scale = true},
    {.id = "work", .label = "Work per value", .unit = "µs", .help = "How long a value keeps the listener.",
     .type = param_type::duration, .min = 0, .max = 10'000, .fallback = 50},
};

constexpr stage_label stages[] = {{"source-1", "source 1"}, {"source-2", "source 2"}, {"source-3", "source 3"},
                                  {"source-4", "source 4"}, {"source-5", "source 5"}, {"source-6", "source 6"}};
constexpr std::string_view pictures[] = {"lanes", "hist", "rate"};
constexpr std::string_view hero[] = {"choosing", "sources"};
constexpr std::string_view notice[] = {
    "Every source is ready nearly all the time, and one value is taken after another. A select draws lots "
    "among those that are ready: each source gets its share, whatever its place in the list.",
    "Choose the first that is ready instead: source 1 is heard until it has ended, then source 2. The last "
    "one waits for all others, and the latency says so.",
    "What loses a select has lost nothing: its value is where it was, and takes part in the next round."};

struct value {
  std::uint64_t number;
  instant sent;
};

// [show]
using sources = std::array<channel<value>, most_sources>;

task<void> send_all(rig& r, channel<value>& into, std::uint64_t count) {
  for (std::uint64_t number = 0; number < count; ++number) {
    if (!co_await into.send(r.ctx(), value{number, r.now()})) co_return;
    r.took_in();
  }
  into.close();
}

/// The listener: takes from whichever source is chosen, until all have ended.
struct listener {
  rig& r;
  duration work;
  bool in_order;
  std::array<receive_case<value>, most_sources> from;
  done_case stopped{r.ctx()};
  std::array<std::uint64_t, most_sources> taken{};
  std::array<std::uint64_t, most_sources> at_first_end{};  // how many by then
  std::uint64_t overtaken = 0;

  task<void> listen(std::size_t open) {
    auto& [a, b, c, d, e, f] = from;
    for (bool all_open = true; open > 0;) {
      auto which = in_order ? first_ready() : std::nullopt;
      if (!which) which = co_await select(a, b, c, d, e, f, stopped);
      if (*which == most_sources) co_return;
      auto const got = from[*which].take();
      if (!got) {
        if (std::exchange(all_open, false)) at_first_end = taken;
        from[*which].enable(false);
        --open;
        continue;
      }
      if (got->number != taken[*which]++) ++overtaken;
      co_await r.work(work, r.items_out(), *which);
      r.put_out_since(got->sent);
    }
  }

  auto first_ready() -> std::optional<std::size_t> {
    for (std::size_t at = 0; at < most_sources; ++at)
      if (try_select(from[at])) return at;
    return std::nullopt;
  }
};

task<void> run(rig& r, values const& v) {
  auto const count = static_cast<std::size_t>(v.count("sources"));
  sources all;
  for (std::size_t at = 0; at < count; ++at) all[at] = channel<value>{v.count("buffer")};
  auto& [a, b, c, d, e, f] = all;
  listener ears{r, v.time("work"), v.choice("choosing") == "in-order",
                {on_recv(a), on_recv(b), on_recv(c), on_recv(d), on_recv(e), on_recv(f)}};

  wait_group crew;
  for (std::size_t at = 0; at < count; ++at) crew.go(r.home(), send_all(r, all[at], v.count("items")));
  co_await ears.listen(count);
  (void)co_await crew.wait(context::background());
  // [/show]

  std::uint64_t by_then = 0;
  for (auto const each : ears.at_first_end) by_then += each;
  for (std::size_t at = 0; at < count && by_then > 0; ++at)
    r.found(words({stages[at].label, ", when the first one ended"}),
            words({std::to_string(ears.at_first_end[at] * 100 / by_then), " %"}));
  r.check("values that overtook one of the same source", 0, ears.overtaken);
  std::uint64_t left = 0;
  for (auto& each : all) left += each.len();
  r.check("values in = values out + left in a channel", r.items_in(), r.items_out() + left);
}

}  // namespace

extern scenario const select_fairness_scenario;
scenario const select_fairness_scenario{
    .id = "select-fairness",
    .family = family_kind::tasks,
    .title = "Select",
    .promise = "One who listens to several channels hears each of them, because chance decides.",
    .question = "Who is heard when several are ready at once?",
    .group = "Channels",
    .group_note = "handing values over",
    .source = "select_fairness.cpp",
    .item_name = "values",
    .sim_note = "",
    .level = 1,
    .prefers = engine_kind::sim,
    .parameters = parameters,
    .stages = stages,
    .pictures = pictures,
    .notice = notice,
    .hero = hero,
    .workers = [](values const&) { return 2U; },
    .run = run,
};

}  // namespace sluice::scenarios
