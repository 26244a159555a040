// Metrics: each event counts once, what is alive follows from the rest, and a snapshot never shows an
// effect without its cause.
#include <atomic>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <sluice/observe/metrics.hpp>
#include <sluice/platform/thread.hpp>
#include <sluice/runtime/runtime.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using probe::verb;

namespace {

auto nothing() -> task<void> { co_return; }

auto goes_round(int times) -> task<void> {
  for (int i = 0; i < times; ++i) co_await yield();
}

}  // namespace

TEST_CASE("each event is counted once, and what is alive follows", "[observe][metrics]") {
  metrics const counting;
  for (int i = 0; i < 3; ++i) probe::spawned();
  probe::resumed();
  probe::ended();
  probe::parked();
  probe::unparked();
  probe::stole(1);
  probe::channel_made(4);
  probe::channel_made(0);
  probe::channel_gone();
  probe::locked(false);
  probe::locked(true);
  probe::emit(verb::waited, 30);
  probe::emit(verb::waited, 12);
  probe::work_begun(1, 1);  // not counted
  auto const now = counting.read();
  CHECK(now.observed());
  CHECK(now.tasks_created() == 3);
  CHECK(now.tasks_ended() == 1);
  CHECK(now.tasks_alive() == 2);
  CHECK(now.tasks_resumed() == 1);
  CHECK(now.parks() == 1);
  CHECK(now.unparks() == 1);
  CHECK(now.steals() == 1);
  CHECK(now.channels_created() == 2);
  CHECK(now.channels_destroyed() == 1);
  CHECK(now.channels_alive() == 1);
  CHECK(now.locks_taken() == 2);
  CHECK(now.locks_contended() == 1);
  CHECK(now.waits() == 2);
  CHECK(now.time_waited() == 42ns);
  CHECK(now.uptime() > 0ns);
}

TEST_CASE("each metrics counts from its own beginning, also after others", "[observe][metrics]") {
  metrics const first;
  probe::spawned();
  metrics const second;
  probe::spawned();
  probe::ended();
  CHECK(first.read().tasks_created() == 2);
  CHECK(second.read().tasks_created() == 1);
  CHECK(second.read().tasks_alive() == 0);
  CHECK(first.read().tasks_alive() == 1);
}

TEST_CASE("nothing is counted while no metrics lives", "[observe][metrics]") {
  { metrics const counting; }
  probe::spawned();
  metrics const counting;
  CHECK(counting.read().tasks_created() == 0);
}

TEST_CASE("two snapshots differ by what happened in between", "[observe][metrics]") {
  metrics const counting;
  probe::locked(true);
  auto const earlier = counting.read();
  probe::locked(false);
  auto const between = counting.read() - earlier;
  CHECK(between.locks_taken() == 1);
  CHECK(between.locks_contended() == 0);
  CHECK(between.uptime() > 0ns);
}

TEST_CASE("the tasks of a runtime are counted, to the last", "[observe][metrics]") {
  metrics const counting;
  {
    runtime rt{simulation{.workers = 3, .seed = 5}};
    for (int i = 0; i < 40; ++i) rt.spawn(goes_round(i)).detach();
    CHECK(counting.read().tasks_alive() == 40);
    REQUIRE(rt.simulated()->advance(never, 0) == ended::all_tasks_done);
  }
  auto const now = counting.read();
  CHECK(now.tasks_created() == 40);
  CHECK(now.tasks_alive() == 0);
  CHECK(now.tasks_resumed() == 40 + 39 * 40 / 2);
}

TEST_CASE("live counts and those of the recorded trace are the same", "[observe][metrics]") {
  struct recorded final : probe::sink {
    recorded() { probe::attach(*this, true); }
    recorded(recorded const&) = delete;
    auto operator=(recorded const&) -> recorded& = delete;
    ~recorded() { probe::detach(*this); }
    void on(verb what, probe::place where, std::uint64_t a, std::uint64_t b) noexcept override {
      trace.push_back({trace.size(), where.task, what, where.worker, a, b});
    }
    std::vector<probe::record> trace;
  } seen;
  metrics const counting;
  auto const before = counting.read();
  {
    runtime rt{simulation{.workers = 2, .seed = 3}};
    for (int i = 0; i < 10; ++i) rt.spawn(goes_round(i)).detach();
    REQUIRE(rt.simulated()->advance(never, 0) == ended::all_tasks_done);
  }
  probe::emit(verb::waited, 17);
  probe::locked(true);
  auto const live = counting.read() - before;
  auto const replayed = metrics_of(seen.trace);
  CHECK(replayed.uptime() == duration{static_cast<std::int64_t>(seen.trace.size()) - 1});
  CHECK(live.tasks_created() == 10);
  CHECK(replayed.tasks_created() == live.tasks_created());
  CHECK(replayed.tasks_ended() == live.tasks_ended());
  CHECK(replayed.tasks_resumed() == live.tasks_resumed());
  CHECK(replayed.waits() == live.waits());
  CHECK(replayed.time_waited() == live.time_waited());
  CHECK(replayed.locks_contended() == live.locks_contended());
  CHECK(metrics_of({}).uptime() == 0ns);
}

