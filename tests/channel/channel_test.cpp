#include <sluice/channel/channel.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <sluice/testing/deterministic_runtime.hpp>
#include <tests/support/tracked.hpp>

using namespace sluice;
using support::tracked;

namespace {

auto const always = context::background();

task<void> send_one(channel<int>& to, int value, std::optional<errc>& failed, bool& ended) {
  auto sent = co_await to.send(always, value);
  if (!sent) failed = sent.error().why.code();
  ended = true;
}

task<void> send_each(channel<int>& to, std::vector<int> values) {
  for (int const value : values) (void)co_await to.send(always, value);
}

task<void> receive_one(channel<int>& from, std::optional<result<int>>& got) {
  got = co_await from.recv(always);
}

task<void> drain(channel<int>& from, std::vector<int>& into) {
  while (auto value = co_await from.recv(always)) into.push_back(*value);
}

/// Refuses to be moved while its owner says so.
struct stubborn {
  explicit stubborn(int number, bool const& no) : value(number), refuses(&no) {}
  stubborn(stubborn&& other) : value(other.value), refuses(other.refuses) {
    if (*refuses) throw std::runtime_error("will not move");
    other.value = -1;
  }
  int value;
  bool const* refuses;
};

}  // namespace

TEST_CASE("a channel keeps its capacity for ever and counts what it buffers", "[channel][C1]") {
  channel<int> ch{2};
  CHECK(ch.cap() == 2);
  CHECK(ch.len() == 0);
  REQUIRE(ch.try_send(1));
  REQUIRE(ch.try_send(2));
  CHECK(ch.len() == 2);
  CHECK(ch.try_send(3).error().code() == errc::would_block);
  CHECK(ch.len() == 2);
  CHECK(channel<int>{0}.cap() == 0);
}

TEST_CASE("a capacity that fits into no memory is misuse", "[channel][C1]") {
  CHECK_THROWS_AS(channel<int>(std::numeric_limits<std::size_t>::max()), misuse);
  CHECK_THROWS_AS(channel<char>(static_cast<std::size_t>(-1)), misuse);
  if (sizeof(std::size_t) > 4)
    CHECK_THROWS_WITH(channel<char>(static_cast<std::size_t>(1'099'511'627'776ULL)),
                      Catch::Matchers::ContainsSubstring("1099511627776 values is outside 0 to 4294967295"));
  CHECK_THROWS_AS(channel<long>(std::numeric_limits<std::size_t>::max() / sizeof(long) + 1), misuse);
}

TEST_CASE("an unbuffered send ends only when somebody takes its value", "[channel][C2]") {
  std::optional<errc> failed;
  bool ended = false;
  channel<int> ch{0};
  testing::deterministic_runtime rt{GENERATE(range(0, 16))};
  rt.spawn(send_one(ch, 7, failed, ended)).detach();

  CHECK(rt.run() == ended::deadlock);
  CHECK_FALSE(ended);
  CHECK(ch.len() == 0);
  CHECK(ch.try_recv() == 7);
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(ended);
  CHECK_FALSE(failed);
}

TEST_CASE("an unbuffered try_send succeeds only beside a waiting receiver", "[channel][C2][C15]") {
  std::optional<result<int>> got;
  channel<int> ch{0};
  testing::deterministic_runtime rt{1};
  CHECK(ch.try_send(1).error().code() == errc::would_block);
  CHECK(ch.try_recv().error().code() == errc::would_block);
  rt.spawn(receive_one(ch, got)).detach();
  CHECK(rt.run() == ended::deadlock);
  CHECK(ch.try_send(2));
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(got->value() == 2);
}

