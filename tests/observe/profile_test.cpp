// Profiles: who waits where and how long, and where every task stands.
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <sluice/observe/profile.hpp>
#include <sluice/platform/thread.hpp>
#include <sluice/sync/semaphore.hpp>
#include <sluice/sync/shared_mutex.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/sleep.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

void waited(char const* why, std::int64_t ns, std::source_location where = std::source_location::current()) {
  probe::emit(probe::verb::waited, static_cast<std::uint64_t>(ns), 0, {why, where});
}

auto sleeps(context ctx, duration span) -> task<void> { (void)co_await sleep_for(ctx, span); }

}  // namespace

TEST_CASE("waits at one place are one entry, with count, total and longest", "[observe][profile]") {
  profile const watching;
  for (auto const ns : {5, 20, 7}) waited("a mutex", ns);
  waited("a mutex", 100);
  waited("a value from a channel", 50);
  auto const all = watching.read(profile_kind::block);
  REQUIRE(all.size() == 3);
  CHECK(all[0].total == 100ns);
  CHECK(all[1].waited_for == "a value from a channel");
  CHECK(all[2].count == 3);
  CHECK(all[2].total == 32ns);
  CHECK(all[2].longest == 20ns);
  CHECK(all[2].line + 1 == all[0].line);
  CHECK(all[2].place().starts_with("profile_test.cpp:"));
}

TEST_CASE("the mutex profile holds waits for mutexes alone", "[observe][profile]") {
  profile const watching;
  waited("a mutex", 5);
  waited("a shared mutex, to read", 6);
  waited("room in a channel", 700);
  CHECK(watching.read(profile_kind::block).size() == 3);
  auto const mutexes = watching.read(profile_kind::mutex);
  REQUIRE(mutexes.size() == 2);
  CHECK(mutexes[0].of_mutex);
  CHECK(mutexes[0].waited_for == "a shared mutex, to read");
}

TEST_CASE("a new profile begins empty, and there is one at a time", "[observe][profile]") {
  {
    profile const watching;
    waited("a mutex", 5);
    CHECK_THROWS_WITH(profile{}, ContainsSubstring("one at a time"));
    CHECK(watching.read(profile_kind::block).size() == 1);
  }
  waited("a mutex", 5);  // nobody keeps it
  profile const watching;
  CHECK(watching.read(profile_kind::block).empty());
}

TEST_CASE("a rate below one nanosecond is refused with its value", "[observe][profile]") {
  CHECK_THROWS_WITH(profile{profile_options{.rate = -3ns}}, ContainsSubstring("rate = -3 ns is below 1 ns"));
  profile const another;  // the refused one is not in its way
}

TEST_CASE("sampled waits stand for those that were not kept", "[observe][profile]") {
  profile const watching{profile_options{.rate = 1us}};
  for (int i = 0; i < 40'000; ++i) waited("a mutex", 90);
  waited("a mutex", 5'000'000);  // longer than the rate: kept as it is
  auto const all = watching.read(profile_kind::block);
  REQUIRE(all.size() == 2);
  CHECK(all[0].count == 1);
  CHECK(all[0].total == 5ms);
  // 40 000 waits of 90 ns are 3.6 ms; of about 3 600 samples a twentieth is three standard deviations.
  CHECK(all[1].total > 3'420us);
  CHECK(all[1].total < 3'780us);
  CHECK(all[1].count > 38'000);
  CHECK(all[1].count < 42'000);
  CHECK(all[1].longest == 90ns);
}

TEST_CASE("waits without length are kept where all are", "[observe][profile]") {
  profile const watching;
  waited("a mutex", 0);
  auto const all = watching.read(profile_kind::block);
  REQUIRE(all.size() == 1);
  CHECK(all[0].count == 1);
  CHECK(all[0].total == 0ns);
}

TEST_CASE("the text has a line of numbers and a place for each entry", "[observe][profile]") {
  profile const watching;
  waited("a mutex", 1'500);
  waited("a mutex", 1'500'000'000);
  auto const text = watching.text(profile_kind::mutex);
  CHECK_THAT(text, ContainsSubstring("--- mutex:\ncycles/second=1000000000\nsampling period=1\n"));
  CHECK_THAT(text, ContainsSubstring("\n1500 1 @ profile_test.cpp:"));
  CHECK_THAT(text, ContainsSubstring("\n#\ta mutex, the longest for 1.5 µs\n#\t"));
  CHECK_THAT(text, ContainsSubstring("the longest for 1.5 s"));
}

TEST_CASE("many threads keep one profile", "[observe][profile][threads]") {
  if (!platform::has_threads) SKIP("no threads here");
  profile const watching;
  std::vector<std::thread> crew;
  for (int who = 0; who < 4; ++who)
    crew.emplace_back([] {
      for (int i = 0; i < 500; ++i) waited("a mutex", 3);
    });
  for (auto& each : crew) each.join();
  auto const all = watching.read(profile_kind::block);
  REQUIRE(all.size() == 1);
  CHECK(all[0].count == 2000);
  CHECK(all[0].total == 6us);
  CHECK(watching.lost() == 0);
}

TEST_CASE("a thread that had to wait for a permit is in the profile", "[observe][profile][threads]") {
  if (!probe::tells_waits) SKIP("waits are not told here");
  if (!platform::has_threads) SKIP("no threads here");
  profile const watching;
  semaphore one{1};
  auto held = one.acquire_blocking(context::background(), 1);
  REQUIRE(held);
  std::thread other{[&] { CHECK(one.acquire_blocking(context::background(), 1)); }};
  std::this_thread::sleep_for(20ms);
  held->release();
  other.join();
  auto const all = watching.read(profile_kind::block);
  REQUIRE(all.size() == 1);
  CHECK(all[0].waited_for == "permits of a semaphore");
  CHECK(all[0].place() == "a thread");
  CHECK(all[0].count == 1);
  CHECK(all[0].total > 1ms);
}

TEST_CASE("tasks that stand at one place are one crowd, the largest first", "[observe][profile]") {
  testing::deterministic_runtime rt{GENERATE(range(0, 4))};
  auto const scope = with_cancel(rt.background());
  std::vector<join_handle<void>> all;
  for (int i = 0; i < 20; ++i) all.push_back(rt.spawn(sleeps(scope, 1h)));
  auto const alone = rt.spawn(sleeps(scope, 2h));
  CHECK(rt.run_until(instant{1s}) == ended::not_yet);
  auto const dump = dump_tasks(rt);
  CHECK(dump.starts_with("tasks: 21 alive\n20 wait for a timer"));
  CHECK_THAT(dump, ContainsSubstring("\n1 waits for a timer"));
  CHECK_THAT(dump, ContainsSubstring("#\tspawned at\tprofile_test.cpp:"));
  CHECK_THAT(dump, ContainsSubstring("#\ttasks\t1, 2, 3, "));
  CHECK_THAT(dump, ContainsSubstring("15, 16 and 4 more\n"));
  CHECK_THAT(dump, ContainsSubstring("#\ttask\t21\n"));
}

TEST_CASE("a task that could run says so", "[observe][profile]") {
  testing::deterministic_runtime rt{1};
  auto const ready = rt.spawn(sleeps(rt.background(), 1ms));
  CHECK_THAT(dump_tasks(rt), ContainsSubstring("1 is runnable\n"));
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(dump_tasks(rt) == "tasks: 0 alive\n");
}
