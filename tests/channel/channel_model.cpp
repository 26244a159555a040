#include <catch2/catch_test_macros.hpp>

#include <array>
#include <mutex>
#include <optional>
#include <utility>

#include <sluice/channel/detail/channel_core.hpp>
#include <tests/support/explored.hpp>
#include <tests/support/owning_atomics.hpp>
#include <tests/support/wait_queue.hpp>

using namespace sluice;
using detail::progress;

namespace {

/// A place in the queue of a channel, for the checker's threads. No context ends here.
template <class Atomics>
struct place : detail::basic_wait_place<place<Atomics>, support::modelled_waiter, basic_spin_lock<Atomics>> {
  using lock_type = basic_spin_lock<Atomics>;
  using queue_type = intrusive_list<support::modelled_waiter>;

  [[nodiscard]] auto ears() noexcept -> place& { return *this; }
  [[nodiscard]] auto prepared_for(context const&) const noexcept -> bool { return true; }
  [[nodiscard]] auto prepared_for(context const&, place const&) const noexcept -> bool { return true; }
  [[nodiscard]] auto prepare(context const&) const noexcept -> bool { return true; }
  [[nodiscard]] auto listen_prepared(context const&, place&, lock_type& owner, queue_type& queue) noexcept -> bool {
    this->goes_to(owner, queue);
    return true;
  }
  [[nodiscard]] auto listen_lightly(context const& none, place& me, lock_type& owner, queue_type& queue) noexcept -> bool {
    return listen_prepared(none, me, owner, queue);
  }

  void const* of_select = nullptr;
};

template <class Atomics>
struct places {
  using list = typename place<Atomics>::queue_type;
  struct sender : place<Atomics> {
    explicit sender(int& given) : value(&given) {}
    int* value;
    bool closed = false;
  };
  struct receiver : place<Atomics> {
    explicit receiver(std::optional<int>& into) : value(&into) {}
    std::optional<int>* value;
  };
};

template <class Atomics>
using core_of = detail::basic_channel_core<int, Atomics, places<Atomics>>;
using core = core_of<model::atomics>;

/// A channel, and what its senders did before they sent.
template <class Atomics = model::atomics>
struct program {
  program(model::execution& here, std::size_t capacity) : run(&here), channel(capacity) {}

  /// False when the channel was closed.
  auto send(int value) -> bool {
    before[static_cast<std::size_t>(value)].write([&](int& what) { what = value + 1; });
    auto how = channel.send_at_once(value);
    if (how != progress::none) return how == progress::done;
    typename places<Atomics>::sender me{value};
    if (!channel.do_or_wait(me, nobody)) me.sleep.park();
    return !me.closed;
  }
  /// Nothing when the channel was closed and drained.
  auto receive() -> std::optional<int> {
    std::optional<int> value;
    if (channel.receive_at_once(value) == progress::none) {
      typename places<Atomics>::receiver me{value};
      if (!channel.do_or_wait(me, nobody)) me.sleep.park();
    }
    if (value)
      run->check(before[static_cast<std::size_t>(*value)].read([](int what) { return what; }) == *value + 1,
                             "what precedes the send is seen by who receives");
    return value;
  }

  model::execution* run;
  core_of<Atomics> channel;
  context nobody = context::background();
  std::array<model::cell<int>, 3> before;
};

// As far as it can be had for a few takes: a lock that has been taken away is not soon given again.
void make_own(core_of<support::owning_atomics>& channel) {
  basic_spin_lock<support::owning_atomics> to_sit_down;
  for (auto times = 0; times < 2; ++times) (void)std::lock_guard{to_sit_down};
  for (auto times = 0; times < 12; ++times) {
    if (auto const held = channel.lock().try_lock_briefly()) return channel.lock().unlock_briefly(held);
    (void)channel.length();
  }
}

/// A channel that belongs to the thread that has made it, and then sends, until the other one comes to receive.
void made_by_its_sender(model::execution& run, std::size_t capacity, int values, bool receiver_owns = false) {
  using owned = program<support::owning_atomics>;
  std::optional<owned> place;
  model::atomics::atomic<owned*> known{nullptr};
  run.thread([&] {
    basic_spin_lock<support::owning_atomics> to_sit_down;
    for (auto times = 0; times < 2; ++times) (void)std::lock_guard{to_sit_down};
    place.emplace(run, capacity);
    known.store(&*place, release);
    for (auto value = 0; value < values; ++value) {
      make_own(place->channel);  // again, should the other one have come, and wait
      run.check(place->send(value), "it is sent");
    }
  });
  run.thread([&] {
    owned* at = nullptr;
    for (basic_backoff<model::atomics> wait; (at = known.load(acquire)) == nullptr;) wait();
    for (auto value = 0; value < values; ++value) {
      if (receiver_owns) make_own(at->channel);
      run.check(at->receive() == value, "in the order in which they were sent");
    }
  });
  run.join();
  run.check(place->channel.length() == 0, "nothing is left");
}

support::explored const channels{"channel_core"};

}  // namespace

TEST_CASE("an unbuffered channel hands each value over, and wakes whoever waited for it", "[everyday][channel][model][C2][C4]") {
  channels.all([](model::execution& run) {
    program<> at{run, 0};
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

TEST_CASE("a channel that its sender owns hands each value over, and wakes whoever waited for it", "[everyday][channel][model][C2][C4]") {
  channels.all([](model::execution& run) { made_by_its_sender(run, 0, 1); });
  channels.some([](model::execution& run) { made_by_its_sender(run, 0, 2); }, 2, 10'000);
  channels.some([](model::execution& run) { made_by_its_sender(run, 0, 2, true); }, 2, 10'000);
}

TEST_CASE("a buffer that its sender owns is filled without a look at who waits, and emptied in order", "[everyday][channel][model][C2][C3]") {
  channels.some([](model::execution& run) { made_by_its_sender(run, 3, 3); }, 2, 10'000);
  channels.some([](model::execution& run) { made_by_its_sender(run, 3, 3, true); }, 2, 10'000);
}

TEST_CASE("an owner that comes without a look finds room, and does not wait", "[everyday][channel][model][C3]") {
  channels.all([](model::execution& run) {
    run.thread([&] {
      basic_spin_lock<support::owning_atomics> to_sit_down;
      for (auto times = 0; times < 2; ++times) (void)std::lock_guard{to_sit_down};
      program<support::owning_atomics> at{run, 3};
      for (int value = 0; value < 3; ++value) {
        places<support::owning_atomics>::sender me{value};
        run.check(at.channel.do_or_wait(me, at.nobody), "there is room");
      }
    });
    run.join();
  });
}

TEST_CASE("a sender that finds the buffer full is let in by who makes room", "[everyday][channel][model][C3][C7]") {
  channels.all([](model::execution& run) {
    program<> at{run, 1};
    run.thread([&] { run.check(at.send(0) && at.send(1), "both are sent"); });
    run.thread([&] {
      for (int value = 0; value < 2; ++value) run.check(at.receive() == value, "in the order in which they were sent");
    });
    run.join();
  });
}

TEST_CASE("of two senders that meet at a buffer of one nobody waits for ever", "[everyday][channel][model][C6][C8]") {
  channels.some([](model::execution& run) {
    program<> at{run, 1};
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
    program<> at{run, 1};
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
      places<model::atomics>::receiver me{into};
      auto const first = there.look(me);
      auto const second = here.look(me);
      if (first.may_be_ready || second.may_be_ready) return;
      none = there.look(me) == first && here.look(me) == second;
    });
    run.join();
    run.check(!none, "there was no instant without a value");
  });
}