TEST_CASE("a buffered send waits only once the buffer is full", "[channel][C3]") {
  channel<int> ch{3};
  int sent = 0;
  auto sender = [&]() -> task<void> {
    for (int value = 0; value < 5; ++value) {
      if (co_await ch.send(always, value)) ++sent;
    }
  };
  testing::deterministic_runtime rt{1};
  rt.spawn(sender()).detach();
  CHECK(rt.run() == ended::deadlock);
  CHECK(sent == 3);
  CHECK(rt.live_tasks().at(0).waiting_for == "room in a channel");
  CHECK(ch.try_recv() == 0);
  CHECK(ch.len() == 3);
  CHECK(rt.run() == ended::deadlock);
  CHECK(sent == 4);
  CHECK(ch.try_recv() == 1);
  CHECK(rt.run() == ended::all_tasks_done);
}

TEST_CASE("values of one sender arrive in its order, and every value once", "[channel][C4][C8]") {
  std::vector<int> seen;
  channel<int> ch{GENERATE(std::size_t{0}, std::size_t{1}, std::size_t{3})};
  auto everything = [&](executor& home) -> task<void> {
    std::vector<join_handle<void>> senders;
    for (int who = 0; who < 3; ++who) {
      std::vector<int> mine;
      for (int value = 0; value < 8; ++value) mine.push_back(who * 100 + value);
      senders.push_back(spawn(home, send_each(ch, mine)));
    }
    auto receiver = spawn(home, drain(ch, seen));
    for (auto& each : senders) co_await std::move(each);
    ch.close();
    co_await std::move(receiver);
  };
  testing::deterministic_runtime rt{GENERATE(range(0, 16))};
  REQUIRE(rt.block_on(everything(rt.home())));

  CHECK(seen.size() == 24);
  for (int who = 0; who < 3; ++who) {
    std::vector<int> theirs;
    std::ranges::copy_if(seen, std::back_inserter(theirs), [&](int v) { return v / 100 == who; });
    CHECK(std::ranges::is_sorted(theirs));
    CHECK(theirs.size() == 8);
  }
}

TEST_CASE("blocked receivers are served in the order in which they blocked", "[channel][C5][C6]") {
  std::vector<std::optional<result<int>>> got(4);
  channel<int> ch{GENERATE(std::size_t{0}, std::size_t{2})};
  testing::deterministic_runtime rt{GENERATE(range(0, 16))};
  for (auto& mine : got) {
    rt.spawn(receive_one(ch, mine)).detach();
    CHECK(rt.run() == ended::deadlock);  // it has blocked before the next one comes
  }
  for (int value = 0; value < 4; ++value) {
    CHECK(ch.try_send(int{value}));
    CHECK(ch.len() == 0);  // handed over, not buffered
    CHECK(ch.try_recv().error().code() == errc::would_block);  // nobody takes it in between
  }
  CHECK(rt.run() == ended::all_tasks_done);
  for (std::size_t i = 0; i < got.size(); ++i) CHECK(got[i]->value() == static_cast<int>(i));
}

TEST_CASE("blocked senders are admitted in the order in which they blocked", "[channel][C5][C6]") {
  auto const capacity = GENERATE(std::size_t{0}, std::size_t{2});
  channel<int> ch{capacity};
  std::vector<std::optional<errc>> failed(4);
  bool ended = false;
  testing::deterministic_runtime rt{GENERATE(range(0, 16))};
  for (std::size_t i = 0; i < capacity; ++i) REQUIRE(ch.try_send(static_cast<int>(i)));
  for (std::size_t i = 0; i < failed.size(); ++i) {
    rt.spawn(send_one(ch, static_cast<int>(capacity + i), failed[i], ended)).detach();
    CHECK(rt.run() == ended::deadlock);
    CHECK(ch.len() == capacity);
  }
  for (int value = 0; value < static_cast<int>(capacity + failed.size()); ++value)
    CHECK(ch.try_recv() == value);
  CHECK(rt.run() == ended::all_tasks_done);
}

TEST_CASE("the slot that a receive frees belongs to the first blocked sender at once", "[channel][C7]") {
  std::optional<errc> failed;
  bool ended = false;
  channel<int> ch{1};
  testing::deterministic_runtime rt{1};
  REQUIRE(ch.try_send(1));
  rt.spawn(send_one(ch, 2, failed, ended)).detach();
  CHECK(rt.run() == ended::deadlock);

  CHECK(ch.try_recv() == 1);
  CHECK(ch.len() == 1);  // before the sender has run
  CHECK_FALSE(ended);
  CHECK(ch.try_send(3).error().code() == errc::would_block);
  CHECK(ch.try_recv() == 2);
  CHECK(rt.run() == ended::all_tasks_done);
}

