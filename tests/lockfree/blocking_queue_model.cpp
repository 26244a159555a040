#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

#include <sluice/lockfree/blocking_queue.hpp>
#include <sluice/lockfree/mpmc_ring.hpp>
#include <sluice/lockfree/spsc_ring.hpp>
#include <sluice/lockfree/treiber_stack.hpp>
#include <sluice/model/call_log.hpp>
#include <sluice/model/sequential_specs.hpp>
#include <sluice/reclaim/leaky.hpp>
#include <tests/support/explored.hpp>
#include <tests/support/played.hpp>

using namespace sluice;

namespace {

support::explored const queue("blocking_queue");

constexpr sleep_after at_once{.looks = 0};
using one_place = spsc_ring<int, 1, model::atomics>;
using tickets = mpmc_ring<int, model::atomics>;
template <class Queue>
using blocking = blocking_queue<Queue, model::atomics>;

/// Those that try: what they do beyond the queue's own calls leaves these as they are.
template <class Queue, class Spec, std::size_t... Capacity>
struct world {
  using spec = Spec;
  static auto model(auto... claims) -> spec { return spec(2, claims...); }
  explicit world(auto...) {}

  auto join() { return support::no_seat{}; }
  auto play(auto&, typename spec::operation const& call) -> typename spec::operation {
    if (call.what == spec::operation::verb::push)
      return line.try_push(static_cast<int>(call.value)) ? call : spec::push_full(call.value);
    auto const got = line.try_pop();
    return got ? spec::pop(*got) : spec::pop_empty();
  }

  blocking<Queue> line{at_once, Capacity...};
};
using over_tickets = world<tickets, model::ticket_queue_spec, 2>;
using over_two_places = world<spsc_ring<int, 2, model::atomics>, model::bounded_queue_spec>;

/// Plays drawn programs of those that wait, until one more thread closes the queue. Who is refused then,
/// or finds that nothing will come any more, sees what preceded that.
void play_waiting(std::uint64_t runs) {
  using spec = model::ticket_queue_spec;
  auto const checker = std::make_shared<model::linearizability_checker<spec>>(spec(2));
  auto const waiting = [=](support::program<spec::operation> const& what) -> model::program {
    return [=](model::execution& run) {
      blocking<tickets> line{at_once, std::size_t{2}};
      model::cell<int> why;
      model::call_log<spec> log(run);
      int inside = 0;
      auto const is_over = [&] { run.check(why.read([](int reason) { return reason; }) == 1, "the reason is there"); };
      auto const play = [&](spec::operation const& call) {
        if (line.is_closed()) is_over();
        if (call.what == spec::operation::verb::push) {
          if (line.push_blocking(static_cast<int>(call.value))) return ++inside, call;
          return is_over(), spec::push_full(call.value);
        }
        if (auto const got = line.pop_blocking()) return --inside, spec::pop(*got);
        return is_over(), spec::pop_empty();
      };
      for (auto const& turns : what)
        run.thread([&] {
          for (auto const& turn : turns) log.record(turn, [&] { return play(turn); });
        });
      run.thread([&] {
        why.write([](int& reason) { reason = 1; });
        line.close();
      });
      run.join();
      for (bool more = true; more;)
        log.record(spec::pop(), [&] {
          auto const answer = play(spec::pop());
          more = !answer.refused;
          return answer;
        });
      log.check(*checker);
      run.check(inside == 0, "what was accepted is popped");
    };
  };
  support::each_drawn(spec(2), 3, {}, [&](auto const& drawn, std::uint64_t seed) {
    queue.some(waiting(drawn), seed, runs);
  });
}

}  // namespace

