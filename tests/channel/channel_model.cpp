#include <catch2/catch_test_macros.hpp>

#include <array>
#include <optional>
#include <utility>

#include <sluice/channel/detail/channel_core.hpp>
#include <tests/support/explored.hpp>
#include <tests/support/wait_queue.hpp>

using namespace sluice;
using detail::progress;

namespace {

using lock_type = basic_spin_lock<model::atomics>;

/// A place in the queue of a channel, for the checker's threads. No context ends here.
struct place : detail::basic_wait_place<place, support::modelled_waiter, lock_type> {
  [[nodiscard]] auto ears() noexcept -> place& { return *this; }
  [[nodiscard]] auto prepared_for(context const&) const noexcept -> bool { return true; }
  [[nodiscard]] auto prepare(context const&) const noexcept -> bool { return true; }
  [[nodiscard]] auto listen_prepared(context const&, place&, lock_type& owner, queue_type& queue) noexcept -> bool {
    goes_to(owner, queue);
    return true;
  }

  void const* of_select = nullptr;
};

struct places {
  using list = place::queue_type;
  struct sender : place {
    explicit sender(int& given) : value(&given) {}
    int* value;
    bool closed = false;
  };
  struct receiver : place {
    explicit receiver(std::optional<int>& into) : value(&into) {}
    std::optional<int>* value;
  };
};

using core = detail::basic_channel_core<int, model::atomics, places>;

/// A channel, and what its senders did before they sent.
struct program {
  program(model::execution& here, std::size_t capacity) : run(&here), channel(capacity) {}

  /// False when the channel was closed.
  auto send(int value) -> bool {
    before[static_cast<std::size_t>(value)].write([&](int& what) { what = value + 1; });
    auto how = channel.send_at_once(value);
    if (how != progress::none) return how == progress::done;
    places::sender me{value};
    if (!channel.do_or_wait(me, nobody)) me.sleep.park();
    return !me.closed;
  }
  /// Nothing when the channel was closed and drained.
  auto receive() -> std::optional<int> {
    std::optional<int> value;
    if (channel.receive_at_once(value) == progress::none) {
      places::receiver me{value};
      if (!channel.do_or_wait(me, nobody)) me.sleep.park();
    }
    if (value)
      run->check(before[static_cast<std::size_t>(*value)].read([](int what) { return what; }) == *value + 1,
                             "what precedes the send is seen by who receives");
    return value;
  }

  model::execution* run;
  core channel;
  context nobody = context::background();
  std::array<model::cell<int>, 3> before;
};

support::explored const channels{"channel_core"};

}  // namespace

TEST_CASE("an unbuffered channel hands each value over, and wakes whoever waited for it", "[everyday][channel][model][C2][C4]") {
  channels.all([](model::execution& run) {
    program at{run, 0};
    auto sum = 0;
    run.thread([&] { run.check(at.send(0) && at.send(1), "both are sent"); });
    run.thread([&] {
      for (int value = 0; value < 2; ++value) run.check(at.receive() == value, "in the order in which they were sent");
      ++sum;
    });
    run.join();
    run.check(sum == 1 && at.channel.length() == 0, "both ended");
  });
}

TEST_CASE("a sender that finds the buffer full is let in by who makes room", "[everyday][channel][model][C3][C7]") {
  channels.all([](model::execution& run) {
    program at{run, 1};
    run.thread([&] { run.check(at.send(0) && at.send(1), "both are sent"); });
    run.thread([&] {
      for (int value = 0; value < 2; ++value) run.check(at.receive() == value, "in the order in which they were sent");
    });
    run.join();
  });
}

TEST_CASE("of two senders that meet at a buffer of one nobody waits for ever", "[everyday][channel][model][C6][C8]") {
  channels.some([](model::execution& run) {
    program at{run, 1};
    auto got = 0;
    run.thread([&] { (void)at.send(0); });
    run.thread([&] { (void)at.send(1); });
    run.thread([&] { got += 1 << *at.receive(); });
    run.join();
    std::optional<int> left;
    run.check(at.channel.receive_at_once(left) == progress::done, "the other value lies in the buffer");
    run.check(got + (1 << *left) == 3, "each value once");
  }, 1, 20'000);
}

TEST_CASE("a close tells whoever waits, and what was sent before it can be received", "[everyday][channel][model][C10]") {
  channels.all([](model::execution& run) {
    program at{run, 1};
    auto sent = false;
    auto got = 0;
    run.thread([&] {
      int value = 0;
      at.before[0].write([](int& what) { what = 1; });
      sent = at.channel.send_at_once(value) == progress::done;
      at.channel.close();
    });
    run.thread([&] {
      while (auto const value = at.receive()) got += *value + 1;
    });
    run.join();
    run.check(got == (sent ? 1 : 0), "what was sent is received, and nothing else");
  });
}

TEST_CASE("two looks at two channels that have not changed between them show one instant", "[everyday][channel][select][model][S4]") {
  channels.all([](model::execution& run) {
    // One value moves between two channels, and is always in one of them at least.
    core here{1};
    core there{1};
    int value = 0;
    run.check(here.send_at_once(value) == progress::done, "there is room");
    auto none = false;
    run.thread([&] {
      std::optional<int> taken;
      for (auto const& [from, to] : {std::pair{&here, &there}, {&there, &here}, {&here, &there}}) {
        (void)to->send_at_once(value);
        (void)from->receive_at_once(taken);
      }
    });
    run.thread([&] {
      std::optional<int> into;
      places::receiver me{into};
      auto const first = there.look(me);
      auto const second = here.look(me);
      if (first.may_be_ready || second.may_be_ready) return;
      none = there.look(me) == first && here.look(me) == second;
    });
    run.join();
    run.check(!none, "there was no instant without a value");
  });
}