TEST_CASE("what is still buffered is destroyed with the channel, once", "[channel][C8]") {
  {
    channel<tracked> ch{4};
    for (int value = 0; value < 3; ++value) REQUIRE(ch.try_send(tracked{value}));
    CHECK(ch.try_recv()->value() == 0);
    REQUIRE(ch.try_send(tracked{3}));
    REQUIRE(ch.try_send(tracked{4}));  // past the end of the ring
    CHECK(tracked::alive == 4);
  }
  CHECK(tracked::alive == 0);
}

TEST_CASE("a send that cannot happen gives its value back unharmed", "[channel][C8][C9]") {
  channel<tracked> ch{1};
  REQUIRE(ch.try_send(tracked{1}));
  tracked mine{2};
  CHECK(ch.try_send(std::move(mine)).error().code() == errc::would_block);
  CHECK(mine.holds());
  CHECK(ch.try_recv()->value() == 1);
  ch.close();
  CHECK(ch.try_send(std::move(mine)).error().code() == errc::closed);  // though there is room
  CHECK(mine.holds());
  CHECK(ch.len() == 0);

  auto refused = [&]() -> task<std::int64_t> {
    auto sent = co_await ch.send(always, std::move(mine));
    co_return sent ? -1 : sent.error().value.value();
  };
  testing::deterministic_runtime rt{1};
  CHECK(rt.block_on(refused()) == 2);
  CHECK(ch.try_recv().error().code() == errc::closed);
}

TEST_CASE("a move that throws on the way in leaves channel and value as they were", "[channel][C8]") {
  bool no = false;
  channel<stubborn> ch{2};
  REQUIRE(ch.try_send(stubborn{1, no}));
  stubborn mine{2, no};
  no = true;
  CHECK_THROWS_AS((void)ch.try_send(std::move(mine)), std::runtime_error);
  CHECK(mine.value == 2);
  CHECK(ch.len() == 1);
  CHECK_THROWS_AS((void)ch.try_recv(), std::runtime_error);
  CHECK(ch.len() == 1);
  no = false;
  CHECK(ch.try_recv()->value == 1);
}

TEST_CASE("a blocked sender whose value will not move hears of it, and the slot stays free",
          "[channel][C8]") {
  bool willing = false;
  bool no = false;
  bool threw = false;
  channel<stubborn> ch{1};
  auto sender = [&]() -> task<void> {
    try {
      (void)co_await ch.send(always, stubborn{2, no});
    } catch (std::runtime_error const&) {
      threw = true;
    }
  };
  testing::deterministic_runtime rt{1};
  REQUIRE(ch.try_send(stubborn{1, willing}));
  rt.spawn(sender()).detach();
  CHECK(rt.run() == ended::deadlock);
  no = true;
  CHECK(ch.try_recv()->value == 1);  // the receiver is not disturbed
  CHECK(ch.len() == 0);
  CHECK(ch.try_send(stubborn{3, willing}));
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(threw);
}

TEST_CASE("close lets buffered values arrive, then ends the stream for ever", "[channel][C12]") {
  std::vector<int> seen;
  channel<int> ch{2};
  REQUIRE(ch.try_send(0));  // a real default value is not mistaken for the end
  REQUIRE(ch.try_send(2));
  testing::deterministic_runtime rt{GENERATE(range(0, 16))};
  auto const drained = rt.spawn(drain(ch, seen));
  ch.close();
  CHECK(ch.closed());
  CHECK(rt.run() == ended::all_tasks_done);
  CHECK(seen == std::vector{0, 2});
  for (int again = 0; again < 3; ++again) CHECK(ch.try_recv().error().code() == errc::closed);
}

