// Many seeds, and the way back from a failure to the shortest schedule that shows it.
#include <sluice/testing/for_each_seed.hpp>

#include <algorithm>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <sluice/channel/channel.hpp>
#include <sluice/channel/select.hpp>
#include <sluice/sync/mutex.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/sleep.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using testing::deterministic_runtime;
using testing::failure_kind;
using testing::for_each_seed;
using testing::trial;

namespace {

auto const always = context::background();

auto contains(std::string const& text, std::string_view part) -> bool {
  return text.find(part) != std::string::npos;
}

/// Loses an update when one writes between the read and the write of the other.
void loses_updates(trial& t) {
  int shared = 0;
  auto adds = [&]() -> task<void> {
    co_await yield();  // something that does not matter
    auto const seen = shared;
    co_await yield();
    shared = seen + 1;
  };
  auto noise = []() -> task<void> {
    for (int i = 0; i < 3; ++i) co_await yield();
  };
  deterministic_runtime rt{t};
  for (int who = 0; who < 2; ++who) rt.spawn(adds()).detach();
  for (int who = 0; who < 2; ++who) rt.spawn(noise()).detach();
  (void)rt.run();
  t.check(shared == 2, "no update is lost");
}

/// Fails where the second of two comes first, which in turn it never does.
void wants_turns(trial& t) {
  std::string order;
  auto body = [&](char who) -> task<void> {
    for (int i = 0; i < 8; ++i) co_await yield();
    order += who;
  };
  deterministic_runtime rt{t};
  for (char const who : {'a', 'b', 'c'}) rt.spawn(body(who)).detach();
  (void)rt.run();
  t.check(order.find('c') == 2, "c is the last");
}

auto choices_in(std::string const& replay) -> std::vector<std::uint64_t> {
  return testing::read_replay_line(replay).script;
}

}  // namespace

TEST_CASE("a program without a bug passes under every seed", "[testing][Z5]") {
  std::set<std::uint64_t> seeds;
  auto const report = for_each_seed({10, 20}, {}, [&](trial& t) {
    seeds.insert(t.seed());
    deterministic_runtime rt{t};
    auto const got = rt.block_on([]() -> task<int> { co_return 7; }());
    t.check(got == 7, "it is seven");
  });
  CHECK(report.passed());
  CHECK(report.text.empty());
  CHECK(report.runs == 21);  // and one to measure how long it takes
  CHECK(seeds.size() == 20);
  CHECK(*seeds.begin() == 10);
  CHECK_NOTHROW(report.or_throw());
}

TEST_CASE("a failing run tells seed, step, events and a replay, which fails alike", "[testing][Z5]") {
  auto const report = for_each_seed(100, loses_updates);
  REQUIRE(report.failure == failure_kind::check);
  INFO(report.text);
  CHECK(contains(report.what, "no update is lost (for_each_seed_test.cpp:"));
  CHECK(report.seed >= 1);
  CHECK(report.step > 0);
  CHECK(contains(report.text, "failed check: no update is lost"));
  CHECK(contains(report.text, "seed " + std::to_string(report.seed)));
  CHECK(contains(report.text, "at step " + std::to_string(report.step)));
  CHECK(contains(report.text, "(for_each_seed_test.cpp:"));
  CHECK(contains(report.text, "had waited for its turn, "));
  CHECK(contains(report.text, ", begins"));
  CHECK(contains(report.text, "replay: " + report.replay));
  auto const again = testing::replay(report.replay, loses_updates);
  CHECK(again.failure == failure_kind::check);
  CHECK(again.what == report.what);
  CHECK(again.runs == 1);
  CHECK(testing::for_each_seed({report.seed, 1}, loses_updates).failure == failure_kind::check);
  CHECK_THROWS_AS(report.or_throw(), std::runtime_error);
}