TEST_CASE("a blocking_queue's consumer gets each value, and sleeps while there is none", "[everyday][lockfree][model][G6]") {
  queue.all([](model::execution& run) {
    blocking<one_place> line{at_once};
    int first = 0, second = 0;
    run.thread([&] {
      (void)line.push_blocking(1);
      (void)line.push_blocking(2);
    });
    run.thread([&] {
      first = line.pop_blocking().value_or(0);
      second = line.pop_blocking().value_or(0);
    });
    run.join();
    run.check(first == 1 && second == 2, "both values, in order");
  });
}

TEST_CASE("close ends the waiting of a blocking_queue's consumer, and no accepted value is left", "[everyday][lockfree][model]") {
  queue.all([](model::execution& run) {
    blocking<tickets> line{at_once, std::size_t{2}};
    bool accepted = false;
    int got = 0;
    run.thread([&] { accepted = line.push_blocking(1).has_value(); });
    run.thread([&] {
      while (auto const value = line.pop_blocking()) got += *value;
    });
    run.thread([&] { line.close(); });
    run.join();
    run.check(got == (accepted ? 1 : 0), "what was accepted is popped");
    run.check(!line.push_blocking(2).has_value(), "a closed queue accepts nothing");
  });
}

TEST_CASE("close ends the waiting of a blocking_queue's producer, which keeps its value", "[everyday][lockfree][model]") {
  queue.all([](model::execution& run) {
    blocking<one_place> line{at_once};
    (void)line.try_push(1);
    int kept = 0;
    run.thread([&] {
      if (auto sent = line.push_blocking(2); !sent) kept = sent.error();
    });
    run.thread([&] { line.close(); });
    run.join();
    run.check(kept == 2, "there was no room for it");
  });
}

TEST_CASE("what precedes close precedes a refusal", "[everyday][lockfree][model]") {
  queue.all([](model::execution& run) {
    blocking<one_place> line{at_once};
    model::cell<int> why;
    run.thread([&] {
      why.write([](int& reason) { reason = 1; });
      line.close();
    });
    run.thread([&] {
      if (!line.push_blocking(1)) run.check(why.read([](int reason) { return reason; }) == 1, "the reason is there");
    });
    run.thread([&] {
      if (line.is_closed()) run.check(why.read([](int reason) { return reason; }) == 1, "the reason is there");
    });
    run.join();
  });
}

TEST_CASE("what precedes close precedes the answer that nothing will come any more", "[everyday][lockfree][model]") {
  queue.all([](model::execution& run) {
    blocking<one_place> line{at_once};
    model::cell<int> why;
    run.thread([&] {
      why.write([](int& reason) { reason = 1; });
      line.close();
    });
    run.thread([&] {
      if (!line.pop_blocking()) run.check(why.read([](int reason) { return reason; }) == 1, "the reason is there");
    });
    run.join();
  });
}

TEST_CASE("programs drawn from a seed find a blocking_queue as it should be", "[everyday][lockfree][model][D1]") {
  support::play_drawn<over_tickets>(queue, support::everyday_runs, 3, {});
  support::play_drawn<over_two_places>(queue, support::everyday_runs, 2, support::one_to_one, model::claims::empty);
  support::play_drawn<over_two_places>(queue, support::everyday_runs, 2, support::one_to_one, model::claims::full);
}

TEST_CASE("programs drawn from a seed find a blocking_queue as it should be, many times", "[deep][lockfree][model][D1]") {
  support::play_drawn<over_tickets>(queue, support::deep_runs, 3, {});
  support::play_drawn<over_two_places>(queue, support::deep_runs, 2, support::one_to_one, model::claims::empty);
  support::play_drawn<over_two_places>(queue, support::deep_runs, 2, support::one_to_one, model::claims::full);
}

TEST_CASE("programs drawn from a seed wait at a blocking_queue until it is closed, and no longer", "[everyday][lockfree][model][G6]") {
  play_waiting(support::everyday_runs);
}

TEST_CASE("programs drawn from a seed wait at a blocking_queue until it is closed, and no longer, many times", "[deep][lockfree][model][G6]") {
  play_waiting(support::deep_runs);
}
