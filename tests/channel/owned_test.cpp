// What one worker's channels do without a note in their locks, where nobody else comes: the buffer's middle, and a select's wait.
#include <cstdint>
#include <mutex>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <sluice/channel/channel.hpp>
#include <sluice/channel/select.hpp>
#include <sluice/runtime/runtime.hpp>

using namespace sluice;

namespace {

auto const always = context::background();

/// Runs `body(runtime)` as a task on one worker, to which all that is made there belongs.
template <class Body>
void on_an_owner(Body const& body) {
  auto whole = [&](runtime& on) -> task<void> {
    spin_lock to_sit_down;
    for (int i = 0; i < 100; ++i) (void)std::lock_guard{to_sit_down};
    co_await body(on);
  };
  runtime rt{{.workers = 1}};
  REQUIRE(rt.block_on(whole(rt)));
}

auto send_all(channel<int>& to, std::vector<int> values) -> task<void> {
  for (auto const value : values) (void)co_await to.send(always, value);
}

}  // namespace

TEST_CASE("a buffer of any small capacity keeps its order, its bound and its end", "[channel][C3][C7][C10][threads]") {
  for (std::size_t capacity = 1; capacity <= 6; ++capacity) {
    std::vector<int> got;
    auto body = [&](runtime&) -> task<void> {
      channel<int> line{capacity};
      auto next = 0;
      // Every length from empty to full, reached from below and from above, the ends of the ring included.
      for (std::size_t fill = 1; fill <= capacity; ++fill)
        for (std::size_t keep = 0; keep < fill; ++keep) {
          while (line.len() < fill) CHECK(line.try_send(next++));
          if (fill == capacity) CHECK(line.try_send(-1).error() == errc::would_block);
          while (line.len() > keep) got.push_back(line.try_recv().value());
        }
      while (line.len() < capacity) CHECK(line.try_send(next++));
      line.close();
      CHECK(line.try_send(-1).error() == errc::closed);
      while (auto const value = co_await line.recv(always)) got.push_back(*value);
      CHECK(line.try_recv().error() == errc::closed);
      std::vector<int> expected(static_cast<std::size_t>(next));
      std::iota(expected.begin(), expected.end(), 0);
      CHECK(got == expected);
    };
    on_an_owner(body);
  }
}

TEST_CASE("whoever waits at a channel is woken by an owner that comes later", "[channel][C2][C6][threads]") {
  for (std::size_t capacity = 0; capacity <= 4; ++capacity) {
    auto body = [&](runtime& on) -> task<void> {
      channel<int> line{capacity};
      // First a receiver that waits, then senders that do.
      auto receiving = on.spawn([](channel<int>& from) -> task<int> {
        auto sum = 0;
        for (int i = 0; i < 20; ++i) sum += (co_await from.recv(always)).value();
        co_return sum;
      }(line));
      co_await yield();
      std::vector<int> values(20);
      std::iota(values.begin(), values.end(), 1);
      co_await send_all(line, values);
      CHECK(co_await std::move(receiving) == 210);
      auto sending = on.spawn(send_all(line, values));
      co_await yield();
      auto sum = 0;
      for (int i = 0; i < 20; ++i) sum += (co_await line.recv(always)).value();
      CHECK(sum == 210);
      co_await std::move(sending);
    };
    on_an_owner(body);
  }
}

TEST_CASE("a type of great alignment lies in a buffer where it has to", "[channel][C3]") {
  struct alignas(64) wide {
    explicit wide(int is) noexcept : value(is) {}
    wide(wide&& other) noexcept : value(other.value) { CHECK(reinterpret_cast<std::uintptr_t>(this) % 64 == 0); }
    int value;
  };
  channel<wide> line{3};
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 3; ++i) CHECK(line.try_send(wide{i}));
    for (int i = 0; i < 3; ++i) CHECK(line.try_recv()->value == i);
  }
}

TEST_CASE("a select may wait twice for one channel, and takes each value once", "[channel][select][S1][S8][threads]") {
  auto body = [&](runtime& on) -> task<void> {
    channel<int> line{0};
    auto first = on_recv(line);
    auto second = on_recv(line);
    auto sending = on.spawn(send_all(line, {1, 2, 3, 4, 5, 6, 7, 8}));
    auto sum = 0;
    for (int i = 0; i < 8; ++i) {
      auto const which = co_await select(first, second);
      sum += (which == 0 ? first : second).take().value();
    }
    CHECK(sum == 36);
    co_await std::move(sending);
    CHECK(line.try_recv().error() == errc::would_block);
  };
  on_an_owner(body);
}

TEST_CASE("a select that sends and receives on one channel meets others, and not itself", "[channel][select][S1][threads]") {
  auto body = [&](runtime& on) -> task<void> {
    channel<int> line{0};
    for (int round = 0; round < 8; ++round) {
      auto out = on_send(line, round);
      auto in = on_recv(line);
      auto other = round % 2 == 0 ? on.spawn(send_all(line, {100 + round})) : on.spawn([](channel<int>& from, int expected) -> task<void> {
        CHECK((co_await from.recv(always)).value() == expected);
      }(line, round));
      auto const which = co_await select(out, in);
      CHECK(which == (round % 2 == 0 ? 1U : 0U));
      if (which == 1) CHECK(in.take().value() == 100 + round);
      else CHECK(out.take());
      co_await std::move(other);
      CHECK(line.try_recv().error() == errc::would_block);
      CHECK(line.try_send(0).error() == errc::would_block);
    }
  };
  on_an_owner(body);
}

TEST_CASE("a case that is switched off is not waited for, and its channel is left as it was", "[channel][select][S2][threads]") {
  auto body = [&](runtime& on) -> task<void> {
    channel<int> off{0};
    channel<int> live{0};
    auto never = on_recv(off);
    auto soon = on_recv(live);
    never.enable(false);
    auto sending = on.spawn(send_all(live, {1, 2, 3}));
    for (int i = 1; i <= 3; ++i) {
      CHECK(co_await select(never, soon) == 1);
      CHECK(soon.take().value() == i);
      CHECK(off.try_send(7).error() == errc::would_block);
    }
    co_await std::move(sending);
    never.enable(true);
    auto late = on.spawn(send_all(off, {9}));
    CHECK(co_await select(never, soon) == 0);
    CHECK(never.take().value() == 9);
    co_await std::move(late);
  };
  on_an_owner(body);
}

TEST_CASE("what an owner queues for a select is found by another worker, and taken away from it", "[channel][select][S3][threads]") {
  runtime rt{{.workers = 2}};
  constexpr int each = 2'000;
  auto consume = [&](channel<int>& one, channel<int>& two) -> task<long> {
    auto from_one = on_recv(one);
    auto from_two = on_recv(two);
    long sum = 0;
    for (int i = 0; i < 2 * each; ++i) sum += (co_await select(from_one, from_two) == 0 ? from_one : from_two).take().value();
    co_return sum;
  };
  auto whole = [&]() -> task<long> {
    channel<int> one{0};
    channel<int> two{0};
    std::vector<int> values(each);
    std::iota(values.begin(), values.end(), 1);
    auto consuming = rt.spawn(consume(one, two));
    auto sending_one = rt.spawn(send_all(one, values));
    auto sending_two = rt.spawn(send_all(two, values));
    co_await std::move(sending_one);
    co_await std::move(sending_two);
    co_return co_await std::move(consuming);
  };
  CHECK(rt.block_on(whole()).value() == 2L * each * (each + 1) / 2);
}