TEST_CASE("a failing schedule is shortened to the switches that matter", "[testing][Z5]") {
  auto const options = testing::trial_options{.workers = 1, .strategies = {schedule_strategy::uniform}};
  auto const report = for_each_seed(200, options, wants_turns);
  REQUIRE(report.failure == failure_kind::check);
  INFO(report.text);
  auto const script = choices_in(report.replay);
  CHECK(std::ranges::count_if(script, [](auto value) { return value != 0; }) <= 2);
  CHECK(testing::replay(report.replay, wants_turns).failure == failure_kind::check);
  // Without shortening the replay is the run itself, dozens of switches long.
  auto raw = options;
  raw.most_replays = 0;
  auto const as_it_was = for_each_seed(200, raw, wants_turns);
  CHECK(std::ranges::count_if(choices_in(as_it_was.replay), [](auto value) { return value != 0; }) > 6);
  CHECK(testing::replay(as_it_was.replay, wants_turns).failure == failure_kind::check);
}

TEST_CASE("a replay is the same run, to the last choice", "[testing][Z1][Z5]") {
  std::vector<std::string> logs;
  auto const program = [&](trial& t) {
    std::string log;
    channel<int> left{1};
    channel<int> right{1};
    auto feeds = [&](context ctx, channel<int>& into) -> task<void> {
      for (int i = 0; i < 4; ++i) {
        (void)co_await sleep_for(ctx, duration{t.draw(5)});
        if (!co_await into.send(ctx, i)) co_return;
      }
    };
    auto takes = [&](context ctx, executor& home) -> task<void> {
      for (int i = 0; i < 8; ++i) {
        auto one = on_recv(left);
        auto other = on_recv(right);
        auto const which = co_await select(one, other);
        log += std::to_string(which) + "@" + std::to_string(home.now().time_since_epoch().count()) + " ";
        which == 0 ? (void)one.take() : (void)other.take();
      }
      (void)ctx;
    };
    deterministic_runtime rt{t};
    rt.spawn(feeds(rt.ctx(), left)).detach();
    rt.spawn(feeds(rt.ctx(), right)).detach();
    rt.spawn(takes(rt.ctx(), rt.home())).detach();
    (void)rt.run();
    logs.push_back(log);
    t.check(log.size() < 8 * 3, "it takes no time");  // it does, nearly always
  };
  auto const strategy = GENERATE(schedule_strategy::uniform, schedule_strategy::priorities);
  testing::trial_options const options{
      .workers = 3, .strategies = {strategy}, .expected_slices = 40, .most_replays = 0};
  auto const report = for_each_seed(4, options, program);
  REQUIRE(report.failure == failure_kind::check);
  logs.clear();
  for (int i = 0; i < 3; ++i) CHECK_FALSE(testing::replay(report.replay, program).passed());
  CHECK(logs[0] == logs[1]);
  CHECK(logs[1] == logs[2]);
  CHECK(std::set<std::string>(logs.begin(), logs.end()).size() == 1);
  logs.clear();
  (void)for_each_seed({report.seed, 1}, options, program);
  logs.resize(1);
  (void)testing::replay(report.replay, program);
  CHECK(logs[0] == logs[1]);
}

TEST_CASE("a seed is the same schedule in a trial as outside", "[testing][Z1]") {
  auto const order_in = [](auto& rt) {
    std::string order;
    auto body = [&](char who) -> task<void> {
      for (int i = 0; i < 6; ++i) {
        order += who;
        co_await yield();
      }
    };
    for (char const who : {'a', 'b', 'c'}) rt.spawn(body(who)).detach();
    CHECK(rt.run() == ended::all_tasks_done);
    return order;
  };
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    std::string in_trial;
    testing::trial_options const by_chance{.workers = 3, .strategies = {schedule_strategy::uniform}};
    auto const report = for_each_seed({seed, 1}, by_chance, [&](trial& t) {
      deterministic_runtime rt{t};
      in_trial = order_in(rt);
    });
    CHECK(report.passed());
    deterministic_runtime rt{seed, 3};
    CHECK(in_trial == order_in(rt));
  }
}

