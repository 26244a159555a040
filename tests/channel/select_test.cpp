#include <sluice/channel/select.hpp>

#include <array>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/testing/deterministic_runtime.hpp>
#include <sluice/time/sleep.hpp>
#include <tests/support/tracked.hpp>
#include <tests/support/workers.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using support::tracked;

namespace {

auto const always = context::background();

/// How often each of `cases` was chosen in `trials` selects that a plain thread makes.
template <std::size_t N>
auto chosen_of(std::size_t trials, auto const& select_once) -> std::array<std::size_t, N> {
  std::array<std::size_t, N> counts{};
  for (std::size_t trial = 0; trial < trials; ++trial) ++counts[select_once()];
  return counts;
}

/// The band that S2 allows around a fair share.
auto band(double trials, double ready) -> double {
  return 6 * std::sqrt(trials * (1 / ready) * (1 - 1 / ready));
}

task<void> choose_recv(channel<int>& a, channel<int>& b, std::optional<std::size_t>& which,
                       std::optional<result<int>>& got) {
  auto from_a = on_recv(a);
  auto from_b = on_recv(b);
  which = co_await select(from_a, from_b);
  got = *which == 0 ? from_a.take() : from_b.take();
}

task<void> choose_send(channel<int>& a, int into_a, channel<int>& b, int into_b,
                       std::optional<std::size_t>& which) {
  auto to_a = on_send(a, into_a);
  auto to_b = on_send(b, into_b);
  which = co_await select(to_a, to_b);
}

task<void> receive(channel<int>& from, std::optional<result<int>>& got) {
  got = co_await from.recv(always);
}

task<void> send(channel<int>& to, int value, bool& sent) {
  sent = (co_await to.send(always, value)).has_value();
}

}  // namespace

TEST_CASE("a select carries out exactly one case, and a losing one has no effect", "[channel][select][S1]") {
  channel<int> a{4}, b{4};
  for (int n = 0; n < 4; ++n) REQUIRE(a.try_send(int{n}));
  for (int n = 0; n < 4; ++n) REQUIRE(b.try_send(10 + n));
  for (std::size_t left = 8; left > 0; --left) {
    CHECK(a.len() + b.len() == left);
    auto from_a = on_recv(a);
    auto from_b = on_recv(b);
    auto const which = try_select(from_a, from_b);
    if (left > 4) REQUIRE(which.has_value());
    if (!which) break;
    auto const got = *which == 0 ? from_a.take() : from_b.take();
    if (!got) break;
    CHECK((*which == 0) == (*got < 10));
  }
}

TEST_CASE("each ready case has the same chance, wherever it stands", "[channel][select][S2]") {
  constexpr std::size_t trials = 10'000;
  channel<int> never_sent{0}, a{1}, b{1}, c{1};
  REQUIRE(a.try_send(1));
  REQUIRE(b.try_send(2));
  REQUIRE(c.try_send(3));
  auto const again = [](channel<int>& to, receive_case<int>& from) { (void)to.try_send(int{*from.take()}); };

  SECTION("two of two") {
    auto const counts = chosen_of<2>(trials, [&] {
      auto x = on_recv(a);
      auto y = on_recv(b);
      auto const which = *try_select(x, y);
      which == 0 ? again(a, x) : again(b, y);
      return which;
    });
    for (auto const count : counts) CHECK(std::abs(static_cast<double>(count) - trials / 2.0) <= band(trials, 2));
  }
  SECTION("three of five, the others between them") {
    auto const counts = chosen_of<5>(trials, [&] {
      auto x = on_recv(a);
      auto idle = on_recv(never_sent);
      auto y = on_recv(b);
      auto also_idle = on_send(never_sent, 0);
      auto z = on_recv(c);
      auto const which = *try_select(x, idle, y, also_idle, z);
      which == 0 ? again(a, x) : which == 2 ? again(b, y) : again(c, z);
      return which;
    });
    CHECK(counts[1] + counts[3] == 0);
    for (auto const at : {0U, 2U, 4U})
      CHECK(std::abs(static_cast<double>(counts[at]) - trials / 3.0) <= band(trials, 3));
  }
}

