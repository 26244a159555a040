// ping_pong — two tasks, two channels, and a ball that is always with one of them.
#include <algorithm>
#include <vector>

#include <sluice/channel/channel.hpp>
#include <sluice/scenarios/rig.hpp>
#include <sluice/scenarios/shares.hpp>
#include <sluice/sync/wait_group.hpp>

namespace sluice::scenarios {
namespace {

constexpr parameter parameters[] = {
    {.id = "pairs", .label = "Pairs", .unit = "", .help = "Pairs of players, each with a ball of its own.",
     .type = param_type::integer, .min = 1, .max = 64, .fallback = 1},
    {.id = "workers", .label = "Workers", .unit = "", .help = "Workers on which all the players run.",
     .type = param_type::integer, .min = 1, .max = 16, .fallback = 2},
    {.id = "items", .label = "Rallies", .unit = "rallies",
     .help = "How often balls go over and come back, all pairs together.",
     .type = param_type::integer, .min = 1, .max = 1'000'000, .fallback = 10'000, .log_scale = true},
    {.id = "work", .label = "Work per stroke", .unit = "µs", .help = "How long a player keeps the ball.",
     .type = param_type::duration, .min = 0, .max = 10'000, .fallback = 20},
    {.id = "buffer", .label = "Buffer", .unit = "balls",
     .help = "Balls that may lie in each channel; with 0 the two players meet at every stroke.",
     .type = param_type::integer, .min = 0, .max = 16, .fallback = 0},
};

constexpr stage_label stages[] = {{"ping", "ping"}, {"pong", "pong"}};
constexpr std::string_view pictures[] = {"lanes", "hist", "rate"};
constexpr std::string_view hero[] = {"pairs", "workers", "work"};
constexpr std::string_view notice[] = {
    "A rally is two strokes of {work} and two hand-overs. Half of all rallies are over within {p50}, one "
    "in a hundred takes longer than {p99}: what the strokes do not explain is the price of handing over.",
    "One ball keeps one worker busy, however many there are, because only one of the two players has "
    "something to do. The workers work {utilisation} of the time. Add pairs, not workers, and watch it rise.",
    "A channel without a buffer is a meeting: whoever comes first waits. With a buffer the one who sends "
    "goes on at once, and then waits for the ball all the same."};

constexpr std::uint64_t ping = 0;
constexpr std::uint64_t pong = 1;

// [show]
/// Counts its strokes, so that none is lost or made twice.
struct ball {
  std::uint64_t strokes = 0;
};

struct table {
  explicit table(std::size_t buffer) : there(buffer), back(buffer) {}

  channel<ball> there, back;
  std::uint64_t rallies = 0;  // that have ended
  std::uint64_t strokes = 0;  // of the ball, after the last of them
};

/// Plays the ball over and waits for it, again and again.
task<void> serve(rig& r, table& on, std::uint64_t rallies, duration work) {
  for (ball mine; on.rallies < rallies && !r.stopped();) {
    auto const began = r.now();
    r.took_in();
    co_await r.work(work, mine.strokes++, ping);
    if (!co_await on.there.send(r.ctx(), mine)) break;
    auto const returned = co_await on.back.recv(r.ctx());
    if (!returned) break;
    mine = *returned;
    on.strokes = mine.strokes;
    ++on.rallies;
    r.put_out_since(began);
  }
  on.there.close();
}

/// Plays back whatever comes, until nothing more will.
task<void> answer(rig& r, table& on, duration work) {
  while (auto got = co_await on.there.recv(r.ctx())) {
    co_await r.work(work, got->strokes++, pong);
    if (!co_await on.back.send(r.ctx(), *got)) co_return;
  }
}

task<void> run(rig& r, values const& v) {
  auto const pairs = v.count("pairs");
  std::vector<table> tables;
  tables.reserve(pairs);  // a table stays where its players found it

  wait_group crew;
  for (std::size_t i = 0; i < pairs; ++i) {
    auto& on = tables.emplace_back(v.count("buffer"));
    crew.go(r.home(), answer(r, on, v.time("work")));
    crew.go(r.home(), serve(r, on, share_of(v.count("items"), pairs, i), v.time("work")));
  }
  (void)co_await crew.wait(context::background());
  // [/show]

  std::uint64_t ended = 0;
  std::uint64_t strokes = 0;
  for (auto const& on : tables) {
    ended += on.rallies;
    strokes += on.strokes;
  }
  r.check("rallies ended = rallies counted", ended, r.items_out());
  r.check("strokes = two in each rally", 2 * ended, strokes);
  // A stop finds each pair in the middle of one rally at most.
  auto const cut_short = r.stopped() ? std::min<std::uint64_t>(r.items_in() - r.items_out(), pairs) : 0;
  r.check("rallies begun = rallies ended + cut short by a stop", r.items_in(), r.items_out() + cut_short);
}

}  // namespace

extern scenario const ping_pong_scenario;
scenario const ping_pong_scenario{
    .id = "ping-pong",
    .family = family_kind::tasks,
    .title = "Ping-pong",
    .promise = "Two tasks and one ball: what it costs to hand something over and wait for it.",
    .question = "What does handing over cost, and who can run meanwhile?",
    .group = "Channels",
    .group_note = "handing values over",
    .source = "ping_pong.cpp",
    .item_name = "rallies",
    .sim_note = "In simulation the strokes alone take time and a hand-over takes none; run it on threads to "
                "measure it.",
    .level = 1,
    .prefers = engine_kind::threads,
    .parameters = parameters,
    .stages = stages,
    .pictures = pictures,
    .notice = notice,
    .hero = hero,
    .workers = [](values const& v) { return static_cast<unsigned>(v.count("workers")); },
    .run = run,
};

}  // namespace sluice::scenarios
