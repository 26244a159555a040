// What the rooms themselves tell the instruments: the `co_await` of a wait, locks, channels, wake-ups.
#include <source_location>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <sluice/channel/channel.hpp>
#include <sluice/observe/leak_check.hpp>
#include <sluice/observe/metrics.hpp>
#include <sluice/observe/profile.hpp>
#include <sluice/observe/trace.hpp>
#include <sluice/platform/thread.hpp>
#include <sluice/sync/mutex.hpp>
#include <sluice/sync/semaphore.hpp>
#include <sluice/sync/shared_mutex.hpp>
#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/sleep.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Whether a coroutine says where it awaits, and with that the rest. Depends on a parameter so that a
/// build without it is asked, not refused.
template <class Promise>
constexpr auto says_where_it_awaits = requires(Promise& promise, int& x) { promise.await_transform(x); };

#define NEEDS_PROBES_IN_ROOMS() \
  if (!says_where_it_awaits<promise_base>) SKIP("the rooms do not say where they wait")

std::uint_least32_t receive_line = 0;

auto receives(context ctx, channel<int>& from) -> task<void> {
  receive_line = std::source_location::current().line() + 1;
  while (co_await from.recv(ctx)) {
  }
}

auto sends_slowly(context ctx, channel<int>& to, int values) -> task<void> {
  for (int i = 0; i < values; ++i) {
    (void)co_await sleep_for(ctx, 10ms);
    (void)co_await to.send(ctx, i);
  }
  to.close();
}

auto holds(context ctx, mutex& ledger, duration span) -> task<void> {
  auto const held = co_await ledger.lock(ctx);
  (void)co_await sleep_for(ctx, span);
}

auto reads(context ctx, shared_mutex& table, duration span) -> task<void> {
  auto const held = co_await table.lock_shared(ctx);
  (void)co_await sleep_for(ctx, span);
}

auto writes(context ctx, shared_mutex& table) -> task<void> {
  auto const held = co_await table.lock(ctx);
}

}  // namespace

TEST_CASE("a wait is in the profile at the line of its co_await", "[observe][profile]") {
  NEEDS_PROBES_IN_ROOMS();
  testing::deterministic_runtime rt{GENERATE(range(0, 8))};
  profile const watching;
  channel<int> ch{1};
  rt.spawn(receives(rt.background(), ch)).detach();
  rt.spawn(sends_slowly(rt.background(), ch, 5)).detach();
  REQUIRE(rt.run() == ended::all_tasks_done);
  profile_entry found;
  for (auto const& each : watching.read(profile_kind::block))
    if (each.waited_for == "a value from a channel") found = each;
  CHECK(found.place() == "rooms_test.cpp:" + std::to_string(receive_line));
  CHECK_THAT(found.function, ContainsSubstring("receives"));
  CHECK(found.count >= 5);
  CHECK(found.total == 50ms);
  CHECK(found.longest == 10ms);
}

TEST_CASE("the wait for a mutex lasts as long as somebody holds it", "[observe][profile][metrics]") {
  NEEDS_PROBES_IN_ROOMS();
  testing::deterministic_runtime rt{GENERATE(range(0, 8))};
  metrics const counting;
  profile const watching;
  mutex ledger;
  for (int i = 0; i < 3; ++i) rt.spawn(holds(rt.background(), ledger, 100us)).detach();
  REQUIRE(rt.run() == ended::all_tasks_done);
  auto const all = watching.read(profile_kind::mutex);
  REQUIRE(all.size() == 1);
  CHECK(all[0].total == 300us);  // the second waits for one, the third for two
  CHECK(all[0].longest >= 100us);
  CHECK(counting.read().locks_taken() == 3);
  CHECK(counting.read().locks_contended() == 2);
}

TEST_CASE("locks of a shared mutex count, and who waited for one", "[observe][metrics]") {
  NEEDS_PROBES_IN_ROOMS();
  testing::deterministic_runtime rt{GENERATE(range(0, 8)), 1};
  metrics const counting;
  shared_mutex table;
  for (int i = 0; i < 3; ++i) rt.spawn(reads(rt.background(), table, 1ms)).detach();
  CHECK(rt.run_until(instant{1us}) == ended::not_yet);
  CHECK(counting.read().locks_taken() == 3);
  CHECK(counting.read().locks_contended() == 0);
  rt.spawn(writes(rt.background(), table)).detach();
  REQUIRE(rt.run() == ended::all_tasks_done);
  CHECK(counting.read().locks_taken() == 4);
  CHECK(counting.read().locks_contended() == 1);
}