TEST_CASE("without a ready case the default is taken, or the task waits until there is one", "[channel][select][S3]") {
  channel<int> a{0}, b{0};
  auto from_a = on_recv(a);
  auto from_b = on_recv(b);
  CHECK_FALSE(try_select(from_a, from_b).has_value());

  testing::deterministic_runtime rt{GENERATE(range(0, 8))};
  std::optional<std::size_t> which;
  std::optional<result<int>> got;
  rt.spawn(choose_recv(a, b, which, got)).detach();
  CHECK(rt.run() == ended::deadlock);
  CHECK_FALSE(which.has_value());
  bool sent = false;
  rt.spawn(send(b, 5, sent)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(sent);
  CHECK(which == 1);
  CHECK(got->value() == 5);
}

TEST_CASE("an empty select never ends, and says so", "[channel][select][S3]") {
  testing::deterministic_runtime rt{1};
  auto const ended_with = rt.block_on([]() -> task<void> { (void)co_await select(); }());
  REQUIRE_FALSE(ended_with.has_value());
  CHECK(ended_with.error().code() == errc::deadlock);
  CHECK(ended_with.error().message().find("an empty select") != std::string::npos);
  CHECK_THROWS_AS(select_blocking(), misuse);
  CHECK_FALSE(try_select().has_value());
}

TEST_CASE("the default is not taken while at every instant some case is ready", "[channel][select][threads][S4]") {
  // Another thread fills one channel before it empties the other: there is a value at every instant, and
  // yet whoever looks at one after the other may find each of them empty.
  channel<int> a{1}, b{1};
  REQUIRE(a.try_send(1));
  std::atomic<bool> over{false};
  std::thread mover([&] {
    while (!over.load()) {
      (void)b.try_send(1);
      (void)a.try_recv();
      (void)a.try_send(1);
      (void)b.try_recv();
    }
  });
  std::size_t defaults = 0;
  for (int n = 0; n < 20'000; ++n) {
    auto from_a = on_recv(a);
    auto from_b = on_recv(b);
    auto const which = try_select(from_a, from_b);
    if (which) (void)(*which == 0 ? a : b).try_send(1);  // put back before the next look
    else ++defaults;
  }
  over = true;
  mover.join();
  CHECK(defaults == 0);
}

TEST_CASE("null channels and cases switched off are never ready", "[channel][select][S5]") {
  channel<int> none, open{1};
  REQUIRE(open.try_send(1));
  auto from_none = on_recv(none);
  auto to_none = on_send(none, 1);
  CHECK_FALSE(try_select(from_none, to_none).has_value());
  auto from_open = on_recv(open);
  from_open.enable(false);
  CHECK_FALSE(try_select(from_none, from_open, to_none).has_value());
  from_open.enable(true);
  CHECK(try_select(from_none, from_open, to_none) == 1);
}

TEST_CASE("a closed channel is ready to receive and to send", "[channel][select][S6][C9]") {
  channel<std::unique_ptr<int>> ch{1};
  ch.close();
  auto from = on_recv(ch);
  CHECK(try_select(from) == 0);
  CHECK(from.take().error().code() == errc::closed);
  auto to = on_send(ch, std::make_unique<int>(7));
  CHECK(try_select(to) == 0);
  auto const refused = to.take();
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().why.code() == errc::closed);
  CHECK(*refused.error().value == 7);
}

TEST_CASE("a close wakes a waiting select, with its value", "[channel][select][S6][C10]") {
  channel<int> a{0}, b{0};
  testing::deterministic_runtime rt{3};
  std::optional<std::size_t> which;
  std::optional<result<int>> got;
  rt.spawn(choose_recv(a, b, which, got)).detach();
  CHECK(rt.run() == ended::deadlock);
  b.close();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(which == 1);
  CHECK(got->error().code() == errc::closed);
}