TEST_CASE("a snapshot never shows more ends than beginnings", "[observe][metrics][threads]") {
  if (!platform::has_threads) SKIP("no threads here");
  metrics const counting;
  std::atomic<bool> stop{false};
  std::atomic<int> rounds{0};
  std::vector<std::thread> busy;
  for (int who = 0; who < 3; ++who)
    busy.emplace_back([&] {
      while (!stop.load(std::memory_order_relaxed)) {
        probe::spawned();
        probe::resumed();
        probe::ended();
        probe::channel_made(1);
        probe::channel_gone();
        probe::locked(true);
        probe::parked();
        probe::unparked();
        probe::emit(verb::waited, 1);
        rounds.fetch_add(1, std::memory_order_relaxed);
      }
    });
  auto wrong = 0;
  auto snapshots = 0;
  while (snapshots < 2000 || rounds.load(std::memory_order_relaxed) < 2000) {
    auto const now = counting.read();
    ++snapshots;
    if (now.tasks_alive() < 0 || now.channels_alive() < 0 || now.tasks_ended() > now.tasks_resumed() ||
        now.tasks_resumed() > now.tasks_created() || now.locks_contended() > now.locks_taken() ||
        now.unparks() > now.parks() || static_cast<std::uint64_t>(now.time_waited().count()) > now.waits())
      ++wrong;
  }
  stop.store(true, std::memory_order_relaxed);
  for (auto& each : busy) each.join();
  CHECK(wrong == 0);
  auto const last = counting.read();
  CHECK(last.tasks_alive() == 0);
  CHECK(last.tasks_created() == static_cast<std::uint64_t>(rounds.load()));
  CHECK(last.locks_contended() == last.locks_taken());
}

TEST_CASE("counts stay when their thread has ended", "[observe][metrics][threads]") {
  if (!platform::has_threads) SKIP("no threads here");
  metrics const counting;
  for (int i = 0; i < 20; ++i) std::thread{[] { probe::spawned(); }}.join();
  CHECK(counting.read().tasks_created() == 20);
}

TEST_CASE("a runtime on threads is counted, whoever spawns", "[observe][metrics][threads]") {
  if (!platform::has_threads) SKIP("no threads here");
  metrics const counting;
  {
    runtime rt{runtime_options{.workers = 2, .report = {}}};
    auto spawns = [&]() -> task<void> {
      for (int i = 0; i < 100; ++i) rt.spawn(nothing()).detach();
      co_return;
    };
    for (int i = 0; i < 100; ++i) rt.spawn(nothing()).detach();
    REQUIRE(rt.block_on(spawns()));
  }
  auto const now = counting.read();
  CHECK(now.tasks_created() == 201);
  CHECK(now.tasks_alive() == 0);
  CHECK(now.tasks_resumed() >= 201);
}

TEST_CASE("the text form is what Prometheus reads", "[observe][metrics]") {
  metrics const counting;
  probe::spawned();
  probe::emit(verb::waited, 1'500'000'000);
  auto const now = counting.read();
  std::istringstream text{now.text()};
  std::set<std::string> typed;
  std::set<std::string> seen;
  for (std::string line; std::getline(text, line);) {
    INFO(line);
    std::istringstream words{line};
    std::string first;
    std::string second;
    std::string third;
    words >> first >> second >> third;
    if (first == "#") {
      REQUIRE((second == "HELP" || second == "TYPE"));
      if (second == "TYPE") {
        std::string kind;
        words >> kind;
        CHECK((kind == "counter" || kind == "gauge"));
        CHECK((kind == "counter") == third.ends_with("_total"));
        typed.insert(third);
      }
      continue;
    }
    CHECK(typed.contains(first));
    CHECK(first.starts_with("sluice_"));
    CHECK(seen.insert(first).second);
    CHECK(second.find_first_not_of("-0123456789.") == std::string::npos);
  }
  CHECK(seen.size() == 15);
  CHECK(seen == typed);
  CHECK(now.text().contains("\nsluice_tasks_alive 1\n"));
  CHECK(now.text().contains("\nsluice_wait_seconds_total 1.5\n"));
  CHECK(metrics_snapshot{}.text().starts_with("# nothing is counted"));
}