TEST_CASE("channels are counted while they live", "[observe][metrics]") {
  NEEDS_PROBES_IN_ROOMS();
  metrics const counting;
  {
    channel<int> one{4};
    channel<std::string> two{0};
    channel<int> none;  // null: there is nothing to count
    auto moved = std::move(one);
    CHECK(counting.read().channels_alive() == 2);
  }
  CHECK(counting.read().channels_created() == 2);
  CHECK(counting.read().channels_alive() == 0);
}

TEST_CASE("who lets others go first, or sleeps on nothing, has not waited", "[observe][metrics]") {
  NEEDS_PROBES_IN_ROOMS();
  testing::deterministic_runtime rt{1};
  metrics const counting;
  auto goes_round = []() -> task<void> {
    for (int i = 0; i < 10; ++i) co_await yield();
  };
  rt.spawn(goes_round()).detach();
  rt.spawn(goes_round()).detach();
  REQUIRE(rt.run() == ended::all_tasks_done);
  CHECK(counting.read().waits() == 0);
  CHECK(counting.read().tasks_resumed() == 22);
}

TEST_CASE("a dump says at which line a task stands, and since when", "[observe][profile]") {
  NEEDS_PROBES_IN_ROOMS();
  testing::deterministic_runtime rt{1};
  metrics const counting;
  channel<int> silent{0};
  auto const scope = with_cancel(rt.background());
  for (int i = 0; i < 2; ++i) rt.spawn(receives(scope, silent)).detach();
  auto later = [](context ctx) -> task<void> { (void)co_await sleep_for(ctx, 1500ms); };
  rt.spawn(later(rt.background())).detach();
  CHECK(rt.run() == ended::deadlock);
  auto const dump = dump_tasks(rt);
  CHECK_THAT(dump, ContainsSubstring("2 wait for a value from a channel, the longest for 1.5 s\n"));
  CHECK_THAT(dump, ContainsSubstring("#\tsuspended at\trooms_test.cpp:" + std::to_string(receive_line) + "\t"));
}

TEST_CASE("a timer that has not fired is left behind, and one that has is not", "[observe][leak_check]") {
  NEEDS_PROBES_IN_ROOMS();
  runtime rt{simulation{.workers = 1, .seed = 1}};
  leak_check const before{rt};
  auto const scope = with_cancel(rt.background());
  auto sleeps = [](context ctx) -> task<void> { (void)co_await sleep_for(ctx, 1h); };
  rt.spawn(sleeps(scope)).detach();
  auto const left = before.left(1min);
  CHECK(left.tasks.size() == 1);
  CHECK(left.timers == 1);
  CHECK_THAT(left.text(), ContainsSubstring(", 1 timer\n"));
  CHECK(before.left(2h).none());
}

TEST_CASE("each arrow of a trace ends where a task goes on", "[observe][trace]") {
  NEEDS_PROBES_IN_ROOMS();
  std::string text;
  auto recording = trace::to([&](std::string_view more) { text += more; }, {.virtual_time = true});
  REQUIRE(recording);
  testing::deterministic_runtime rt{3};
  channel<int> ch{0};
  rt.spawn(receives(rt.background(), ch)).detach();
  rt.spawn(sends_slowly(rt.background(), ch, 4)).detach();
  REQUIRE(rt.run() == ended::all_tasks_done);
  REQUIRE(recording->end());
  auto const count = [&](std::string const& what) {
    auto found = 0;
    for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++found;
    return found;
  };
  CHECK(count("{\"ph\":\"s\"") >= 8);
  CHECK(count("{\"ph\":\"s\"") == count("{\"ph\":\"f\""));
  CHECK(count("\"at\":\"rooms_test.cpp:" + std::to_string(receive_line) + "\"") >= 4);
  CHECK(count("\"name\":\"a value from a channel\"") >= 8);
}

TEST_CASE("on threads waits, locks and channels are told as well", "[observe][metrics][threads]") {
  NEEDS_PROBES_IN_ROOMS();
  if (!platform::has_threads) SKIP("no threads here");
  metrics const counting;
  {
    runtime rt{runtime_options{.workers = 2, .report = {}}};
    channel<int> ch{1};
    auto const receiver = rt.spawn(receives(rt.background(), ch));
    REQUIRE(rt.block_on(sends_slowly(rt.background(), ch, 3)));
    mutex ledger;
    auto held = ledger.lock_blocking(rt.background());
    std::thread other{[&] { CHECK(ledger.lock_blocking(rt.background())); }};
    std::this_thread::sleep_for(10ms);
    held->unlock();
    other.join();
    while (!receiver.done()) std::this_thread::sleep_for(1ms);
  }
  auto const now = counting.read();
  CHECK(now.waits() >= 4);
  CHECK(now.time_waited() > 20ms);
  CHECK(now.locks_taken() == 2);
  CHECK(now.locks_contended() == 1);
  CHECK(now.channels_created() == 1);
  CHECK(now.tasks_alive() == 0);
}
