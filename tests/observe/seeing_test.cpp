// core/docs/seeing.md: its examples, as they stand there, and what it says of them.
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <sluice/channel/channel.hpp>
#include <sluice/observe/leak_check.hpp>
#include <sluice/observe/metrics.hpp>
#include <sluice/observe/profile.hpp>
#include <sluice/observe/trace.hpp>
#include <sluice/runtime/runtime.hpp>
#include <sluice/sync/mutex.hpp>
#include <sluice/time/sleep.hpp>

using namespace sluice;
using Catch::Matchers::ContainsSubstring;

namespace {

auto forgets_its_receiver(runtime& rt, channel<int>& jobs) -> std::string {
  leak_check const before{rt};
  auto receiver = [](context ctx, channel<int>& from) -> task<void> {
    (void)co_await from.recv(ctx);
  };
  rt.spawn(receiver(rt.background(), jobs)).detach();
  auto const left = before.left(std::chrono::milliseconds{50});  // stragglers get that long
  return left.text();
}

auto count_what_happens(int jobs) -> metrics_snapshot {
  metrics const counting;  // before the runtime whose tasks are counted
  channel<int> ch{8};      // outlives those who wait on it
  runtime rt{simulation{.workers = 2, .seed = 1}};
  auto sends = [](context ctx, channel<int>& to, int count) -> task<void> {
    for (int i = 0; i < count; ++i) (void)co_await to.send(ctx, i);
    to.close();
  };
  auto receives = [](context ctx, channel<int>& from) -> task<void> {
    while (co_await from.recv(ctx)) {
    }
  };
  rt.spawn(receives(rt.background(), ch)).detach();
  (void)rt.block_on(sends(rt.background(), ch, jobs));
  return counting.read();  // at any time, from any thread
}

auto who_waits_for_the_ledger(runtime& rt, mutex& ledger) -> std::string {
  profile const watching{profile_options{.rate = std::chrono::microseconds{10}}};
  auto books = [](context ctx, mutex& lock) -> task<void> {
    auto const held = co_await lock.lock(ctx);
    (void)co_await sleep_for(ctx, std::chrono::milliseconds{1});  // far too long, under a lock
  };
  std::vector<join_handle<void>> all;
  for (int i = 0; i < 4; ++i) all.push_back(rt.spawn(books(rt.background(), ledger)));
  auto joins = [](std::vector<join_handle<void>>& each) -> task<void> {
    for (auto& one : each) co_await std::move(one);
  };
  (void)rt.block_on(joins(all));
  return watching.text(profile_kind::mutex);
}

auto trace_to(std::string const& path, runtime& rt) -> result<void> {
  auto recording = trace::to_file(path, {.virtual_time = rt.simulated() != nullptr});
  if (!recording) return failure(recording.error());
  auto charges = [](context ctx) -> task<void> {
    trace::span const charging{"charge"};
    (void)co_await sleep_for(ctx, std::chrono::milliseconds{2});  // goes on anywhere, the span with it
  };
  (void)rt.block_on(charges(rt.background()));
  return recording->end();
}

auto read_file(std::string const& path) -> std::string {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace

TEST_CASE("the page's example of a leak finds it", "[observe][leak_check]") {
  channel<int> jobs{1};  // outlives the task that is forgotten
  runtime rt{simulation{.workers = 1, .seed = 1, .report = [](std::string_view) {}}};
  auto const text = forgets_its_receiver(rt, jobs);
  CHECK_THAT(text, ContainsSubstring("left alive: 1 task, 2 coroutine frames\ntasks: 1 alive\n1 waits for a value"));
  CHECK_THAT(text, ContainsSubstring("#\tspawned at\tseeing_test.cpp:"));
}

TEST_CASE("the page's example of metrics counts", "[observe][metrics]") {
  auto const seen = count_what_happens(100);
  CHECK(seen.tasks_created() == 2);
  CHECK(seen.tasks_resumed() >= 2);
}

TEST_CASE("the page's example of a profile says what it can", "[observe][profile]") {
  runtime rt{simulation{.workers = 1, .seed = 1}};
  mutex ledger;
  CHECK(who_waits_for_the_ledger(rt, ledger).starts_with("--- mutex:\ncycles/second=1000000000\nsampling period=10000\n"));
}

TEST_CASE("the page's example of a trace writes it", "[observe][trace]") {
  auto const path = (std::filesystem::temp_directory_path() / "sluice-seeing-test.json").string();
  runtime rt{simulation{.workers = 1, .seed = 1}};
  REQUIRE(trace_to(path, rt));
  CHECK_THAT(read_file(path), ContainsSubstring("\"name\":\"charge\",\"cat\":\"span\""));
  std::remove(path.c_str());
}

TEST_CASE("the examples on the page are those that are tested", "[observe]") {
  auto const page = read_file(SLUICE_GOLDEN "/../../core/docs/seeing.md");
  auto const here = read_file(SLUICE_GOLDEN "/../observe/seeing_test.cpp");
  if (page.empty() || here.empty()) SKIP("the sources are not here");
  auto examples = 0;
  std::string const fence = "\n```cpp\n";
  for (auto at = page.find(fence); at != page.npos; at = page.find(fence, at + 1)) {
    auto const begin = at + fence.size();
    auto const example = page.substr(begin, page.find("```", begin) - begin);
    INFO(example);
    CHECK(here.find(example) != here.npos);
    ++examples;
  }
  CHECK(examples == 4);
}