TEST_CASE("each way to fail has its name", "[testing][G1][G3][G4][Z5]") {
  std::vector<task<void>> kept;  // a frame that outlives its run
  auto const fails_as = [](failure_kind kind, testing::program const& program,
                           testing::trial_options options = {}) {
    options.most_replays = 20;
    auto const report = for_each_seed(3, options, program);
    INFO(report.text);
    CHECK(report.failure == kind);
    CHECK(contains(report.text, testing::name(kind)));
    CHECK(testing::replay(report.replay, program).failure == kind);
    return report.what;
  };
  auto nothing = []() -> task<void> { co_return; };
  auto yields = []() -> task<void> {
    for (;;) co_await yield();
  };
  auto throws = []() -> task<void> {
    co_await yield();
    throw std::runtime_error("lost");
  };

  CHECK(fails_as(failure_kind::exception, [](trial&) { throw std::runtime_error("out of it"); }) ==
        "out of it");
  CHECK(fails_as(failure_kind::exception, [](trial&) { throw 5; }) == "something that is no std::exception");
  CHECK(fails_as(failure_kind::exception, [&](trial& t) {
          deterministic_runtime rt{t};
          (void)rt.block_on(throws());
        }) == "lost");
  CHECK(contains(fails_as(failure_kind::unheard,
                          [&](trial& t) {
                            deterministic_runtime rt{t};
                            rt.spawn(throws()).detach();
                            (void)rt.run();
                          }),
                 "lost"));
  auto const blocked = [](trial& t) {
    channel<int> ch{0};
    auto waits = [&]() -> task<void> { (void)co_await ch.recv(context::background()); };
    deterministic_runtime rt{t};
    rt.spawn(waits()).detach();
    (void)rt.run();
    t.check(false, "the run does not come here");
  };
  CHECK(contains(fails_as(failure_kind::deadlock, blocked), "waits for a value from a channel"));
  CHECK(contains(fails_as(failure_kind::deadlock,
                          [](trial& t) {
                            channel<int> ch{0};
                            auto waits = [&]() -> task<void> { (void)co_await ch.recv(always); };
                            deterministic_runtime rt{t};
                            (void)rt.block_on(waits());
                          }),
                 "waits for a value from a channel"));
  CHECK(contains(fails_as(failure_kind::left_behind,
                          [](trial& t) {
                            channel<int> ch{0};
                            auto waits = [&]() -> task<void> { (void)co_await ch.recv(always); };
                            deterministic_runtime rt{t};
                            rt.spawn(waits()).detach();
                            (void)rt.run_until(never);
                          }),
                 "1 live tasks"));
  CHECK(contains(fails_as(failure_kind::leaked_frames, [&](trial&) { kept.push_back(nothing()); }),
                 "1 are still alive"));
  CHECK(contains(fails_as(failure_kind::step_limit,
                          [&](trial& t) {
                            deterministic_runtime rt{t};
                            rt.spawn(yields()).detach();
                            (void)rt.run();
                          },
                          {.most_steps = 500}),
                 "500 steps"));
  CHECK(contains(fails_as(failure_kind::step_limit,
                          [&](trial& t) {
                            deterministic_runtime rt{t};
                            (void)rt.block_on(yields());
                          },
                          {.most_steps = 500}),
                 "500 steps"));
  auto const sleeps = [](trial& t) {
    deterministic_runtime rt{t};
    auto body = []() -> task<void> {
      for (;;) (void)co_await sleep_for(context::background(), 1s);
    };
    (void)rt.block_on(body());
  };
  CHECK(contains(fails_as(failure_kind::time_limit, sleeps, {.time_limit = instant{10s}}), "10000000000 ns"));
}