TEST_CASE("a select never receives what it sends itself", "[channel][select][S7]") {
  channel<int> ch{0};
  auto from = on_recv(ch);
  auto to = on_send(ch, 1);
  CHECK_FALSE(try_select(from, to).has_value());

  testing::deterministic_runtime rt{GENERATE(range(0, 16))};
  std::optional<std::size_t> one, other;
  auto const both_ways = [](channel<int>& ch, std::optional<std::size_t>& which, int value) -> task<void> {
    auto from = on_recv(ch);
    auto to = on_send(ch, value);
    which = co_await select(from, to);
    if (which == 0) CHECK(*from.take() != value);
  };
  rt.spawn(both_ways(ch, one, 1)).detach();
  CHECK(rt.run() == ended::deadlock);
  rt.spawn(both_ways(ch, other, 2)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  REQUIRE(one.has_value());
  CHECK(*one + *other == 1);  // one of them sends, the other receives
}

TEST_CASE("the same channel may stand in several cases", "[channel][select][S7]") {
  channel<int> ch{1};
  REQUIRE(ch.try_send(1));
  auto x = on_recv(ch);
  auto y = on_recv(ch);
  auto z = on_send(ch, 2);
  auto const which = try_select(x, y, z);
  REQUIRE(which.has_value());
  CHECK(*which < 2);
  CHECK(ch.len() == 0);
}

TEST_CASE("what a losing send holds stays with the caller", "[channel][select][S8]") {
  channel<std::unique_ptr<int>> full{1};
  REQUIRE(full.try_send(std::make_unique<int>(0)));
  channel<int> ready{1};
  REQUIRE(ready.try_send(1));
  auto to_full = on_send(full, std::make_unique<int>(7));
  auto from_ready = on_recv(ready);
  CHECK(try_select(to_full, from_ready) == 1);
  REQUIRE(to_full.value() != nullptr);
  CHECK(*to_full.value() == 7);
}

TEST_CASE("two selects match each other, whatever the order of their channels", "[channel][select][S9]") {
  testing::deterministic_runtime rt{GENERATE(range(0, 32))};
  channel<int> a{0}, b{0};
  std::optional<std::size_t> sent, received;
  std::optional<result<int>> got;
  rt.spawn(choose_send(a, 1, b, 2, sent)).detach();
  rt.spawn(choose_recv(b, a, received, got)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(*sent + *received == 1);  // first is a for the one, b for the other
  CHECK(got->value() == (*sent == 0 ? 1 : 2));
}

TEST_CASE("selects on threads that want each other's channels in a circle go on", "[channel][select][threads][S9]") {
  constexpr int rounds = 2'000;
  channel<int> a{0}, b{0}, c{0};
  runtime rt{runtime_options{.workers = support::workers(3)}};
  auto const relay = [](channel<int>& from, channel<int>& to, int& moved, int& seen) -> task<void> {
    for (int n = 0; n < rounds; ++n) {
      auto in = on_recv(from);
      auto out = on_send(to, n);
      if (co_await select(in, out) == 0) ++seen;
      else ++moved;
    }
    // Whoever is done lets the others go on.
  };
  std::array<int, 3> moved{}, seen{};
  auto const drain = [](channel<int>& ch, std::atomic<bool>& over, int& taken, int& given) -> task<void> {
    while (!over.load()) {
      if (ch.try_recv()) ++taken;
      if (ch.try_send(0)) ++given;
      co_await yield();
    }
  };
  std::atomic<bool> over{false};
  std::array<int, 3> taken{}, given{};
  auto helpers = std::array{rt.spawn(drain(a, over, taken[0], given[0])), rt.spawn(drain(b, over, taken[1], given[1])),
                            rt.spawn(drain(c, over, taken[2], given[2]))};
  auto first = rt.spawn(relay(a, b, moved[0], seen[0]));
  auto second = rt.spawn(relay(b, c, moved[1], seen[1]));
  auto third = rt.spawn(relay(c, a, moved[2], seen[2]));
  std::move(first).join_blocking();
  std::move(second).join_blocking();
  std::move(third).join_blocking();
  over = true;
  for (auto& each : helpers) std::move(each).join_blocking();
  for (std::size_t at = 0; at < 3; ++at) CHECK(moved[at] + seen[at] == rounds);
  CHECK(moved[0] + moved[1] + moved[2] + given[0] + given[1] + given[2] ==
        seen[0] + seen[1] + seen[2] + taken[0] + taken[1] + taken[2]);  // every send was received
}

TEST_CASE("a waiting select stands in line, and leaves all lines when it has won", "[channel][select][S10][C5][C19]") {
  channel<int> a{0}, b{0};
  testing::deterministic_runtime rt{5};
  std::optional<result<int>> first, last, got;
  std::optional<std::size_t> which;
  rt.spawn(receive(a, first)).detach();
  CHECK(rt.run() == ended::deadlock);
  rt.spawn(choose_recv(a, b, which, got)).detach();
  CHECK(rt.run() == ended::deadlock);
  rt.spawn(receive(a, last)).detach();
  CHECK(rt.run() == ended::deadlock);

  SECTION("its place in line is its own") {
    CHECK(a.try_send(1));
    CHECK(a.try_send(2));
    CHECK(a.try_send(3));
    CHECK(rt.run() == ended::all_tasks_done);
    CHECK(first->value() == 1);
    CHECK(got->value() == 2);
    CHECK(last->value() == 3);
  }
  SECTION("after winning elsewhere it takes nothing from those behind it") {
    CHECK(b.try_send(9));  // the select has not run yet
    CHECK(a.try_send(1));
    CHECK(a.try_send(2));
    CHECK_FALSE(a.try_send(3).has_value());
    CHECK(rt.run() == ended::all_tasks_done);
    CHECK(got->value() == 9);
    CHECK(last->value() == 2);
  }
}

TEST_CASE("a select takes the end of a context, of time and of a task as cases", "[channel][select][S11]") {
  testing::deterministic_runtime rt{GENERATE(range(0, 8))};
  channel<int> silent{0};
  auto scope = with_cancel(rt.background());
  auto sleeper = rt.spawn([](context ctx) -> task<int> {
    (void)co_await sleep_for(ctx, 5ms);
    co_return 42;
  }(rt.background()));
  std::vector<std::size_t> order;
  rt.spawn([](context ctx, channel<int>& silent, join_handle<int>& sleeper, std::vector<std::size_t>& order,
              cancel_scope& scope) -> task<void> {
      auto value = on_recv(silent);
      auto done = on_done(ctx);
      auto ended = on_join(sleeper);
      auto soon = on_timeout(2ms);
      order.push_back(co_await select(value, done, ended, soon));
      soon.dequeue();
      auto late = on_timeout(1h);
      order.push_back(co_await select(value, done, ended, late));
      CHECK(co_await std::move(sleeper) == 42);
      scope.cancel();
      order.push_back(co_await select(value, done, late));
    }(scope.ctx(), silent, sleeper, order, scope))
      .detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(order == std::vector<std::size_t>{3, 2, 1});
  CHECK(rt.now() < instant{1h});
}

TEST_CASE("a context that ends while a select waits wakes it", "[channel][select][S11][X3]") {
  testing::deterministic_runtime rt{2};
  channel<int> silent{0};
  std::optional<std::size_t> which;
  auto scope = with_timeout(rt.background(), 3ms);
  rt.spawn([](context ctx, channel<int>& silent, std::optional<std::size_t>& which) -> task<void> {
      auto value = on_recv(silent);
      auto done = on_done(ctx);
      which = co_await select(value, done);
    }(scope.ctx(), silent, which))
      .detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(which == 1);
  CHECK(rt.now() == instant{3ms});
}

TEST_CASE("many selects leave nothing behind", "[channel][select][S12]") {
  testing::deterministic_runtime rt{4};
  channel<int> busy{1}, silent{0};
  auto const before = count_frames();
  auto const looping = [](channel<int>& busy, channel<int>& silent, context ctx) -> task<void> {
    auto from_silent = on_recv(silent);
    auto done = on_done(ctx);
    for (int n = 0; n < 100'000; ++n) {
      auto from_busy = on_recv(busy);
      CHECK(co_await select(from_silent, from_busy, done) == 1);
      if (from_busy.take().value() != n) co_return;
    }
  };
  auto const feeding = [](channel<int>& busy) -> task<void> {
    for (int n = 0; n < 100'000; ++n) (void)co_await busy.send(always, n);
  };
  auto handle = rt.spawn(looping(busy, silent, rt.background()));
  rt.spawn(feeding(busy)).detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(handle.done());
  CHECK(count_frames().made - before.made <= 4);  // the two tasks: a select makes no frame of its own
}

TEST_CASE("a select that is destroyed as it waits leaves all lines", "[channel][select][G2][C19]") {
  channel<tracked> a{0}, b{0};
  {
    testing::deterministic_runtime rt{6};
    rt.spawn([](channel<tracked>& a, channel<tracked>& b) -> task<void> {
        auto from = on_recv(a);
        auto to = on_send(b, tracked{3});
        auto late = on_timeout(1h);
        (void)co_await select(from, to, late);
      }(a, b))
        .detach();
    CHECK(rt.run_until(instant{1s}) == ended::not_yet);
  }
  CHECK_FALSE(a.try_send(tracked{1}).has_value());
  CHECK_FALSE(b.try_recv().has_value());
}

TEST_CASE("a case that cannot be queued fails the select before any channel can have served it",
          "[channel][select][G9][C8]") {
  channel<int> ch{0};
  struct no_memory final : selectable {
    explicit no_memory(channel<int>& other) : channel(other) {}
    auto poll() -> bool override { return false; }
    auto source_lock() noexcept -> spin_lock* override { return nullptr; }
    auto poll_locked(waiter*&) -> bool override { return false; }
    void enqueue(select_link&, waiter const&) override {
      somebody_waited = channel.core()->may_send();
      throw std::bad_alloc();
    }
    void dequeue() noexcept override {}
    sluice::channel<int>& channel;
    bool somebody_waited = true;
  };
  no_memory failing{ch};
  testing::deterministic_runtime rt{1};
  bool failed = false;
  rt.spawn([](channel<int>& ch, no_memory& failing, bool& failed) -> task<void> {
      auto from = on_recv(ch);
      try {
        (void)co_await select(from, failing);
      } catch (std::bad_alloc const&) {
        failed = true;
      }
    }(ch, failing, failed))
    .detach();
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(failed);
  CHECK_FALSE(failing.somebody_waited);
  CHECK_FALSE(ch.try_send(1).has_value());  // the receive is out of the line again
}

TEST_CASE("a value that will not move is told to both ends of a waiting select", "[channel][select][C8]") {
  struct stubborn {
    explicit stubborn(bool const& no) : refuses(&no) {}
    stubborn(stubborn&& other) : refuses(other.refuses) {
      if (*refuses) throw std::runtime_error("will not move");
    }
    bool const* refuses;
  };
  channel<stubborn> ch{0};
  testing::deterministic_runtime rt{1};
  bool refuses = false, told = false;
  rt.spawn([](channel<stubborn>& ch, bool& told) -> task<void> {
      auto from = on_recv(ch);
      (void)co_await select(from);
      try {
        (void)from.take();
      } catch (std::runtime_error const&) {
        told = true;
      }
    }(ch, told))
      .detach();
  CHECK(rt.run() == ended::deadlock);
  stubborn value(refuses);
  refuses = true;
  CHECK_THROWS_AS(ch.try_send(std::move(value)), std::runtime_error);
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(told);
}

TEST_CASE("a plain thread selects in the same lines", "[channel][select][threads]") {
  runtime rt{runtime_options{.workers = support::workers(2)}};
  channel<int> a{0}, b{0};
  constexpr int each = 2'000;
  auto const produce = [](channel<int>& to, int first) -> task<void> {
    for (int n = 0; n < each; ++n) (void)co_await to.send(always, first + n);
    to.close();
  };
  rt.spawn(produce(a, 0)).detach();
  rt.spawn(produce(b, 1'000'000)).detach();
  auto from_a = on_recv(a);
  auto from_b = on_recv(b);
  std::array<int, 2> got{};
  for (int open = 2; open > 0;) {
    auto& chosen = select_blocking(from_a, from_b) == 0 ? from_a : from_b;
    auto const which = static_cast<std::size_t>(&chosen == &from_b);
    if (auto const value = chosen.take()) {
      CHECK(*value == static_cast<int>(which) * 1'000'000 + got[which]);
      ++got[which];
    } else {
      chosen.enable(false);
      --open;
    }
  }
  CHECK(got == std::array<int, 2>{each, each});
}

TEST_CASE("more cases than fit on the stack are served alike", "[channel][select][S1]") {
  std::vector<std::unique_ptr<channel<int>>> many;
  std::vector<selectable*> all;
  for (int n = 0; n < 40; ++n) many.push_back(std::make_unique<channel<int>>(1));
  REQUIRE(many[33]->try_send(5));
  std::vector<std::unique_ptr<receive_case<int>>> owned;
  for (auto& each : many) {
    owned.push_back(std::make_unique<receive_case<int>>(each->core()));
    all.push_back(owned.back().get());
  }
  CHECK(detail::select_now(all) == 33);
  CHECK(owned[33]->take().value() == 5);
  CHECK_FALSE(detail::select_now(all).has_value());
}

TEST_CASE("a select of more cases than a word has bits is one like any other", "[channel][select][S1][S3]") {
  constexpr std::size_t n = 70;
  channel<int> quiet{1};
  channel<int> last{1};
  auto const among = [&]<std::size_t... I>(std::index_sequence<I...>, auto const& use) {
    std::array<receive_case<int>, n> cases{(I + 1 < n ? on_recv(quiet) : on_recv(last))...};
    return use(cases[I]...);
  };
  auto const indices = std::make_index_sequence<n>{};
  CHECK_FALSE(among(indices, [](auto&... each) { return try_select(each...); }).has_value());
  REQUIRE(last.try_send(7));
  CHECK(among(indices, [](auto&... each) { return select_blocking(each...); }) == n - 1);
  CHECK(last.len() == 0);
}