TEST_CASE("close wakes everybody who waits, and senders get their values back", "[channel][C10]") {
  SECTION("receivers") {
    std::vector<std::optional<result<int>>> got(3);
    channel<int> ch{1};
    testing::deterministic_runtime rt{GENERATE(range(0, 16))};
    for (auto& mine : got) rt.spawn(receive_one(ch, mine)).detach();
    CHECK(rt.run() == ended::deadlock);
    ch.close();
    CHECK(rt.run() == ended::all_tasks_done);
    for (auto& mine : got) CHECK(mine->error().code() == errc::closed);
  }
  SECTION("senders") {
    std::vector<std::int64_t> back;
    channel<tracked> ch{1};
    REQUIRE(ch.try_send(tracked{0}));
    auto sender = [&](int value) -> task<void> {
      auto sent = co_await ch.send(always, tracked{value});
      if (!sent && sent.error().why.code() == errc::closed)
        back.push_back(sent.error().value.value());
    };
    testing::deterministic_runtime rt{GENERATE(range(0, 16))};
    for (int value = 1; value < 4; ++value) rt.spawn(sender(value)).detach();
    CHECK(rt.run() == ended::deadlock);
    ch.close();
    CHECK(rt.run() == ended::all_tasks_done);
    std::ranges::sort(back);
    CHECK(back == std::vector<std::int64_t>{1, 2, 3});
    CHECK(ch.try_recv()->value() == 0);  // what had been sent stays
    CHECK(ch.try_recv().error().code() == errc::closed);
  }
}

TEST_CASE("closing twice, or a null channel, is misuse", "[channel][C11]") {
  channel<int> ch{1};
  ch.close();
  CHECK_THROWS_AS(ch.close(), misuse);
  CHECK_THROWS_AS(channel<int>{}.close(), misuse);
}

TEST_CASE("a null channel is never ready, and waiting on it is reported", "[channel][C14]") {
  channel<int> null;
  CHECK_FALSE(null);
  CHECK(null.try_send(1).error().code() == errc::would_block);
  CHECK(null.try_recv().error().code() == errc::would_block);
  CHECK(null.len() == 0);
  CHECK(null.cap() == 0);
  auto wait = [&](bool sends) -> task<void> {
    if (sends) {
      (void)co_await null.send(always, 1);
    } else {
      (void)co_await null.recv(always);
    }
  };
  testing::deterministic_runtime rt{1};
  auto const how = rt.block_on(wait(GENERATE(true, false)));
  REQUIRE_FALSE(how);
  CHECK(how.error().code() == errc::deadlock);
  CHECK(how.error().message().find("waits for a null channel") != std::string::npos);
}

TEST_CASE("leaving a receive loop early does not close the channel", "[channel][C16]") {
  channel<int> ch{2};
  REQUIRE(ch.try_send(1));
  REQUIRE(ch.try_send(2));
  auto first = [&]() -> task<int> {
    while (auto value = co_await ch.recv(always)) co_return *value;
    co_return -1;
  };
  testing::deterministic_runtime rt{1};
  CHECK(rt.block_on(first()) == 1);
  CHECK_FALSE(ch.closed());
  CHECK(ch.try_send(3));
  CHECK(ch.try_recv() == 2);
}

TEST_CASE("channels carry channels, values without size and large ones", "[channel][C18]") {
  channel<channel<int>> ways{1};
  channel<int> inner{1};
  REQUIRE(inner.try_send(5));
  REQUIRE(ways.try_send(std::move(inner)));
  auto received = ways.try_recv();
  REQUIRE(received);
  CHECK(received->try_recv() == 5);

  struct nothing {};
  channel<nothing> signals{2};
  CHECK(signals.try_send({}));
  CHECK(signals.len() == 1);
  CHECK(signals.try_recv());

  using page = std::array<int, 16384>;
  channel<page> pages{1};
  auto full = std::make_unique<page>();
  full->back() = 9;
  REQUIRE(pages.try_send(page{*full}));
  CHECK(pages.try_recv()->back() == 9);
}