TEST_CASE("a failure that does not come again is said to be nobody's schedule", "[testing][Z5]") {
  int calls = 0;
  auto const report = for_each_seed(10, [&](trial& t) { t.check(++calls != 3, "not the third"); });
  CHECK(report.failure == failure_kind::check);
  CHECK(contains(report.text, "did not lead there again"));
}

TEST_CASE("a second runtime of one trial waits for the end of the first", "[testing]") {
  auto const report = for_each_seed(1, [](trial& t) {
    {
      deterministic_runtime first{t};
      CHECK_THROWS_AS(deterministic_runtime(t), misuse);
    }
    deterministic_runtime second{t};
    (void)second.run();
  });
  CHECK(report.passed());
}

TEST_CASE("a replay line says all of a run, and nothing else is one", "[testing][Z5]") {
  testing::trial_setup setup{.workers = 3,
                             .seed = 0xffff'ffff'ffff'ffff,
                             .strategy = schedule_strategy::priorities,
                             .slice_cost = 5ns,
                             .bug_depth = 4,
                             .expected_slices = 77,
                             .most_steps = 123,
                             .time_limit = instant{1h},
                             .plant = {.cancel_at_suspension = 1,
                                       .destroy_at_suspension = 10,
                                       .throw_at_resumption = 2,
                                       .throw_at_point = 3,
                                       .fail_allocation = 4,
                                       .fail_thread_start = 5,
                                       .delay = {6, 7},
                                       .jump = {8, 9ns}},
                             .scripted = true,
                             .script = {0, 0, 0, 2, 1, 1, 0},
                             .count_frames = false};
  auto const line = testing::replay_line(setup);
  CHECK(contains(line, "choices=0*3,2,1*2,0"));
  auto const read = testing::read_replay_line(line);
  CHECK(testing::replay_line(read) == line);
  CHECK(read.script == setup.script);
  CHECK(read.plant.jump.by == 9ns);
  CHECK(read.time_limit == instant{1h});
  CHECK_FALSE(read.count_frames);

  auto const refused = [](std::string_view text, std::string_view because) {
    try {
      (void)testing::read_replay_line(text);
    } catch (misuse const& thrown) {
      return contains(thrown.what(), because);
    }
    return false;
  };
  CHECK(refused("", "sluice-replay-1"));
  CHECK(refused("sluice-replay-2 seed=1", "sluice-replay-1"));
  CHECK(refused("sluice-replay-1 seed=", "\"seed=\""));
  CHECK(refused("sluice-replay-1 seed=-1", "\"seed=-1\""));
  CHECK(refused("sluice-replay-1 seed=18446744073709551616", "18446744073709551615"));
  CHECK(refused("sluice-replay-1 workers=0", "from 1 to 1024"));
  CHECK(refused("sluice-replay-1 strategy=best", "uniform, round-robin or priorities"));
  CHECK(refused("sluice-replay-1 colour=red", "\"colour=red\""));
  CHECK(refused("sluice-replay-1 choices=1,x", "\"x\""));
  CHECK(refused("sluice-replay-1 choices=1*0", "\"1*0\""));
  CHECK(refused("sluice-replay-1 choices=1*999999999", "from 1 to 100000000"));
}

TEST_CASE("options that no run can have are misuse", "[testing]") {
  auto const nothing = [](trial&) {};
  CHECK_THROWS_AS((void)for_each_seed(1, {.workers = 0}, nothing), misuse);
  CHECK_THROWS_AS((void)for_each_seed(1, {.strategies = {}}, nothing), misuse);
  CHECK_THROWS_AS((void)for_each_seed(1, {.slice_cost = -1ns}, nothing), misuse);
  CHECK_THROWS_AS((void)for_each_seed(1, {.bug_depth = 65}, nothing), misuse);
  CHECK_THROWS_AS((void)for_each_seed(-1, nothing), misuse);
  CHECK(for_each_seed(0, nothing).runs == 0);
}
