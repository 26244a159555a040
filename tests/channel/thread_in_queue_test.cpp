#include <cstdint>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <sluice/channel/channel.hpp>
#include <sluice/runtime/runtime.hpp>
#include <tests/support/thread_crew.hpp>

using namespace sluice;

TEST_CASE("threads and tasks wait in the same queue", "[channel][threads][C5]") {
  runtime rt{runtime_options{.workers = 2}};
  channel<int> ch{0};
  constexpr int values = 200;
  std::int64_t sum = 0;
  runtime::keep_alive const outside{rt};  // a thread will receive: waiting for it is no deadlock
  std::thread consumer([&] {
    while (auto value = ch.recv_blocking(context::background())) sum += *value;
  });
  auto const sent = rt.block_on([](channel<int>& to) -> task<int> {
    int done = 0;
    for (int value = 1; value <= values; ++value)
      done += (co_await to.send(context::background(), value)).has_value() ? 1 : 0;
    co_return done;
  }(ch));
  ch.close();
  consumer.join();
  CHECK(sent == values);
  CHECK(sum == values * (values + 1) / 2);
}

TEST_CASE("what a sender wrote before is seen by the receiver", "[channel][threads][C13]") {
  channel<int> ch{2};
  constexpr int rounds = 200;
  std::vector<int> slots(rounds);  // plain: the channel alone orders the accesses
  int wrong = 0;
  support::run_together(2, [&](unsigned who) {
    for (int round = 0; round < rounds; ++round) {
      if (who == 0) {
        slots[static_cast<std::size_t>(round)] = round + 1;
        (void)ch.send_blocking(context::background(), round);
      } else {
        auto const got = ch.recv_blocking(context::background());
        if (!got || slots[static_cast<std::size_t>(*got)] != *got + 1) ++wrong;
      }
    }
  });
  CHECK(wrong == 0);
}

TEST_CASE("a thread that waits gives up when its context ends", "[channel][threads][X16][C19]") {
  channel<int> ch{0};
  auto scope = with_cancel(context::background());
  errc received{};
  errc sent{};
  support::run_together(3, [&](unsigned who) {
    if (who == 0) received = ch.recv_blocking(scope.ctx()).error().code();
    if (who == 2) scope.cancel();
  });
  support::run_together(2, [&](unsigned who) {
    if (who == 0) sent = ch.send_blocking(scope.ctx(), 1).error().why.code();
  });
  CHECK(received == errc::cancelled);
  CHECK(sent == errc::cancelled);
  CHECK(ch.try_recv().error() == errc::would_block);
  ch.close();
}

TEST_CASE("a blocking form on a worker is misuse, not a hang", "[channel][threads][G8]") {
  runtime rt{runtime_options{.workers = 1}};
  channel<int> ch{1};
  auto const refused = rt.block_on([](channel<int>& both) -> task<int> {
    int caught = 0;
    try {
      (void)both.recv_blocking(context::background());
    } catch (misuse const&) {
      ++caught;
    }
    try {
      (void)both.send_blocking(context::background(), 1);
    } catch (misuse const&) {
      ++caught;
    }
    co_return caught;
  }(ch));
  CHECK(refused == 2);
  CHECK_THROWS_AS(channel<int>{}.recv_blocking(context::background()), misuse);
}
